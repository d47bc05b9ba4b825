weixin::endpoint! {
    /// An endpoint that does not say what it answers.
    pub struct GetThing {
        /// Its number.
        id: u32 = "id" required(u32) [query required];
    }
    method: GET,
    path: "/thing",
}

fn main() {}
