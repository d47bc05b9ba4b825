//! What the sandbox answers: the kinds of answer, their bytes on the wire, the texts of its errors.
//! Who answers what is decided in `route.rs` and in the flows.

use bytes::Bytes;
use http::header::{
    HeaderMap, HeaderName, HeaderValue, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION,
};
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::{json, Value};

use crate::spec::model::Envelope;

/// What an endpoint has to say.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The exact text of a JSON object that is a success.
    Json(String),
    Refused(Refusal),
    File(StoredFile),
    /// The picture of a QR code that says this.
    Picture(String),
    NotFound,
    /// Where a browser goes next.
    Redirect(String),
}

/// An error code and what the platform says with it.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) code: i64,
    /// Empty: the usual text of the code.
    pub(crate) detail: String,
    /// What the answer holds beside code and message.
    pub(crate) more: Vec<(&'static str, Value)>,
    /// Something that the request names does not exist. An example of the spec is carried out all the same.
    pub(crate) unknown: bool,
}

/// Bytes that somebody uploaded, or that an example shows.
#[derive(Clone, Debug)]
pub(crate) struct StoredFile {
    pub(crate) content_type: String,
    pub(crate) filename: Option<String>,
    pub(crate) bytes: Bytes,
}

/// An answer as it goes onto the wire.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The error code in the body; 0 for a success, `None` where there is none to have.
    pub(crate) code: Option<i64>,
}

pub(crate) fn refused(code: i64) -> Refusal {
    refused_for(code, "")
}

pub(crate) fn refused_for(code: i64, detail: impl Into<String>) -> Refusal {
    Refusal { code, detail: detail.into(), more: Vec::new(), unknown: false }
}

/// The refusal of a request that names something that there is not.
pub(crate) fn unknown(code: i64, detail: impl Into<String>) -> Refusal {
    Refusal { unknown: true, ..refused_for(code, detail) }
}

impl Answer {
    pub(crate) fn ok() -> Self {
        Self::Json(r#"{"errcode":0,"errmsg":"ok"}"#.to_owned())
    }

    /// A success with further members behind code and message.
    pub(crate) fn ok_with(members: &[(&str, Value)]) -> Self {
        let mut all = vec![("errcode", json!(0)), ("errmsg", json!("ok"))];
        all.extend(members.iter().cloned());
        Self::object(&all)
    }

    /// A JSON object with its members in this order.
    pub(crate) fn object(members: &[(&str, Value)]) -> Self {
        let members: Vec<String> =
            members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        Self::Json(format!("{{{}}}", members.join(",")))
    }
}

impl From<Result<Answer, Refusal>> for Answer {
    fn from(outcome: Result<Answer, Refusal>) -> Self {
        outcome.unwrap_or_else(Self::Refused)
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The platform's own words for the codes that the sandbox answers by itself.
pub(crate) fn usual_text(code: i64) -> Option<&'static str> {
    Some(match code {
        -1 => "system error",
        40001 => "invalid credential, access_token is invalid or not latest",
        40002 => "invalid grant_type",
        40003 => "invalid openid",
        40004 => "invalid media type",
        40005 => "invalid file type",
        40006 => "invalid media size",
        40007 => "invalid media_id",
        40009 => "invalid image size",
        40010 => "invalid voice size",
        40011 => "invalid video size",
        40012 => "invalid thumb size",
        40013 => "invalid appid",
        40029 => "invalid code",
        40030 => "invalid refresh_token",
        40033 => "invalid charset. please check your request, if include \\uxxxx will create fail!",
        40052 => "invalid action name",
        40053 => "invalid action info",
        40097 => "invalid args",
        40125 => "invalid appsecret",
        40163 => "code been used",
        41001 => "access_token missing",
        41002 => "appid missing",
        41004 => "appsecret missing",
        41005 => "media data missing",
        42001 => "access_token expired",
        42002 => "refresh_token expired",
        42003 => "code expired",
        43001 => "require GET method",
        43002 => "require POST method",
        43004 => "require subscribe",
        44001 => "empty media data",
        44002 => "empty post data",
        45001 => "media size out of limit",
        45026 => "template num exceeds limit",
        45009 => "reach max api daily quota limit",
        47001 => "data format error",
        48001 => "api unauthorized",
        _ => return None,
    })
}

impl Reply {
    pub(crate) fn new(status: StatusCode, content_type: &str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_str(content_type) {
            headers.insert(CONTENT_TYPE, value);
        }
        Self { status, headers, body: body.into(), code: None }
    }

    pub(crate) fn json(text: String, code: i64) -> Self {
        let mut reply = Self::new(StatusCode::OK, "application/json; encoding=utf-8", text);
        reply.code = Some(code);
        reply
    }

    /// An error as the platform words it. Where bytes are due, it comes as plain text.
    pub(crate) fn error(
        code: i64,
        message: &str,
        more: &[(&str, Value)],
        envelope: Envelope,
        binary: bool,
    ) -> Self {
        let message = json!(message);
        let text = match envelope {
            Envelope::Errcode => {
                let more: String = more.iter().map(|(name, value)| format!(",\"{name}\":{value}")).collect();
                format!("{{\"errcode\":{code},\"errmsg\":{message}{more}}}")
            }
            Envelope::BaseResp => format!("{{\"base_resp\":{{\"ret\":{code},\"err_msg\":{message}}}}}"),
        };
        let mut reply = Self::json(text, code);
        if binary {
            reply.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        }
        reply
    }

    /// What a web server says about a page that it does not have.
    pub(crate) fn page(status: StatusCode) -> Self {
        let title = format!("{} {}", status.as_str(), status.canonical_reason().unwrap_or_default());
        let body =
            format!("<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\r\n");
        Self::new(status, "text/html", body)
    }

    pub(crate) fn redirect(location: &str) -> Self {
        let mut reply = Self::page(StatusCode::FOUND);
        if let Ok(value) = HeaderValue::from_str(location) {
            reply.headers.insert(LOCATION, value);
        }
        reply
    }

    pub(crate) fn picture(bytes: Vec<u8>) -> Self {
        let mut reply = Self::new(StatusCode::OK, "image/jpg", bytes);
        reply.headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=604800"));
        reply
    }

    pub(crate) fn file(file: StoredFile) -> Self {
        let mut reply = Self::new(StatusCode::OK, &file.content_type, file.bytes);
        if let Some(name) = file.filename {
            // Raw UTF-8, as the platform sends it; what would end the quoted string is escaped.
            let mut value = b"attachment; filename=\"".to_vec();
            for character in name.chars().filter(|character| !character.is_control()) {
                if matches!(character, '"' | '\\') {
                    value.push(b'\\');
                }
                value.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            value.push(b'"');
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                reply.headers.insert(CONTENT_DISPOSITION, value);
            }
        }
        reply
    }

    pub(crate) fn set_header(&mut self, name: HeaderName, value: HeaderValue) {
        self.headers.insert(name, value);
    }

    pub(crate) fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }

    /// The bytes of the whole answer, promising `promise` bytes of body and holding at most `keep` of them.
    pub(crate) fn into_bytes(self, promise: Option<u64>, keep: Option<usize>) -> Bytes {
        let reason = self.status.canonical_reason().unwrap_or_default();
        let mut bytes = format!("HTTP/1.1 {} {reason}\r\n", self.status.as_str()).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        let length = promise.unwrap_or(self.body.len() as u64);
        bytes.extend_from_slice(format!("content-length: {length}\r\n\r\n").as_bytes());
        let keep = keep.unwrap_or(usize::MAX).min(self.body.len());
        bytes.extend_from_slice(&self.body[..keep]);
        bytes.into()
    }
}
