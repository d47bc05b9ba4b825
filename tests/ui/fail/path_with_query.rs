weixin::endpoint! {
    /// A query in the path.
    pub struct GetThing => weixin::Empty {}
    path: "/cgi-bin/thing?type=1",
}

fn main() {}
