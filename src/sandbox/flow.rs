//! The flows: what the sandbox remembers between requests, one file for each kind of state.
//! A flow is found by method and path, so that a renamed endpoint keeps its state.

pub(crate) mod material;
pub(crate) mod media;
pub(crate) mod oauth;
pub(crate) mod qrcode;
pub(crate) mod token;
pub(crate) mod user;

use serde_json::{Map, Value};

use super::answer::Answer;
use super::catalogue::Endpoint;
use super::request::Part;
use super::state::State;

/// A request that passed all checks, about to be carried out.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a State,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) query: &'a [(String, String)],
    pub(crate) body: &'a Map<String, Value>,
    pub(crate) parts: &'a [Part],
}

impl<'a> Call<'a> {
    /// The value of a parameter of the query; blank where it is absent.
    fn query(&self, name: &str) -> &'a str {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The text of a field of the body; blank where it is absent.
    fn body(&self, name: &str) -> &'a str {
        self.body.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.body.get(name).and_then(Value::as_u64)
    }

    fn part(&self, name: &str) -> Option<&'a Part> {
        self.parts.iter().find(|part| part.name == name)
    }
}

/// The answer of the flow that the request belongs to; `None` if it belongs to none.
pub(crate) fn answer(call: &Call<'_>) -> Option<Answer> {
    Some(match (call.endpoint.method.as_str(), call.endpoint.path.as_str()) {
        ("GET", "/cgi-bin/token") => token::legacy(call),
        ("POST", "/cgi-bin/stable_token") => token::stable(call),
        ("GET", "/cgi-bin/ticket/getticket") => token::ticket(call),
        ("POST", "/cgi-bin/qrcode/create") => qrcode::create(call),
        ("GET", "/cgi-bin/showqrcode") => qrcode::show(call),
        ("POST", "/cgi-bin/media/upload") => media::upload(call),
        ("GET", "/cgi-bin/media/get") => media::get(call),
        ("GET", "/cgi-bin/media/get/jssdk") => media::get_voice(call),
        ("POST", "/cgi-bin/media/uploadimg") => media::upload_picture(call),
        ("POST", "/cgi-bin/material/add_material") => material::add(call),
        ("POST", "/cgi-bin/material/get_material") => material::get(call),
        ("POST", "/cgi-bin/material/del_material") => material::delete(call),
        ("POST", "/cgi-bin/material/batchget_material") => material::list(call),
        ("GET", "/cgi-bin/material/get_materialcount") => material::count(call),
        ("GET", "/cgi-bin/user/info") => user::info(call),
        ("POST", "/cgi-bin/user/info/batchget") => user::infos(call),
        ("GET", "/cgi-bin/user/get") => user::list(call),
        ("POST", "/cgi-bin/user/info/updateremark") => user::remark(call),
        ("POST", "/cgi-bin/message/custom/send" | "/cgi-bin/message/custom/typing") => {
            return user::refuse_stranger(call);
        }
        place => return oauth::answer(call, place),
    })
}
