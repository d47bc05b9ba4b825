weixin::endpoint! {
    /// A body where there can be none.
    pub struct A => weixin::Empty {}
    method: GET,
    body: json,
    path: "/a",
}

weixin::endpoint! {
    /// A value for a body that there is not.
    pub struct B => weixin::Empty {}
    method: GET,
    fixed: { body "type" = "thing"; },
    path: "/b",
}

fn main() {}
