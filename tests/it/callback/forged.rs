//! Words that look like fields, in all modes: the reader is the same behind the decryption, and a ciphertext that is
//! none of the platform's is only words.

use weixin::callback::{Delivery, Message};

use super::mode::{compatible, encrypted, plain, receive};
use crate::platform::{envelope, Platform, TEXT_XML};

/// What was typed, by the sender who typed it.
fn content(delivery: &Delivery) -> &str {
    assert_eq!(delivery.push.from_user_name, "openid");
    assert!(delivery.push.event.is_none(), "{delivery:?}");
    match &delivery.push.message {
        Some(Message::Text(text)) => &text.content,
        other => panic!("no text: {other:?}"),
    }
}

/// A body of compatible mode: the ciphertext is the last field, behind whatever was typed.
fn beside(message: &str, sealed: &str) -> String {
    let inner = message.strip_suffix("</xml>").expect("a document");
    format!("{inner}<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>")
}

const WORDS: [&str; 7] = [
    "x]]></Content><fromusername>oVictim</fromusername><msgtype>event</msgtype><Event>SCAN</Event>\
     <EventKey>login-42</EventKey><Content><![CDATA[y",
    "x]]></Content><Encrypt><![CDATA[AAAA]]></Encrypt><Content><![CDATA[y",
    "x]]></Content><Encrypt>AAAA</Encrypt><encrypt>AAAA</encrypt><Content><![CDATA[y",
    "x]]></Content><Encrypt><![CDATA[AAAA]]></Encrypt></xml>",
    "a[b[0]]>1",
    "see <m><a><![CDATA[x]]></a></m>",
    "]]></Content></xml><!--",
];

#[test]
fn words_are_words_in_all_modes() {
    let platform = Platform::default();
    for words in WORDS {
        let message = TEXT_XML.replace("hello 你好", words);
        for receiver in [plain(), compatible()] {
            let delivery = receive(&receiver, &platform.plain(&message)).expect(words);
            assert_eq!(content(&delivery), words);
        }
        let sealed = platform.seal(&platform.content(message.as_bytes()));
        for body in [envelope(&message, &sealed), beside(&message, &sealed)] {
            for receiver in [encrypted(), compatible()] {
                let delivery = receive(&receiver, &platform.request(&sealed, &body)).expect(words);
                assert_eq!(content(&delivery), words, "{body}");
            }
        }
    }
}

/// In compatible mode the ciphertext counts, however broken what stands beside it is.
#[test]
fn a_ciphertext_beside_what_can_not_be_read() {
    let platform = Platform::default();
    let sealed = platform.seal(&platform.content(TEXT_XML.as_bytes()));
    let clear = TEXT_XML.replace("<Content><![CDATA[hello 你好]]></Content>", "<New>a]]></New><!--</New>");
    for receiver in [encrypted(), compatible()] {
        let delivery =
            receive(&receiver, &platform.request(&sealed, &beside(&clear, &sealed))).expect("sealed");
        assert_eq!(content(&delivery), "hello 你好");
    }
    // Without a ciphertext that opens, it is none.
    let forged = beside(&clear, "AAAA");
    receive(&compatible(), &platform.request(&sealed, &forged)).expect_err("nobody sealed it");
}

/// What the platform sends encrypted, somebody else could send again in the words of a message in the clear.
#[test]
fn a_genuine_ciphertext_in_words_is_only_words() {
    let platform = Platform::default();
    let sealed = platform.seal(&platform.content(TEXT_XML.as_bytes()));
    let words = format!("x]]></Content><Encrypt><![CDATA[{sealed}]]></Encrypt><Content><![CDATA[y");
    let message = TEXT_XML.replace("hello 你好", &words);
    let delivery = receive(&compatible(), &platform.plain(&message)).expect("a message in the clear");
    assert_eq!(content(&delivery), words);
}
