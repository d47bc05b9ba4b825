weixin::object! {
    /// A line break in a key.
    pub struct A {
        /// The field.
        one: Option<u32> = "o\ne" optional(u32);
    }
}

weixin::response! {
    /// A line break as it is.
    pub struct B {
        /// The field.
        one: Option<u32> = "o
e";
    }
}

weixin::response! {
    /// What tells columns apart.
    pub struct C {
        /// The field.
        one: Option<u32> = "o\tsecret";
    }
}

fn main() {}
