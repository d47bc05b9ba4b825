weixin::endpoint! {
    /// A method that the platform does not know.
    pub struct PutThing => weixin::Empty {}
    method: PUT,
    path: "/thing",
}

fn main() {}
