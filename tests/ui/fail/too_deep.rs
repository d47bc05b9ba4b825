weixin::response! {
    /// A field in four objects.
    pub struct Thing {
        /// Its number.
        id: Option<u32> = "a" / "b" / "c" / "d" / "id";
    }
}

fn main() {}
