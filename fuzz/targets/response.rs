//! Answers of the platform: any bytes are a value or an error, an error code always wins, and what was read is
//! written and read again without a change.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use weixin::__private::decode;
use weixin::{Endpoint, Result};

fn read<E: Endpoint>(json: &[u8]) -> Result<()>
where
    E::Response: weixin::__private::FieldType + PartialEq + std::fmt::Debug + serde::Serialize,
{
    let read: E::Response = decode(json, E::META)?;
    let written = serde_json::to_vec(&read).expect("a value can be written");
    let again: E::Response = decode(&written, E::META).expect("what was written can be read");
    if is_exact(json) {
        assert_eq!(format!("{read:?}"), format!("{again:?}"));
        assert_eq!(read, again);
    }
    Ok(())
}

/// Whether all numbers have few digits and no exponent: others, serde_json reads to the last digit but one.
fn is_exact(json: &[u8]) -> bool {
    let mut digits = 0;
    json.iter().all(|byte| {
        let exponent = digits > 0 && matches!(byte, b'e' | b'E');
        digits = if byte.is_ascii_digit() || (digits > 0 && *byte == b'.') { digits + 1 } else { 0 };
        digits <= 15 && !exponent
    })
}

fuzz_target!(|input: &[u8]| {
    let Some((which, json)) = input.split_first() else { return };
    let read = match which % 8 {
        0 => read::<weixin::qrcode::CreateQrcode>(json),
        1 => read::<weixin::user::BatchGetUsers>(json),
        2 => read::<weixin::menu::GetMenu>(json),
        3 => read::<weixin::draft::GetDraft>(json),
        4 => read::<weixin::autoreply::GetAutoreply>(json),
        5 => read::<weixin::kf::ListKfMessages>(json),
        6 => read::<weixin::access_token::GetStableAccessToken>(json),
        _ => read::<weixin::comment::ListComments>(json),
    };
    if let Ok(Value::Object(fields)) = serde_json::from_slice(json) {
        if let Some(code) = fields.get("errcode").and_then(Value::as_i64).filter(|code| *code != 0) {
            let error = read.expect_err("an error code is an error");
            assert!(error.code().is_some(), "{code}: {error}");
        }
    }
});
