//! What a callback address answered, read as the platform reads it: strictly. Requests are made in `target.rs`.

use serde_json::{Map, Value};

use super::super::check::{Checker, Given};
use super::super::flow::material;
use super::super::state::State;
use super::message::ACCOUNT;
use super::target::{Address, Mode};
use crate::callback::format::Format;
use crate::callback::signature::Signature;
use crate::callback::Reply;
use crate::record::{deserialize_as, take_out, Mode as Reading, Union as _};
use crate::{Error, ErrorKind, Result};

/// A reply that is genuine, and its fields.
pub(super) struct Answered {
    pub(super) reply: Reply,
    pub(super) fields: Map<String, Value>,
}

/// The reply in a body; `None` for the two that say nothing.
pub(super) fn read(address: &Address, state: &State, body: &[u8], openid: &str) -> Result<Option<Answered>> {
    if body.is_empty() || body == b"success" {
        return Ok(None);
    }
    let format = Format::of(body).map_err(|_| faulty("it is neither XML nor JSON, nor `success`"))?;
    if format != address.format {
        return Err(faulty("it does not have the format of the push"));
    }
    let mut outer = fields(format, body)?;
    let mut fields = match (take_out(&mut outer, "Encrypt"), address.mode) {
        (Some(_), Mode::Plain) => return Err(faulty("it is encrypted, but the mode is plain")),
        (Some(sealed), _) => open(address, format, &sealed, &outer)?,
        (None, Mode::Encrypted) => return Err(faulty("it is not encrypted")),
        (None, _) => outer,
    };
    let mut take = |name: &str| take_out(&mut fields, name).map(|value| text(&value)).unwrap_or_default();
    if take("ToUserName") != openid || take("FromUserName") != ACCOUNT {
        return Err(faulty("`ToUserName` is not the user, or `FromUserName` not the account"));
    }
    if take("CreateTime").parse::<u64>().is_err() {
        return Err(faulty("`CreateTime` is no time"));
    }
    let reply: Reply = deserialize_as(Reading::Request, &Value::Object(fields))
        .map_err(|error| faulty(&format!("it does not fit its kind: {error}")))?;
    if reply.unknown().is_some() {
        return Err(faulty("its `MsgType` is unknown"));
    }
    if reply.is_empty() {
        return Err(faulty("it is empty"));
    }
    within_limits(state, &reply)?;
    if media_id(&reply).is_some_and(|id| !material::has_media(state, id)) {
        return Err(faulty("its media id is unknown or has expired"));
    }
    // As the crate writes it, so that it looks the same whatever the format.
    let Ok(Value::Object(mut fields)) = serde_json::to_value(&reply) else {
        return Err(faulty("it can't be written"));
    };
    fields.insert("ToUserName".to_owned(), openid.into());
    fields.insert("FromUserName".to_owned(), ACCOUNT.into());
    Ok(Some(Answered { reply, fields }))
}

/// Checks a reply against the limits that the documentation gives for its kind.
fn within_limits(state: &State, reply: &Reply) -> Result<()> {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(reply) else {
        return Err(faulty("it can't be written"));
    };
    let msg_type = take_out(&mut fields, "MsgType").map(|msg_type| text(&msg_type)).unwrap_or_default();
    let kind = state.tables.reply(&msg_type).ok_or_else(|| faulty("its `MsgType` is unknown"))?;
    // The keys that say how long a list is stand in no field of their own.
    let is_count = |name: &str| kind.iter().flat_map(|field| &field.count).any(|count| count.value == name);
    fields.retain(|name, _| !is_count(name));
    let checked = Checker::new(state.tables, &state.echoes).record(kind, &Given::Json(&fields), "");
    checked.map_err(|refusal| faulty(&refusal.detail))
}

fn faulty(why: &str) -> Error {
    Error::new(ErrorKind::Decode, format!("the answer to the push is no reply: {why}"))
}

fn fields(format: Format, bytes: &[u8]) -> Result<Map<String, Value>> {
    format.read(bytes).map_err(|error| faulty("it can't be read").with_source(error))
}

/// Checks the signature of a sealed reply and opens it.
fn open(
    address: &Address,
    format: Format,
    sealed: &Value,
    outer: &Map<String, Value>,
) -> Result<Map<String, Value>> {
    let field = |name: &str| outer.get(name).map(text).unwrap_or_default();
    let sealed = text(sealed);
    let signature = Signature::new([&address.token, &field("TimeStamp"), &field("Nonce"), &sealed]);
    if !signature.is(&field("MsgSignature")) {
        return Err(faulty("its `MsgSignature` is wrong"));
    }
    let opened = address.key.as_ref().and_then(|key| key.decrypt(&sealed, &address.app_id));
    let opened = opened.ok_or_else(|| faulty("it can't be decrypted"))?;
    fields(format, opened.message())
}

/// A text or a number: XML tells no difference.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What must have been uploaded.
fn media_id(reply: &Reply) -> Option<&str> {
    match reply {
        Reply::Image(image) => Some(image.media_id.as_str()),
        Reply::Voice(voice) => Some(voice.media_id.as_str()),
        Reply::Video(video) => Some(video.media_id.as_str()),
        Reply::Music(music) => Some(music.thumb_media_id.as_str()),
        _ => None,
    }
}
