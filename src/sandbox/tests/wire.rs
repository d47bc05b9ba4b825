//! Requests of the spec's examples as they go over the wire, to a sandbox that runs.
//! How they are broken is the work of `broken.rs`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::{Map, Value};

use super::super::example::text;
use super::super::request::{pairs, scalar};
use super::super::tables::{method, needs_token};
use super::super::Sandbox;
use crate::spec::model::{At, Content, Endpoint, Example, Field, Origin};

const BOUNDARY: &str = "----boundary7MA4";

/// What an example sends.
#[derive(Clone, Debug, Default)]
pub(super) struct Request {
    pub(super) query: Map<String, Value>,
    pub(super) body: Map<String, Value>,
    /// Text parts; the bytes of files with their names.
    pub(super) parts: Map<String, Value>,
    pub(super) files: Vec<(String, String, Vec<u8>)>,
    pub(super) raw: Vec<u8>,
}

/// An answer: its HTTP status and its body.
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl Received {
    /// The error code; 0 for a success, bytes included.
    pub(super) fn code(&self) -> i64 {
        let Ok(answer) = serde_json::from_slice::<Value>(&self.body) else { return 0 };
        let code = &answer["errcode"];
        code.as_i64().or_else(|| answer["base_resp"]["ret"].as_i64()).unwrap_or_default()
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(300).collect()
    }
}

/// Sets a field of the account where it stands.
fn fill(record: &mut Map<String, Value>, fields: &[Field], sandbox: &Sandbox) {
    for field in fields {
        let value = match field.origin {
            Origin::AppId => sandbox.app_id(),
            Origin::Secret => sandbox.secret(),
            Origin::Caller | Origin::Const(_) => continue,
        };
        let mut object = &mut *record;
        for name in &field.path {
            object = object.get_mut(name).and_then(Value::as_object_mut).expect("an object");
        }
        object.insert(field.wire.value.clone(), Value::from(value));
    }
}

impl Request {
    /// The request of an example.
    pub(super) fn of(endpoint: &Endpoint, example: &Example, sandbox: &Sandbox) -> Self {
        let mut request = Self::default();
        for (name, value) in pairs(text(&example.query)) {
            request.query.insert(name, Value::String(value));
        }
        fill(&mut request.query, &endpoint.query, sandbox);
        if needs_token(endpoint) {
            request.query.insert("access_token".to_owned(), Value::from(sandbox.access_token()));
        }
        let given = |text: &Option<At<String>>, blank: &str| {
            text.as_ref().map_or_else(|| blank.to_owned(), |text| text.value.clone())
        };
        match endpoint.content() {
            Content::Nothing => {}
            Content::Json(fields) => {
                request.body = serde_json::from_str(&given(&example.body, "{}")).expect("an object");
                fill(&mut request.body, fields, sandbox);
            }
            Content::Raw(_) => request.raw = given(&example.raw, "x").into_bytes(),
            Content::Parts(_) => {
                for (name, value) in &example.parts {
                    let value = value.value.as_str();
                    // A file is shown by its name.
                    match value.rsplit_once('.') {
                        Some((_, "jpg" | "png" | "mp3" | "mp4" | "pdf")) => {
                            request.files.push((name.clone(), value.to_owned(), b"content".to_vec()));
                        }
                        _ => {
                            request.parts.insert(name.clone(), Value::from(value));
                        }
                    }
                }
            }
        }
        request
    }
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// A connection to a sandbox, used again and again.
pub(super) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub(super) fn open(sandbox: &Sandbox) -> Self {
        let address = sandbox.url().strip_prefix("http://").expect("plain HTTP");
        Self { stream: BufReader::new(TcpStream::connect(address).expect("a connection")) }
    }

    pub(super) fn send(&mut self, endpoint: &Endpoint, request: &Request) -> Received {
        let query = request.query.iter();
        let query: Vec<String> =
            query.map(|(name, value)| format!("{name}={}", encoded(&scalar(value)))).collect();
        let mut head = format!(
            "{} {}?{} HTTP/1.1\r\nHost: localhost\r\n",
            method(endpoint),
            endpoint.path.value,
            query.join("&")
        );
        let body = match endpoint.content() {
            Content::Nothing => Vec::new(),
            Content::Json(_) => serde_json::to_vec(&request.body).expect("JSON"),
            Content::Raw(_) => request.raw.clone(),
            Content::Parts(_) => {
                head.push_str(&format!("Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"));
                form(request)
            }
        };
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        // In one piece: a second one would wait until the first is acknowledged.
        let bytes = [head.as_bytes(), &body].concat();
        self.stream.get_mut().write_all(&bytes).expect("the sandbox reads");
        self.receive()
    }

    fn receive(&mut self) -> Received {
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            assert_ne!(self.stream.read_line(&mut line).expect("an answer"), 0, "the connection was closed");
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(rest) = line.strip_prefix("http/1.1 ") {
                status = rest.get(..3).and_then(|code| code.parse().ok()).expect("a status");
            } else if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("the whole body");
        Received { status, body }
    }
}

fn form(request: &Request) -> Vec<u8> {
    let mut body = Vec::new();
    let mut part = |disposition: &str, bytes: &[u8]| {
        body.extend_from_slice(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    };
    for (name, filename, bytes) in &request.files {
        part(&format!("name=\"{name}\"; filename=\"{filename}\""), bytes);
    }
    for (name, value) in &request.parts {
        part(&format!("name=\"{name}\""), scalar(value).as_bytes());
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}
