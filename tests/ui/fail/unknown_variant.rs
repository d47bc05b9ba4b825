weixin::object! {
    /// What to do.
    pub struct Scan {
        /// Its number.
        id: u32 = "id" required(u32) [required];
    }
}

weixin::one_of! {
    /// Something to do.
    pub enum Action (beside, tag "action") {
        /// Scan it.
        Scan(Scan) = "scan" new scan(id: u32) [from];
    }
}

weixin::endpoint! {
    /// Does something.
    pub struct Act => weixin::Empty {
        /// What.
        action: Action = "action" required(impl Into<Action>) [required flatten];
        /// How often.
        times: Option<u32> = "times" optional(u32);
    }
    method: POST,
    path: "/act",
}

fn main() {
    let _ = Act::new(Action::print(42));
    let _ = Act::new(Action::Print);
}
