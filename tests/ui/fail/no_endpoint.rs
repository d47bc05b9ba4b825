struct GetThing;

weixin::extension_trait! {
    pub trait Things: GetThing
}

fn main() {}
