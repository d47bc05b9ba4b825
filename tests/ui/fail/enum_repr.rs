weixin::open_enum! {
    /// Values that can't stand in JSON this way.
    pub enum Level: u8 {
        /// Low.
        Low = 0,
    }
}

fn main() {}
