//! Servers that are slow, dead, closed, or answer with another status than 200.

use std::time::Duration;

use weixin::network::GetCallbackIp;
use weixin::qrcode::{CreateQrcode, QrAction, ShowQrcode};
use weixin::{Client, Error, ErrorKind};

use crate::account::{client, failed, plain, Fixed, SECRET, TOKEN};
use crate::server::{Answer, Gate, Server};

const IPS: &str = r#"{"ip_list":["127.0.0.1"]}"#;

async fn error(answer: Answer) -> Error {
    let server = Server::answering(move |_, _| answer.clone()).await;
    let error = failed(client(&server).get_callback_ip(GetCallbackIp::new()).await);
    // Once more where there was no response, or a gateway's.
    let again = error.kind() == ErrorKind::Transport && error.message().starts_with("the connection to ")
        || matches!(error.status(), Some(502..=504));
    assert_eq!(server.count(), 1 + usize::from(again), "{error}");
    assert_eq!(error.endpoint(), Some("get_callback_ip"));
    error
}

/// An address that nobody listens on.
async fn nobody() -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn nobody_listens() {
    let url = nobody().await;
    let server = url.strip_prefix("http://").unwrap();
    let client = Client::builder("wx_appid", SECRET).base_url(&url);
    let client = client.token_provider(Fixed::new(TOKEN)).build().unwrap();
    let error = failed(client.get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.is_connect() && error.is_retryable() && !error.is_timeout());
    let message = format!("can't connect to {server}: ");
    assert!(error.message().starts_with(&message), "{error}");
    let refused = std::io::Error::from_raw_os_error(if cfg!(windows) { 10061 } else { 111 });
    if cfg!(target_os = "linux") {
        assert_eq!(error.to_string(), format!("get_callback_ip: {message}{refused}"));
        // What `main` prints: the same line, and what stood between.
        let debug = format!("{error:?}");
        assert!(debug.starts_with(&format!("{error}; caused by: ")) && !debug.contains('\n'), "{debug}");
        assert_eq!(format!("{error:#?}"), debug);
    }
    assert_eq!((error.status(), error.code()), (None, None));
    let error = failed(client.show_qrcode(ShowQrcode::new("T")).await);
    assert_eq!((error.kind(), error.endpoint()), (ErrorKind::Connect, Some("show_qrcode")));
}

/// Made for this test; nobody vouches for it.
#[cfg(feature = "rustls")]
const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBkDCCATagAwIBAgIUGpVrWBD6AJpnGtfm66RWz517WFowCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEzMDIzMjM0N1oYDzIxMjYxMTA2
MjMyMzQ3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARiK+A5XNqItU+0ofr0BztQB2n+aVoEdmFeKuMutoFT9CI9KXxFR1Wp
YYSuWgqYkyQv3xXJ3yWfZFib04JGXwq+o2QwYjAdBgNVHQ4EFgQUrB/tdymoGFrY
2q/Q7qfFqBD0EE4wHwYDVR0jBBgwFoAUrB/tdymoGFrY2q/Q7qfFqBD0EE4wDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUC
IQCgbGsv+cm4iK6RdHJ6+oPXG4QXZhKzgnM56pzEbwi5vgIgNYoq/qycSrQzzIQi
i7UqrF0vDWySv8vY6rmq84JDkZg=
-----END CERTIFICATE-----
";

#[cfg(feature = "rustls")]
const ITS_KEY: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAY83nejnyjFVT2wz
f5tR3lN1P+30W6xpnC8e5OAQWtShRANCAARiK+A5XNqItU+0ofr0BztQB2n+aVoE
dmFeKuMutoFT9CI9KXxFR1WpYYSuWgqYkyQv3xXJ3yWfZFib04JGXwq+
-----END PRIVATE KEY-----
";

#[cfg(feature = "rustls")]
#[tokio::test]
async fn a_certificate_that_nobody_vouches_for() {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};

    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(ITS_KEY.as_bytes()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.unwrap().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let config = std::sync::Arc::new(config);
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let host = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut connection = rustls::ServerConnection::new(std::sync::Arc::clone(&config)).unwrap();
            // It ends with the alert of the client.
            let mut stream = stream.unwrap();
            while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
        }
    });
    let client = Client::builder("wx_appid", SECRET).base_url(format!("https://{host}"));
    let client = client.token_provider(Fixed::new(TOKEN)).build().unwrap();
    let error = failed(client.get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!(error.kind(), ErrorKind::Connect);
    let message = format!("can't connect to {host}: invalid peer certificate: ");
    assert!(error.message().starts_with(&message), "{error}");
    assert!(error.hint().unwrap().starts_with("check this machine's clock"), "{error}");
}

#[tokio::test]
async fn nobody_gives_tokens() {
    let url = nobody().await;
    let client = Client::builder("wx_appid", SECRET).base_url(&url).build().unwrap();
    let error = failed(client.get_callback_ip(GetCallbackIp::new()).await);
    let message =
        format!("get_stable_access_token: can't connect to {}: ", url.strip_prefix("http://").unwrap());
    assert!(error.to_string().starts_with(&message), "{error}");
    assert_eq!(error.kind(), ErrorKind::Connect);
}

#[tokio::test]
async fn a_server_that_says_nothing() {
    let server = Server::start([Answer::hang(), Answer::hang()]).await;
    let short = Duration::from_millis(150);
    let quick = plain(&server).token_provider(Fixed::new(TOKEN)).timeout(short).build().unwrap();
    let error = failed(quick.get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!((error.kind(), error.is_timeout(), error.is_retryable()), (ErrorKind::Timeout, true, true));
    assert_eq!(error.to_string(), "get_callback_ip: no answer within 150ms");
    let error = failed(client(&server).get_callback_ip(GetCallbackIp::new()).timeout(short).await);
    assert_eq!(error.to_string(), "get_callback_ip: no answer within 150ms");
}

#[tokio::test]
async fn a_server_that_stops_in_the_middle() {
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{\"ip_list\":";
    let server =
        Server::start([Answer::raw(half).then_hang(), Answer::raw("HTTP/1.1 200").then_hang()]).await;
    for _ in 0..2 {
        let call = client(&server).get_callback_ip(GetCallbackIp::new());
        assert_eq!(failed(call.timeout(Duration::from_millis(150)).await).kind(), ErrorKind::Timeout);
    }
}

#[tokio::test]
async fn a_slow_server_has_the_time_of_the_call() {
    // The silence that is allowed within a transfer says nothing about a call that has a limit in all.
    let late = Answer::json(IPS).late(Duration::from_millis(400));
    let image = Answer::of_type("image/jpg", "\u{1}").late(Duration::from_millis(400));
    let server = Server::start([late, image]).await;
    let client = plain(&server).token_provider(Fixed::new(TOKEN)).idle_timeout(Duration::from_millis(50));
    let client = client.timeout(Duration::from_secs(60)).build().unwrap();
    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    let call = client.show_qrcode(ShowQrcode::new("T")).timeout(Duration::from_secs(60));
    assert_eq!(&call.await.unwrap().bytes().await.unwrap()[..], b"\x01");
}

#[tokio::test]
async fn waiting_for_a_token_counts() {
    let server = Server::start([Answer::hang()]).await;
    let client = plain(&server).build().unwrap();
    let call = client.get_callback_ip(GetCallbackIp::new()).timeout(Duration::from_millis(150));
    assert_eq!(failed(call.await).to_string(), "get_callback_ip: no answer within 150ms");
    assert_eq!(server.only().path(), "/cgi-bin/stable_token");
}

#[tokio::test]
async fn a_connection_that_is_closed() {
    let server = Server::start([Answer::close(), Answer::close()]).await;
    let error = failed(client(&server).get_callback_ip(GetCallbackIp::new()).await);
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert_eq!(
        error.to_string(),
        format!(
            "get_callback_ip: the connection to {} broke: connection closed before message completed",
            server.host()
        )
    );
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_body_that_breaks_off() {
    for bytes in [
        "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{\"ip_list\":[]}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ne\r\n{\"ip_list\":[]}\r\n",
        // Even an error, if it is not whole: nobody knows what was to come.
        "HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{\"errcode\":40013,\"errmsg\":\"invalid appid\"}",
    ] {
        let error = error(Answer::raw(bytes).then_close()).await;
        assert_eq!(error.kind(), ErrorKind::Transport, "{bytes}");
        assert_eq!(error.to_string(), "get_callback_ip: the body broke off");
    }
}

#[tokio::test]
async fn what_is_no_http() {
    for bytes in ["220 mail.example.com ESMTP\r\n", "HTTP/1.1 abc\r\n\r\n", "\0\0\0\0\r\n\r\n"] {
        assert_eq!(error(Answer::raw(bytes).then_close()).await.kind(), ErrorKind::Transport, "{bytes:?}");
    }
}

#[tokio::test]
async fn a_status_is_no_success() {
    for (status, retryable, limited) in [
        ("400 Bad Request", false, false),
        ("403 Forbidden", false, false),
        ("404 Not Found", false, false),
        ("413 Too Large", false, false),
        ("429 Too Many Requests", true, true),
        ("500 Internal Server Error", true, false),
        ("502 Bad Gateway", true, false),
        ("503 Service Unavailable", true, false),
    ] {
        let answer = Answer::new(status, &[("Content-Type", "text/html")], "<html>nginx</html>");
        let error = error(answer).await;
        assert_eq!(error.kind(), ErrorKind::Status);
        assert_eq!((error.is_retryable(), error.is_rate_limited()), (retryable, limited), "{status}");
        let number = &status[..3];
        assert_eq!(error.status(), number.parse().ok());
        assert_eq!(
            error.to_string(),
            format!(
                "get_callback_ip: the server refused the call (HTTP {number}, text/html); the response begins \
                 with \"<html>nginx</html>\""
            )
        );
    }
    let error = error(Answer::new("502 Bad Gateway", &[], "")).await;
    assert_eq!(error.to_string(), "get_callback_ip: the server refused the call (HTTP 502)");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Server::start([Answer::json(IPS)]).await;
    for status in ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let location = format!("{}/cgi-bin/getcallbackip", other.url());
        let error = error(Answer::new(status, &[("Location", &location)], "")).await;
        assert_eq!((error.kind(), error.status()), (ErrorKind::Status, status[..3].parse().ok()));
    }
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn an_interim_answer_is_none() {
    let answer = format!(
        "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{IPS}",
        IPS.len()
    );
    let server = Server::start([Answer::raw(answer)]).await;
    client(&server).get_callback_ip(GetCallbackIp::new()).await.unwrap();
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let server = Server::start([IPS, IPS, IPS].map(Answer::json)).await;
    let client = client(&server);
    for _ in 0..3 {
        client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    }
    assert!(server.seen().iter().all(|seen| seen.connection == 0));
}

#[tokio::test]
async fn a_call_that_was_dropped_harms_no_other() {
    let gate = Gate::new();
    let held = Answer::json(IPS).behind(&gate);
    let server = Server::start([held, Answer::json(r#"{"ip_list":["second"]}"#)]).await;
    let client = client(&server);
    let call = tokio::spawn(client.get_callback_ip(GetCallbackIp::new()));
    server.saw(1).await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    gate.open();
    let answer = client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
    assert_eq!(answer.ip_list, ["second"]);
}

#[tokio::test]
async fn a_call_that_is_not_polled_sends_nothing() {
    let server = Server::start([Answer::json(r#"{"ticket":"T","url":"U"}"#)]).await;
    let client = client(&server);
    drop(client.create_qrcode(CreateQrcode::new(QrAction::limit_scene(1))));
    let mut kept = client.create_qrcode(CreateQrcode::new(QrAction::limit_scene(2)));
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(server.count(), 0);
    assert_eq!((&mut kept).await.unwrap().ticket, "T");
    assert_eq!(
        server.only().text(),
        r#"{"action_name":"QR_LIMIT_SCENE","action_info":{"scene":{"scene_id":2}}}"#
    );
    // To ask again is a mistake of the program, which is told so.
    let error = failed(kept.await);
    assert_eq!(error.kind(), ErrorKind::Config);
}
