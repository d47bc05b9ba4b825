//! Answers what the platform pushes: somebody scans a QR code, the event arrives typed, a reply goes back.
//!
//! `cargo run --example callback_server` needs no account and shows the whole loop: a sandbox, the server, a code, a scan
//! (encrypted), and the reply that the user gets. With `WEIXIN_TOKEN`, `WEIXIN_APPID` and `WEIXIN_AES_KEY` set it
//! only serves, on 127.0.0.1:8080 or the address in `CALLBACK_LISTEN`; they are those of the account's message push
//! settings (消息推送), in encrypted mode.

use std::error::Error;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{header, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::Router;
use tokio::net::TcpListener;
use weixin::callback::{Event, Message, Push, Receiver, Reply, Responder};
use weixin::qrcode::{CreateQrcode, QrScene};
use weixin::sandbox::{CallbackTarget, Sandbox};

/// What the account says: to who scanned a code, to a new follower, to text. To anything else, nothing.
async fn handle(push: Push) -> Option<Reply> {
    match (&push.event, &push.message) {
        (Some(event), _) => println!("event: {event:?}"),
        (_, message) => println!("message: {message:?}"),
    }
    if let Some(scene) = push.scene() {
        return Some(Reply::text(format!("Your order {scene} is on its way.")));
    }
    match (push.event, push.message) {
        (Some(Event::Subscribe(_)), _) => Some(Reply::text("Welcome!")),
        (_, Some(Message::Text(text))) => Some(Reply::text(format!("You said: {}", text.content))),
        _ => None,
    }
}

/// Hands a request over to the responder, and its answer back.
async fn callback(
    State(responder): State<Responder>,
    method: Method,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let answer = responder.respond(method.as_str(), &query.unwrap_or_default(), &body).await;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, answer.content_type)], answer.body).into_response()
}

fn app(token: &str, app_id: &str, aes_key: &str) -> weixin::Result<Router> {
    let receiver = Receiver::builder(token).encrypted(app_id, aes_key).build()?;
    let responder =
        Responder::builder(receiver, handle).on_error(|error| eprintln!("callback: {error}")).build();
    Ok(Router::new().route("/callback", get(callback).post(callback)).with_state(responder))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let settings = (variable("WEIXIN_TOKEN"), variable("WEIXIN_APPID"), variable("WEIXIN_AES_KEY"));
    let (Some(token), Some(app_id), Some(aes_key)) = settings else {
        return show().await;
    };
    let address = variable("CALLBACK_LISTEN").unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("serving http://{}/callback", listener.local_addr()?);
    axum::serve(listener, app(&token, &app_id, &aes_key)?).await?;
    Ok(())
}

/// The sandbox and the server in one process.
async fn show() -> Result<(), Box<dyn Error>> {
    let (token, aes_key) = ("token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG");
    let sandbox = Sandbox::start().await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/callback", listener.local_addr()?);
    println!("WEIXIN_TOKEN, WEIXIN_APPID and WEIXIN_AES_KEY are not all set: showing {url} with a sandbox.");
    let app = app(token, sandbox.app_id(), aes_key)?;
    tokio::spawn(async move { axum::serve(listener, app).await });

    sandbox.set_callback(CallbackTarget::new(url, token).encrypted(aes_key))?;
    sandbox.verify_callback().await?;
    println!("The server answers for its URL.");

    let request = CreateQrcode::new(QrScene::new(123).expire_seconds(3600));
    let code = sandbox.client()?.create_qrcode(request).await?;
    println!("code: {}", code.url);
    let user = "oNewcomer0000000000000000001";
    // Somebody new, who follows by scanning; then a follower.
    for _ in 0..2 {
        let report = sandbox.scan(&code.ticket, user).await?;
        println!("reply: {:?}", report.into_reply()?);
    }
    let report = sandbox.push_user_text(user, "Where is it?").await?;
    println!("reply: {:?}", report.into_reply()?);
    for message in sandbox.sent_messages(user) {
        println!("phone: {}", message.text().unwrap_or_default());
    }
    Ok(())
}
