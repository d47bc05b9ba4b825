weixin::response! {
    /// A type that the API does not have.
    pub struct Thing {
        /// Its number.
        id: u16 = "id" [required];
    }
}

fn main() {}
