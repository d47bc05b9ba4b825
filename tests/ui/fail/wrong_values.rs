weixin::endpoint! {
    /// A host that is none of the three.
    pub struct A => weixin::Empty {}
    host: api2,
    path: "/a",
}

weixin::endpoint! {
    /// A way of authorising that does not exist.
    pub struct B => weixin::Empty {}
    auth: token,
    path: "/b",
}

weixin::endpoint! {
    /// A kind of body that does not exist.
    pub struct C => weixin::Empty {}
    method: POST,
    body: form,
    path: "/c",
}

weixin::endpoint! {
    /// An envelope that does not exist.
    pub struct D => weixin::Empty {}
    envelope: base,
    path: "/d",
}

weixin::endpoint! {
    /// A place that does not exist.
    pub struct E => weixin::Empty {}
    fixed: { header "x" = "y"; },
    path: "/e",
}

weixin::endpoint! {
    /// A value of the wrong kind.
    pub struct F => weixin::Empty {}
    path: cgi,
}

fn main() {}
