//! The flows: what the sandbox remembers between requests, one file for each kind of state.
//! A flow is found by method and path, so that a renamed endpoint keeps its state.

pub(crate) mod article;
pub(crate) mod blacklist;
pub(crate) mod comment;
pub(crate) mod custom;
pub(crate) mod draft;
pub(crate) mod group;
pub(crate) mod image;
pub(crate) mod jump;
pub(crate) mod kf;
pub(crate) mod mass;
pub(crate) mod material;
pub(crate) mod media;
pub(crate) mod menu;
pub(crate) mod news;
pub(crate) mod notice;
pub(crate) mod oauth;
pub(crate) mod outbox;
pub(crate) mod publish;
pub(crate) mod qrcode;
pub(crate) mod quota;
pub(crate) mod record;
pub(crate) mod shorten;
pub(crate) mod tag;
pub(crate) mod template;
pub(crate) mod token;
pub(crate) mod user;

use self::quota::Quota;
use super::answer::Answer;
use super::call::{Call, RequestLine};
use super::tables::method;
use crate::spec::model::Endpoint;

/// A flow; it answers `None` where the request is none of its business.
type Flow = fn(&Call<'_>, RequestLine<'_>) -> Option<Answer>;

const FLOWS: [Flow; 23] = [
    token::answer,
    oauth::answer,
    qrcode::answer,
    media::answer,
    material::answer,
    news::answer,
    image::answer,
    user::answer,
    tag::answer,
    group::answer,
    blacklist::answer,
    draft::answer,
    publish::answer,
    comment::answer,
    menu::answer,
    template::answer,
    notice::answer,
    custom::answer,
    kf::answer,
    record::answer,
    mass::answer,
    shorten::answer,
    jump::answer,
];

/// Whether the platform doesn't look at this part of the form.
pub(crate) fn unread(endpoint: &Endpoint, query: &[(String, String)], part: &str) -> bool {
    material::unread((method(endpoint), &endpoint.path.value), query, part)
}

/// The answer of the flow that the request belongs to; `None` if it belongs to none.
pub(crate) fn answer(call: &Call<'_>) -> Option<Answer> {
    let line = (method(call.endpoint), call.endpoint.path.value.as_str());
    // Every call uses up some of its endpoint's quota, whatever becomes of it.
    call.state.of::<Quota>().count(line.1, call.state.clock.seconds());
    quota::answer(call, line).or_else(|| FLOWS.iter().find_map(|flow| flow(call, line)))
}
