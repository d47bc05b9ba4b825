use weixin::id::{OpenId, TemplateId};
use weixin::template::SendTemplateMessage;

fn send(openid: OpenId, template: TemplateId) -> SendTemplateMessage {
    SendTemplateMessage::new(template, openid, [("thing1", "x")])
}

fn main() {}
