weixin::object! {
    /// One key for two fields, within objects.
    pub struct A {
        /// The first.
        one: Option<u32> = "scene" / "id" optional(u32);
        /// Another.
        other: Option<u32> = "scene" / "ids" optional(u32);
        /// The second.
        two: Option<String> = "scene" / "id" optional(impl Into<String>);
    }
}

weixin::response! {
    /// A field that is an object around another.
    pub struct B {
        /// The field.
        scene: Option<u32> = "scene";
        /// Inside it.
        id: Option<u32> = "scene" / "id";
    }
}

fn main() {}
