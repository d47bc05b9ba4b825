weixin::endpoint! {
    /// No slash at the beginning.
    pub struct GetThing => weixin::Empty {}
    path: "cgi-bin/thing",
}

fn main() {}
