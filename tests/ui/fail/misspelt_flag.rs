weixin::object! {
    /// A flag that does not exist.
    pub struct Thing {
        /// Its number.
        id: u32 = "id" required(u32) [requird];
    }
}

weixin::endpoint! {
    /// The same in an endpoint, beside a flag that exists.
    pub struct GetThing => Thing {
        /// Its number.
        id: u32 = "id" required(u32) [query requird];
    }
    method: GET,
    path: "/thing",
}

fn main() {}
