weixin::endpoint! {
    /// Letters that would have to be encoded.
    pub struct GetThing => weixin::Empty {}
    path: "/cgi-bin/二维码",
}

fn main() {}
