//! QR codes with a scene: tickets, what the codes say, how long they live.
//! Limits of scenes and lifetimes are the spec's; the picture is drawn in `picture.rs`.

use std::collections::HashMap;
use std::fmt;

use base64::Engine as _;
use serde_json::{json, Value};

use crate::sandbox::answer::{refused_for, Answer};
use crate::sandbox::call::{Call, RequestLine};
use crate::sandbox::ident::Idents;

/// Life of a temporary code for which none was asked, in seconds.
const DEFAULT_LIFE: u64 = 30;
/// Life of a code that gives cards, for which none was asked, in seconds.
const CARD_LIFE: u64 = 365 * 86_400;
/// Permanent codes of an account.
const PERMANENT: usize = 100_000;

#[derive(Debug, Default)]
pub(crate) struct QrCodes {
    by_ticket: HashMap<String, Code>,
    /// Ticket by scene. A number and the same digits as a string are different scenes.
    permanent: HashMap<Scene, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scene {
    Number(u64),
    Text(String),
}

#[derive(Debug)]
struct Code {
    url: String,
    /// `None` for a code that gives cards. Read by scans only, which need a callback address.
    #[cfg_attr(not(feature = "callback"), allow(dead_code))]
    scene: Option<Scene>,
    /// In milliseconds of the sandbox's clock; `None` for a permanent code.
    expires: Option<u64>,
}

impl QrCodes {
    /// A new code: its ticket and what it says.
    fn add(
        &mut self,
        idents: &Idents,
        scene: Option<&Scene>,
        created: u64,
        life: Option<u64>,
    ) -> (String, String) {
        // As many letters as make the ticket end in `==`, which has to survive a query string.
        let letters = idents.text(18).replace(['-', '_'], "0");
        let url = format!("http://weixin.qq.com/q/02{letters}");
        let expires = life.map(|life| created + life);
        let mut bytes = vec![0x81, 0x01];
        bytes.extend_from_slice(&idents.number().to_be_bytes()[..2]);
        bytes.extend_from_slice(&[0x3c, 0, 0, 0, 0, 0, 0, 0, 0x01, 0x2e]);
        bytes.extend_from_slice(url.as_bytes());
        bytes.extend_from_slice(&[0, 2, 4]);
        bytes.extend_from_slice(&(created as u32).to_le_bytes());
        bytes.extend_from_slice(&[3, 4]);
        bytes.extend_from_slice(&(life.unwrap_or_default() as u32).to_le_bytes());
        let ticket = base64::engine::general_purpose::STANDARD.encode(bytes);
        let expires = expires.map(|seconds| seconds.saturating_mul(1000));
        self.by_ticket.insert(ticket.clone(), Code { url: url.clone(), scene: scene.cloned(), expires });
        (ticket, url)
    }

    fn living(&self, ticket: &str, now: u64) -> Option<&Code> {
        self.by_ticket.get(ticket).filter(|code| code.expires.is_none_or(|expires| expires > now))
    }

    /// What the code says, if it still lives.
    fn url(&self, ticket: &str, now: u64) -> Option<&str> {
        self.living(ticket, now).map(|code| code.url.as_str())
    }

    /// The scene that the code carries, if it still lives.
    #[cfg(feature = "callback")]
    pub(crate) fn scene(&self, ticket: &str, now: u64) -> Option<Scene> {
        self.living(ticket, now).and_then(|code| code.scene.clone())
    }
}

impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("POST", "/cgi-bin/qrcode/create") => create(call),
        ("POST", "/card/qrcode/create") => create_for_cards(call),
        ("GET", "/cgi-bin/showqrcode") => show(call),
        _ => return None,
    })
}

fn scene(call: &Call<'_>) -> Option<Scene> {
    let scene = call.body.get("action_info")?.get("scene")?;
    let number = scene.get("scene_id").and_then(Value::as_u64).map(Scene::Number);
    number.or_else(|| scene.get("scene_str").and_then(Value::as_str).map(|text| Scene::Text(text.to_owned())))
}

fn create(call: &Call<'_>) -> Answer {
    let Some(scene) = scene(call) else {
        return refused_for(40053, "`action_info.scene` holds no scene").into();
    };
    let idents = &call.state.idents;
    let now = call.state.clock.seconds();
    let mut codes = call.state.of::<QrCodes>();
    if call.body("action_name").starts_with("QR_LIMIT_") {
        let known = codes.permanent.get(&scene).cloned();
        let known =
            known.and_then(|ticket| codes.by_ticket.get(&ticket).map(|code| (ticket, code.url.clone())));
        let (ticket, url) = match known {
            Some(code) => code,
            None if codes.permanent.len() >= PERMANENT => {
                return refused_for(45009, "the account has 100000 permanent codes").into();
            }
            None => {
                let code = codes.add(idents, Some(&scene), now, None);
                codes.permanent.insert(scene, code.0.clone());
                code
            }
        };
        return described(&[("ticket", json!(ticket)), ("url", json!(url))]);
    }
    let life = call.number("expire_seconds").unwrap_or(DEFAULT_LIFE);
    let (ticket, url) = codes.add(idents, Some(&scene), now, Some(life));
    described(&[("ticket", json!(ticket)), ("expire_seconds", json!(life)), ("url", json!(url))])
}

/// A code that gives whoever scans it a card, or several.
fn create_for_cards(call: &Call<'_>) -> Answer {
    let state = call.state;
    let life = call.number("expire_seconds").unwrap_or(CARD_LIFE);
    let (ticket, url) = state.of::<QrCodes>().add(&state.idents, None, state.clock.seconds(), Some(life));
    let encoded = percent_encoding::utf8_percent_encode(&ticket, percent_encoding::NON_ALPHANUMERIC);
    let picture = format!("{}/cgi-bin/showqrcode?ticket={encoded}", state.url);
    Answer::ok_with(&[
        ("ticket", json!(ticket)),
        ("expire_seconds", json!(life)),
        ("url", json!(url)),
        ("show_qrcode_url", json!(picture)),
    ])
}

/// This call of the platform escapes the slashes in its answer.
fn described(members: &[(&str, Value)]) -> Answer {
    match Answer::object(members) {
        Answer::Json(text) => Answer::Json(text.replace('/', "\\/")),
        other => other,
    }
}

fn show(call: &Call<'_>) -> Answer {
    let now = call.state.clock.millis();
    match call.state.of::<QrCodes>().url(call.query("ticket"), now) {
        Some(url) => Answer::Picture(url.to_owned()),
        None => Answer::NotFound,
    }
}
