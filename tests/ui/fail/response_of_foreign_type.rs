/// Not made by the macros of the crate.
pub struct Thing;

weixin::endpoint! {
    /// An answer that can't be read.
    pub struct GetThing => Thing {}
    method: GET,
    path: "/thing",
}

fn main() {}
