weixin::endpoint! {
    /// Two methods.
    pub struct GetThing => weixin::Empty {}
    method: GET,
    path: "/thing",
    method: POST,
}

fn main() {}
