weixin::endpoint! {
    /// A space.
    pub struct GetThing => weixin::Empty {}
    path: "/cgi-bin/thing ",
}

fn main() {}
