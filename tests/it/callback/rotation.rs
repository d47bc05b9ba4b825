//! Keys and tokens that change, and requests that are too old.

use std::time::Duration;

use weixin::callback::{Received, Reply};
use weixin::ErrorKind;

use super::mode::{builder, encrypted, parts, plain, receive};
use crate::platform::{Platform, APP_ID, KEY, NOW, TEXT_JSON, TEXT_XML, TOKEN};

const OLD_KEY: &str = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR";
const OLD_TOKEN: &str = "old-token";

#[test]
fn the_previous_key_still_opens_and_seals_the_reply() {
    let receiver = builder().encrypted(APP_ID, KEY).previous_key(OLD_KEY).build().expect("a receiver");
    for key in [KEY, OLD_KEY] {
        let platform = Platform { key: key.to_owned(), ..Platform::default() };
        for message in [TEXT_XML, TEXT_JSON] {
            let delivery = receive(&receiver, &platform.encrypted(message)).expect("a push");
            let answer = delivery.reply(&Reply::text("hi")).expect("an answer");
            let [encrypt, signature, timestamp, nonce] = parts(&answer);
            // Opening asserts that it was sealed with the same key.
            assert!(platform.open(&encrypt, &signature, &timestamp, &nonce).contains("hi"));
        }
    }
    let platform = Platform { key: OLD_KEY.to_owned(), ..Platform::default() };
    let error = receive(&encrypted(), &platform.encrypted(TEXT_XML)).expect_err("a key that is not known");
    assert_eq!(error.kind(), ErrorKind::Untrusted);
}

#[test]
fn the_previous_key_may_be_named_first() {
    let receiver = builder().previous_key(OLD_KEY).encrypted(APP_ID, KEY).build().expect("a receiver");
    receive(&receiver, &Platform::default().encrypted(TEXT_XML)).expect("a push");
}

#[test]
fn the_previous_token_still_signs() {
    let receivers = [
        builder().previous_token(OLD_TOKEN).encrypted(APP_ID, KEY).build().expect("a receiver"),
        builder().previous_token(OLD_TOKEN).compatible(APP_ID, KEY).build().expect("a receiver"),
    ];
    for receiver in receivers {
        for token in [TOKEN, OLD_TOKEN] {
            let platform = Platform { token: token.to_owned(), ..Platform::default() };
            let delivery = receive(&receiver, &platform.encrypted(TEXT_XML)).expect("a push");
            let [encrypt, signature, timestamp, nonce] =
                parts(&delivery.reply(&Reply::text("hi")).expect("an answer"));
            platform.open(&encrypt, &signature, &timestamp, &nonce);
            let query = format!("{}&echostr=1", platform.plain("").query);
            assert!(matches!(receiver.receive("GET", &query, b""), Ok(Received::Verification(_))));
        }
    }
    let platform = Platform { token: OLD_TOKEN.to_owned(), ..Platform::default() };
    receive(&encrypted(), &platform.encrypted(TEXT_XML)).expect_err("a token that is not known");
    receive(&plain(), &platform.plain(TEXT_XML)).expect_err("a token that is not known");
}

#[test]
fn old_requests_are_refused_if_asked_for() {
    let window = Duration::from_secs(300);
    let clock = NOW + 1;
    for (timestamp, young) in [
        (clock, true),
        (clock - 300, true),
        (clock - 301, false),
        (clock + 300, true),
        (clock + 301, false),
        (0, false),
        (u64::MAX, false),
    ] {
        let platform = Platform { timestamp: timestamp.to_string(), ..Platform::default() };
        let sealed = builder().encrypted(APP_ID, KEY).max_age(window).build().expect("a receiver");
        let open = builder().max_age(window).build().expect("a receiver");
        let echo = format!("{}&echostr=1", platform.plain("").query);
        assert_eq!(receive(&sealed, &platform.encrypted(TEXT_XML)).is_ok(), young, "{timestamp}");
        assert_eq!(receive(&open, &platform.plain(TEXT_XML)).is_ok(), young, "{timestamp}");
        assert_eq!(open.receive("GET", &echo, b"").is_ok(), young, "{timestamp}");
        // Without the window, any time will do.
        receive(&encrypted(), &platform.encrypted(TEXT_XML)).expect("a push");
    }
}

#[test]
fn a_time_is_a_number() {
    for timestamp in ["", "+1717200000", "-1", "1717200000x", "99999999999999999999", "0x1"] {
        let platform = Platform { timestamp: timestamp.to_owned(), ..Platform::default() };
        receive(&plain(), &platform.plain(TEXT_XML)).expect_err(timestamp);
        receive(&encrypted(), &platform.encrypted(TEXT_XML)).expect_err(timestamp);
    }
}
