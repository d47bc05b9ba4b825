weixin::endpoint! {
    /// A key that does not exist.
    pub struct GetThing => weixin::Empty {}
    metod: GET,
    path: "/thing",
}

fn main() {}
