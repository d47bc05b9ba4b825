weixin::endpoint! {
    /// No method.
    pub struct GetThing => weixin::Empty {}
    path: "/thing",
}

fn main() {}
