//! Pushes in XML and in JSON: any bytes are a push or an error, and a reply to a push can be read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use weixin::callback::{Message, Push, Reply};

/// What is left of a text that went through XML: no character that XML can't hold, and one kind of line break.
fn through_xml(text: &str) -> String {
    let allowed = |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    let text: String = text.chars().filter(allowed).collect();
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fuzz_target!(|input: &[u8]| {
    let Some((which, body)) = input.split_first() else { return };
    let read = if which % 2 == 0 { Push::from_xml(body) } else { Push::from_json(body) };
    let Ok(push) = read else { return };
    let _ = (push.key(), push.scene(), push.ticket());
    let text = format!("{push:?}");
    let written = Reply::text(text.as_str()).to_xml(&push, 1.into()).expect("text can be written");
    let reply = Push::from_xml(written.as_bytes()).expect("what was written can be read");
    let Some(Message::Text(message)) = &reply.message else { panic!("{reply:?}") };
    assert_eq!(message.content, through_xml(&text));
    let written = Reply::text(text.as_str()).to_json(&push, 1.into()).expect("text can be written");
    let reply = Push::from_json(written.as_bytes()).expect("what was written can be read");
    let Some(Message::Text(message)) = &reply.message else { panic!("{reply:?}") };
    assert_eq!(message.content, text);
});
