//! The crate's own endpoints, called through the client of `weixin` and a transport of its own, against a server of a
//! few lines.

use std::future::poll_fn;
use std::pin::Pin;

use foreign::{Alarm, Extra, GetSky, GetWeather, Place, Point, PutSky, WeatherCalls, Wind};
use http_body::Body;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use weixin::transport::{RequestBody, ResponseBody, Sent, Transport, TransportError};
use weixin::{BoxFuture, Client, ErrorKind, FilePart, Grant, TokenSource};

/// HTTP over a connection that serves one request.
struct Plain;

impl Transport for Plain {
    fn send(
        &self,
        request: http::Request<RequestBody>,
    ) -> BoxFuture<'_, Result<http::Response<ResponseBody>, TransportError>> {
        Box::pin(async move {
            let broken = |error| TransportError::new(Sent::Maybe, error);
            let server = request.uri().authority().expect("a server").to_string();
            let stream = TcpStream::connect(&server).await;
            let mut stream = stream.map_err(|error| TransportError::new(Sent::No, error))?;
            stream.write_all(&written(request, &server).await?).await.map_err(broken)?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.map_err(broken)?;
            let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head") + 4;
            let mut response = http::Response::new(ResponseBody::from(answer.split_off(end)));
            let head = String::from_utf8(answer).expect("a head is ASCII");
            let kind = head.lines().find_map(|line| line.strip_prefix("Content-Type: ")).expect("a type");
            response.headers_mut().insert("content-type", kind.parse().expect("a header"));
            Ok(response)
        })
    }
}

/// The bytes of a request. An upload comes piece by piece, and its length stands in its headers already.
async fn written(request: http::Request<RequestBody>, server: &str) -> Result<Vec<u8>, TransportError> {
    let (mut head, mut body) = request.into_parts();
    let length = body.size_hint().exact().expect("the length is always known");
    head.headers.insert("content-length", length.into());
    let target = head.uri.path_and_query().expect("a target");
    let mut bytes = format!("{} {target} HTTP/1.1\r\nhost: {server}\r\n", head.method).into_bytes();
    for (name, value) in &head.headers {
        bytes.extend_from_slice(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend_from_slice(b"\r\n");
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|error| TransportError::new(Sent::Maybe, error))?;
        bytes.extend_from_slice(frame.data_ref().expect("there are no trailers"));
    }
    Ok(bytes)
}

struct Fixed;

impl TokenSource for Fixed {
    fn fetch(&self, _force: bool) -> BoxFuture<'static, weixin::Result<Grant>> {
        Box::pin(async { Ok(Grant::new("TOKEN", std::time::Duration::from_secs(7200))) })
    }
}

/// Runs a call against a server that answers once, and gives the call's result and the request's bytes.
fn exchange<T>(
    answer: &[u8],
    call: impl AsyncFnOnce(Client) -> weixin::Result<T>,
) -> (weixin::Result<T>, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = Client::builder("wx_appid", "app_secret")
            .base_url(format!("http://{}", listener.local_addr().unwrap()))
            .token_source(Fixed)
            .transport(Plain)
            .build()
            .unwrap();
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !is_whole(&request) {
                let mut piece = [0; 4096];
                let count = stream.read(&mut piece).await.unwrap();
                assert_ne!(count, 0, "the request broke off: {}", String::from_utf8_lossy(&request));
                request.extend_from_slice(&piece[..count]);
            }
            stream.write_all(answer).await.unwrap();
            String::from_utf8(request).unwrap()
        };
        tokio::join!(call(client), serve)
    })
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

fn answer(content_type: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
        .into_bytes()
}

#[test]
fn a_json_call() {
    let json = r#"{"errcode": 0, "temperature": "21.5", "winds": {"noon": "N", "night": "NNE"},
        "extras": {"rain": 3}, "alarm": 3, "inside": [{"temperature": 20, "new": true}]}"#;
    let (weather, request) = exchange(&answer("text/plain", json), async |client| {
        let request = GetWeather::new("广州")
            .days(2)
            .extras([Extra::Rain(1), Extra::sunrise(23.1, 113.3)])
            .place(Place::named("home"))
            .password("hush");
        assert!(!format!("{request:?}").contains("hush"));
        client.send(request).await
    });
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with(
            "POST /weather/get?access_token=TOKEN&lang=en&city=%E5%B9%BF%E5%B7%9E&days=2 HTTP/1.1\r\n"
        ),
        "{head}"
    );
    assert_eq!(
        body,
        r#"{"version":2,"extras":[{"rain":1},{"sunrise":{"lat":23.1,"lon":113.3}}],"app":"wx_appid","place":"named","name":"home","auth":{"password":"hush"}}"#
    );
    let weather = weather.unwrap();
    assert_eq!(weather.temperature, 21.5);
    assert_eq!(weather.winds["noon"], Wind::North);
    assert_eq!(weather.winds["night"].as_str(), "NNE");
    assert_eq!(weather.extras, [Extra::Rain(3)]);
    assert_eq!(weather.alarm, Some(Alarm::Storm));
    assert_eq!(weather.inside[0].unknown_fields["new"], true);
}

#[test]
fn an_error_of_the_platform() {
    let json = r#"{"temperature": [], "errcode": "40003", "errmsg": "invalid openid rid: 617682e0"}"#;
    let (weather, _) = exchange(&answer("application/json", json), async |client| {
        client.get_weather(GetWeather::new("x")).await
    });
    let error = weather.unwrap_err();
    assert_eq!((error.kind(), error.code().map(|code| code.0)), (ErrorKind::Api, Some(40003)));
    assert_eq!((error.endpoint(), error.request_id()), (Some("get_weather"), Some("617682e0")));
}

#[test]
fn bytes_or_json() {
    let (sky, request) = exchange(&answer("image/jpeg", "\u{1}picture"), async |client| {
        let sky = client.get_sky(GetSky::new("x")).await?;
        sky.bytes().expect("bytes").bytes().await
    });
    assert!(request.starts_with("GET /weather/sky?city=x HTTP/1.1\r\n"), "{request}");
    assert_eq!(&sky.unwrap()[..], b"\x01picture");
    let (sky, _) = exchange(&answer("image/jpeg", r#"{"temperature": 3}"#), async |client| {
        Ok(client.send(GetSky::new("x")).await?.json().expect("JSON").temperature)
    });
    assert_eq!(sky.unwrap(), 3.0);
}

#[test]
fn a_form_and_the_other_envelope() {
    let json = r#"{"base_resp": {"ret": 40006, "err_msg": "too large"}}"#;
    let (result, request) = exchange(&answer("application/json", json), async |client| {
        client.put_sky(PutSky::new(FilePart::bytes("天空.jpg", "jpeg"))).await
    });
    assert!(
        request.contains("\r\ncontent-length: ") || request.contains("\r\nContent-Length: "),
        "{request}"
    );
    assert!(request.contains("filename=\"天空.jpg\""), "{request}");
    let error = result.unwrap_err();
    assert_eq!((error.code().map(|code| code.0), error.message()), (Some(40006), "too large"));
}

#[test]
fn without_a_transport_there_is_no_client() {
    for error in [
        Client::new("wx_appid", "app_secret").unwrap_err(),
        weixin::RemoteSource::new("https://tokens.example.com/").unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(
            error.to_string(),
            "this program has no transport: switch on the feature `reqwest` or `hyper` of `weixin`, or give one of your \
             own to `ClientBuilder::transport`"
        );
    }
    weixin::RemoteSource::with_transport("https://tokens.example.com/", Plain).unwrap();
}

#[test]
fn types_alone() {
    let point = Point::new(1.0, 2.5);
    let json = serde_json::to_string(&Place::from(point.clone())).unwrap();
    assert_eq!(json, r#"{"place":"point","lat":1.0,"lon":2.5}"#);
    let place: Place = serde_json::from_str(r#"{"lon": "2.5", "lat": 1, "place": "point"}"#).unwrap();
    assert_eq!(place, Place::Point(point));
    assert_eq!(serde_json::to_string(&Place::Here).unwrap(), r#"{"place":"here"}"#);
    assert!(matches!(serde_json::from_str(r#"{"place": "moon"}"#).unwrap(), Place::Unknown(_)));
}
