//! The sandbox, from outside: raw HTTP against it, bytes written by hand. How the client behaves against it
//! is tested elsewhere.

mod article;
mod blacklist;
mod comment;
mod custom;
mod fault;
mod group;
mod hostile;
mod ids;
mod kf;
mod mass;
mod media;
mod menu;
mod oauth;
mod qrcode;
mod quota;
mod request;
mod server;
mod shorten;
mod stub;
mod tag;
mod template;
mod token;
mod user;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use weixin::sandbox::Sandbox;

struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    fn code(&self) -> i64 {
        self.json()["errcode"].as_i64().unwrap_or_default()
    }

    fn message(&self) -> String {
        self.json()["errmsg"].as_str().unwrap_or_default().to_owned()
    }
}

/// One client for all: it takes long to make. It keeps no connection, for that would belong to the test that
/// opened it.
fn http() -> &'static reqwest::Client {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    CLIENT.get_or_init(|| {
        weixin::transport::client_builder().no_proxy().pool_max_idle_per_host(0).build().unwrap()
    })
}

async fn send(request: reqwest::RequestBuilder) -> Answer {
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Answer { status, headers, body: answer.bytes().await.unwrap().to_vec() }
}

/// A GET; `{token}` in the path and query stands for the current access token.
async fn get(sandbox: &Sandbox, path: &str) -> Answer {
    let path = path.replace("{token}", &sandbox.access_token());
    send(http().get(format!("{}{path}", sandbox.url()))).await
}

async fn post(sandbox: &Sandbox, path: &str, body: impl Into<reqwest::Body>) -> Answer {
    let path = path.replace("{token}", &sandbox.access_token());
    send(http().post(format!("{}{path}", sandbox.url())).body(body)).await
}

/// A call with a JSON body.
async fn call(sandbox: &Sandbox, path: &str, body: Value) -> Answer {
    post(sandbox, &format!("{path}?access_token={{token}}"), body.to_string()).await
}

/// A GET without parameters of its own.
async fn look(sandbox: &Sandbox, path: &str) -> Value {
    get(sandbox, &format!("{path}?access_token={{token}}")).await.json()
}

/// The code of a refusal whose message holds these words.
async fn refused(sandbox: &Sandbox, path: &str, body: Value, code: i64, words: &str) {
    let answer = call(sandbox, path, body).await;
    assert_eq!(answer.code(), code, "{path}: {}", answer.text());
    assert!(answer.message().contains(words), "{path}: {}", answer.text());
}

/// Adds a picture to the library.
async fn picture(sandbox: &Sandbox) -> String {
    let path = "/cgi-bin/material/add_material?access_token={token}&type=image";
    upload(sandbox, path, file("1.png", b"one")).await.json()["media_id"].as_str().unwrap().to_owned()
}

async fn legacy_token(sandbox: &Sandbox) -> String {
    let path = "/cgi-bin/token?grant_type=client_credential&appid=wx_sandbox&secret=sandbox_secret";
    get(sandbox, path).await.json()["access_token"].as_str().unwrap().to_owned()
}

async fn stable_token(sandbox: &Sandbox, force: bool) -> Answer {
    let body = format!(
        "{{\"grant_type\":\"client_credential\",\"appid\":\"wx_sandbox\",\"secret\":\"sandbox_secret\",\
         \"force_refresh\":{force}}}"
    );
    post(sandbox, "/cgi-bin/stable_token", body).await
}

fn token_of(answer: &Answer) -> String {
    answer.json()["access_token"].as_str().unwrap_or_else(|| panic!("no token: {}", answer.text())).to_owned()
}

/// What a call with this token is answered: 0 or an error code.
async fn code_with(sandbox: &Sandbox, token: &str) -> i64 {
    get(sandbox, &format!("/cgi-bin/user/get?access_token={token}")).await.code()
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn encoded(ticket: &str) -> String {
    ticket.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

const BOUNDARY: &str = "----boundary7MA4";

/// A form with one file part, and text parts behind it.
fn form(disposition: &str, content_type: &str, bytes: &[u8], texts: &[(&str, &str)]) -> Vec<u8> {
    let mut body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\
         Content-Type: {content_type}\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    for (name, text) in texts {
        let head =
            format!("\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}");
        body.extend_from_slice(head.as_bytes());
    }
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body
}

async fn upload(sandbox: &Sandbox, path: &str, body: Vec<u8>) -> Answer {
    let path = path.replace("{token}", &sandbox.access_token());
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    send(http().post(format!("{}{path}", sandbox.url())).header("content-type", content_type).body(body))
        .await
}

fn file(name: &str, bytes: &[u8]) -> Vec<u8> {
    form(&format!("name=\"media\"; filename=\"{name}\""), "image/jpeg", bytes, &[])
}

/// Writes these bytes to a connection of its own and reads until the sandbox closes it.
fn raw(sandbox: &Sandbox, request: &[u8]) -> String {
    let mut stream = connect(sandbox);
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn connect(sandbox: &Sandbox) -> TcpStream {
    TcpStream::connect(sandbox.url().strip_prefix("http://").unwrap()).unwrap()
}
