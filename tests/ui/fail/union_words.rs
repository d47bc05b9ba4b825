weixin::object! {
    /// A payload.
    pub struct Part {
        /// Its number.
        n: u32 = "n" required(u32) [required];
    }
}

weixin::one_of! {
    /// A payload that stands nowhere.
    pub enum A (inside, tag "type") {
        /// A part.
        Part(Part) = "part";
    }
}

weixin::one_of! {
    /// A flag that does not exist.
    pub enum B (beside, tag "type") {
        /// A part.
        Part(Part) = "part" [into];
    }
}

fn main() {}
