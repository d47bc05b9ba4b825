//! Messages of every length and keys of every ending, sealed by openssl.

use super::mode::{builder, encrypted, parts, receive};
use crate::platform::{Platform, APP_ID, TEXT_XML};

#[test]
fn every_padding_in_both_directions() {
    let platform = Platform::default();
    let mut paddings = [0; 33];
    for extra in 1..=32 {
        let text = "x".repeat(extra);
        let message = TEXT_XML.replace("hello 你好", &text);
        let content = platform.content(message.as_bytes());
        paddings[usize::from(content[content.len() - 1])] += 1;
        let delivery = receive(&encrypted(), &platform.encrypted(&message)).expect("a push");
        let fields = serde_json::to_value(&delivery.push).expect("a push can be written");
        assert_eq!(fields["Content"], text.as_str());

        let reply = weixin::callback::Reply::text(text.as_str());
        let [encrypt, signature, timestamp, nonce] = parts(&delivery.reply(&reply).expect("an answer"));
        let opened = platform.open(&encrypt, &signature, &timestamp, &nonce);
        assert!(opened.contains(&format!("<Content><![CDATA[{text}]]></Content>")), "{opened}");
    }
    assert_eq!(paddings[0], 0);
    assert!(paddings[1..].iter().all(|count| *count == 1), "{paddings:?}");
}

/// The last character of a key holds four bits of it and two that mean nothing.
#[test]
fn every_ending_of_a_key() {
    let start = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEF";
    for last in ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']) {
        let key = format!("{start}{last}");
        let platform = Platform { key: key.clone(), ..Platform::default() };
        let receiver = builder().encrypted(APP_ID, key).build().expect("a receiver");
        let delivery = receive(&receiver, &platform.encrypted(TEXT_XML))
            .unwrap_or_else(|error| panic!("a key that ends in {last}: {error}"));
        assert_eq!(delivery.push.from_user_name, "openid");
    }
}
