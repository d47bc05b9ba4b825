//! Interceptors: what they see, in which order, and what they may do.
//! The traits' own examples are in their documentation.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use weixin::custom_message::{CustomText, SendCustomMessage};
use weixin::interceptor::{Attempt, Interceptor, Outcome};
use weixin::media::{GetJssdkMedia, UploadImage};
use weixin::network::GetCallbackIp;
use weixin::transport::{RequestBody, ResponseBody, Transport, TransportError};
use weixin::{BoxFuture, Client, Error, ErrorCode, ErrorKind, FilePart, Result};

use crate::account::{failed, plain, Fixed, Fresh, Log, MARK, SECRET, TOKEN};
use crate::server::{Answer, Gate, Server};

const IPS: &str = r#"{"ip_list":["127.0.0.1"]}"#;
const STABLE: &str = r#"{"access_token":"81_s3cr3t-A","expires_in":7200}"#;
const OK: &str = r#"{"errcode":0,"errmsg":"ok"}"#;

/// Notes all that it sees, under a name.
struct Notes(&'static str, Log);

impl Interceptor for Notes {
    fn before<'a>(&'a self, attempt: &'a mut Attempt) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let (name, endpoint) = (self.0, attempt.meta().name());
            self.1.note(format!("{name} before {endpoint} {} {}", attempt.number(), attempt.request_bytes()));
            Ok(())
        })
    }

    fn after(&self, attempt: &Attempt, outcome: &Outcome) {
        let what = match (outcome.is_success(), outcome.was_cancelled(), outcome.error_kind()) {
            (true, false, None) => "ok".to_owned(),
            (false, true, None) => "cancelled".to_owned(),
            (false, false, Some(kind)) => format!("{kind:?} {:?}", outcome.error_code().map(|code| code.0)),
            other => panic!("{other:?}"),
        };
        let (status, bytes) = (outcome.status(), outcome.response_bytes());
        self.1.note(format!("{} after {} {what} {status:?} {bytes:?}", self.0, attempt.number()));
        // Whatever is shown of it, there is no secret in it.
        let shown = format!("{attempt:?} {outcome:?}");
        assert!(!shown.contains(MARK) && !shown.contains(SECRET) && !shown.contains("/cgi-bin"), "{shown}");
    }
}

/// Refuses whatever it is asked.
struct Never;

impl Interceptor for Never {
    fn before<'a>(&'a self, _: &'a mut Attempt) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Err(Error::new(ErrorKind::Config, "not today")) })
    }

    fn after(&self, _: &Attempt, _: &Outcome) {
        panic!("what it refused is no business of it");
    }
}

fn watched(server: &Server, log: &Log) -> Client {
    let client = plain(server).token_provider(Fixed::new(TOKEN));
    client.interceptor(Notes("a", log.clone())).interceptor(Notes("b", log.clone())).build().unwrap()
}

#[tokio::test]
async fn the_first_is_asked_first_and_told_last() {
    let (log, server) = (Log::default(), Server::start([Answer::json(OK)]).await);
    let message = SendCustomMessage::new("o1", CustomText::new("x"));
    watched(&server, &log).send_custom_message(message).await.unwrap();
    let size = server.only().body.len();
    assert_eq!(
        log.lines(),
        [
            &*format!("a before send_custom_message 1 {size}"),
            &*format!("b before send_custom_message 1 {size}"),
            "b after 1 ok Some(200) Some(27)",
            "a after 1 ok Some(200) Some(27)",
        ]
    );
}

#[tokio::test]
async fn attempts_are_counted_and_fetches_of_tokens_seen() {
    let log = Log::default();
    let busy = r#"{"errcode":-1,"errmsg":"system error"}"#;
    let server = Server::start([
        Answer::new("502 Bad Gateway", &[], ""),
        Answer::json(STABLE),
        Answer::close(),
        Answer::json(busy),
        Answer::json(IPS),
    ])
    .await;
    let client = plain(&server).interceptor(Notes("a", log.clone())).build().unwrap();
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    let asked = server.seen()[0].body.len();
    assert_eq!(
        log.lines(),
        [
            &*format!("a before get_stable_access_token 1 {asked}"),
            "a after 1 Status None Some(502) Some(0)",
            &*format!("a before get_stable_access_token 2 {asked}"),
            "a after 2 ok Some(200) Some(48)",
            "a before get_callback_ip 1 0",
            "a after 1 Transport None None None",
            "a before get_callback_ip 2 0",
            "a after 2 Api Some(-1) Some(200) Some(38)",
            "a before get_callback_ip 3 0",
            "a after 3 ok Some(200) Some(25)",
        ]
    );
    assert_eq!((STABLE.len(), busy.len(), IPS.len()), (48, 38, 25));
}

#[tokio::test]
async fn what_is_refused_is_not_sent() {
    let (log, server) = (Log::default(), Server::start([]).await);
    let client = plain(&server).token_provider(Fixed::new(TOKEN));
    let client =
        client.interceptor(Notes("a", log.clone())).interceptor(Never).interceptor(Notes("c", log.clone()));
    let error = failed(client.build().unwrap().get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!(error.to_string(), "get_callback_ip: not today");
    // Who let it pass hears of it; who was not asked does not.
    assert_eq!(log.lines(), ["a before get_callback_ip 1 0", "a after 1 Config None None None"]);
    assert_eq!(server.count(), 0);
    // Nor is a token fetched.
    let client = plain(&server).interceptor(Never).build().unwrap();
    assert_eq!(failed(client.access_token().await).message(), "not today");
    assert_eq!(server.count(), 0);
}

/// Refuses repeats.
struct Once;

impl Interceptor for Once {
    fn before<'a>(&'a self, attempt: &'a mut Attempt) -> BoxFuture<'a, Result<()>> {
        let first = attempt.number() == 1;
        Box::pin(async move {
            if first {
                Ok(())
            } else {
                Err(Error::new(ErrorKind::Config, "once"))
            }
        })
    }
}

#[tokio::test]
async fn a_repeat_that_is_refused_leaves_what_the_platform_said() {
    let server = Server::start([Answer::json(r#"{"errcode":-1,"errmsg":"system error"}"#)]).await;
    let client = plain(&server).token_provider(Fixed::new(TOKEN)).interceptor(Once).build().unwrap();
    let error = failed(client.get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!(error.code(), Some(ErrorCode::SYSTEM_BUSY));
    server.only();
}

/// Adds headers; in vain where they say what the request is.
struct Signs;

impl Interceptor for Signs {
    fn before<'a>(&'a self, attempt: &'a mut Attempt) -> BoxFuture<'a, Result<()>> {
        let set = |attempt: &mut Attempt, name: &'static str, value: &'static str| {
            attempt.set_header(HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        for name in ["content-length", "content-type", "host", "transfer-encoding", "connection"] {
            assert_eq!(set(attempt, name, "0").unwrap_err().kind(), ErrorKind::Config);
        }
        Box::pin(async move {
            set(attempt, "x-trace", "first")?;
            set(attempt, "x-trace", "second")?;
            set(attempt, "user-agent", "mine/1")
        })
    }
}

#[tokio::test]
async fn headers_arrive() {
    let server = Server::start([STABLE, IPS].map(Answer::json)).await;
    let client = plain(&server).interceptor(Signs).build().unwrap();
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    for seen in server.seen() {
        assert_eq!((seen.header("x-trace"), seen.header("user-agent")), (Some("second"), Some("mine/1")));
        assert_eq!(seen.header("host"), Some(&*server.host()));
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_counts_as_cancelled() {
    let (log, server) = (Log::default(), Server::start([Answer::hang()]).await);
    let client = watched(&server, &log);
    let call = tokio::spawn(client.get_callback_ip(GetCallbackIp::new()));
    server.saw(1).await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert_eq!(log.lines()[2..], ["b after 1 cancelled None None", "a after 1 cancelled None None"]);
    // Out of time, too.
    let server = Server::start([Answer::hang()]).await;
    let call =
        watched(&server, &log).get_callback_ip(GetCallbackIp::new()).timeout(Duration::from_millis(50));
    assert_eq!(failed(call.await).kind(), ErrorKind::Timeout);
    assert_eq!(log.lines()[6..], ["b after 1 cancelled None None", "a after 1 cancelled None None"]);
}

/// Waits at a gate.
struct Waits(Gate);

impl Interceptor for Waits {
    fn before<'a>(&'a self, _: &'a mut Attempt) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.0.passed().await;
            Ok(())
        })
    }
}

#[tokio::test]
async fn who_waits_holds_no_place_and_sends_nothing() {
    let (log, gate) = (Log::default(), Gate::new());
    let server = Server::start([IPS, IPS].map(Answer::json)).await;
    let client = plain(&server).token_provider(Fixed::new(TOKEN)).max_concurrent_calls(1);
    let client =
        client.interceptor(Notes("a", log.clone())).interceptor(Waits(gate.clone())).build().unwrap();
    let calls: Vec<_> = (0..2).map(|_| tokio::spawn(client.get_callback_ip(GetCallbackIp::new()))).collect();
    while log.lines().len() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.count(), 0);
    gate.open();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_download_ends_where_its_body_begins() {
    let log = Log::default();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 100\r\n\r\n\u{1}begin";
    let server = Server::start([Answer::raw(head).then_hang()]).await;
    let _download = watched(&server, &log).get_jssdk_media(GetJssdkMedia::new("M")).await.unwrap();
    assert_eq!(log.lines()[2..], ["b after 1 ok Some(200) Some(100)", "a after 1 ok Some(200) Some(100)"]);
}

#[tokio::test]
async fn a_token_that_is_replaced_makes_another_attempt() {
    let log = Log::default();
    let refused = r#"{"errcode":42001,"errmsg":"access_token expired"}"#;
    let server = Server::start([refused, IPS].map(Answer::json)).await;
    let source = Fresh::new(["81_s3cr3t-1", "81_s3cr3t-2"], &Log::default());
    let client = plain(&server).token_source(source).interceptor(Notes("a", log.clone())).build().unwrap();
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    let ended: Vec<String> = log.lines().into_iter().filter(|line| line.contains("after")).collect();
    assert_eq!(ended, ["a after 1 Api Some(42001) Some(200) Some(49)", "a after 2 ok Some(200) Some(25)"]);
}

/// Lets things pass after a minute, and keeps what it hears of their times.
#[derive(Default)]
struct Minute(Mutex<Vec<(Duration, Duration)>>);

impl Interceptor for Minute {
    fn before<'a>(&'a self, _: &'a mut Attempt) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(())
        })
    }

    fn after(&self, _: &Attempt, outcome: &Outcome) {
        self.0.lock().unwrap().push((outcome.waited(), outcome.elapsed()));
    }
}

/// Answers after five seconds.
struct Slow;

impl Transport for Slow {
    fn send(
        &self,
        _: http::Request<RequestBody>,
    ) -> BoxFuture<'_, Result<http::Response<ResponseBody>, TransportError>> {
        Box::pin(async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            Ok(http::Response::new(ResponseBody::from(r#"{"url":"U","ip_list":[]}"#)))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_is_no_silence_of_an_upload_and_counts_into_the_limit_of_a_call() {
    let minute = Arc::new(Minute::default());
    let client = Client::builder("wx_appid", SECRET).transport(Slow).token_provider(Fixed::new(TOKEN));
    let client =
        client.idle_timeout(Duration::from_secs(10)).interceptor(Arc::clone(&minute)).build().unwrap();
    client.upload_image(UploadImage::new(FilePart::bytes("a.jpg", vec![1; 10]))).await.unwrap();
    assert_eq!(*minute.0.lock().unwrap(), [(Duration::from_secs(60), Duration::from_secs(5))]);
    // A call of JSON has a limit of thirty seconds.
    assert_eq!(failed(client.get_callback_ip(GetCallbackIp::new()).await).kind(), ErrorKind::Timeout);
    assert_eq!(minute.0.lock().unwrap().len(), 1);
}
