weixin::endpoint! {
    /// No path.
    pub struct GetThing => weixin::Empty {}
    method: GET,
}

fn main() {}
