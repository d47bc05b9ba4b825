//! A central token server (中控服务器): one process knows the AppSecret and looks after the access token; all others ask
//! it, through `weixin::RemoteSource`.
//!
//! `cargo run --example token_server` needs no account and shows the whole of it: a sandbox, the server, and two
//! workers. With `WEIXIN_APPID`, `WEIXIN_SECRET` and `TOKEN_PASSWORD` set it only serves, on 127.0.0.1:8080 or the
//! address in `TOKEN_LISTEN`. Put TLS in front of it wherever the network isn't your own.

use std::error::Error;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{header, HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;
use weixin::network::GetCallbackIp;
use weixin::sandbox::Sandbox;
use weixin::{Client, RemoteSource};

struct Server {
    client: Client,
    password: String,
}

#[derive(serde::Deserialize)]
struct Asked {
    /// The fingerprint of a token that the platform refused to somebody.
    refused: Option<String>,
}

/// Answers what the platform's own call would.
async fn access_token(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    let given = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes());
    let due = format!("Bearer {}", server.password);
    // In a time that does not tell how much of it is right.
    if !given.is_some_and(|given| bool::from(given.ct_eq(due.as_bytes()))) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match grant(&server.client, asked.refused.as_deref()).await {
        Ok(grant) => Json(grant).into_response(),
        // Errors of this crate hold no secret.
        Err(error) => {
            let code = error.code().map_or(-1, |code| code.0);
            Json(json!({"errcode": code, "errmsg": error.to_string()})).into_response()
        }
    }
}

async fn grant(client: &Client, refused: Option<&str>) -> weixin::Result<serde_json::Value> {
    let mut token = client.access_token().await?;
    // Only the very token that was refused is replaced, so a hundred workers who report it cost one new token.
    if refused == Some(token.fingerprint().as_str()) {
        client.report_rejected_token(&token).await;
        token = client.access_token().await?;
    }
    // What is left of its life, so that no worker keeps it longer than it lives.
    let left = client.token_status().and_then(|status| status.expires_in).unwrap_or_default();
    Ok(json!({"access_token": token.expose(), "expires_in": left.as_secs()}))
}

fn app(client: Client, password: &str) -> Router {
    let server = Arc::new(Server { client, password: password.to_owned() });
    Router::new().route("/access_token", get(access_token)).with_state(server)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (Some(app_id), Some(secret)) = (variable("WEIXIN_APPID"), variable("WEIXIN_SECRET")) else {
        return show().await;
    };
    let password = variable("TOKEN_PASSWORD").ok_or("set TOKEN_PASSWORD: whoever knows it gets tokens")?;
    let mut client = Client::builder(app_id, secret);
    if let Some(base_url) = variable("WEIXIN_BASE_URL") {
        client = client.base_url(base_url);
    }
    let address = variable("TOKEN_LISTEN").unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("serving http://{}/access_token", listener.local_addr()?);
    axum::serve(listener, app(client.build()?, &password)).await?;
    Ok(())
}

/// The sandbox, the server and two workers in one process.
async fn show() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}/access_token", listener.local_addr()?);
    println!("WEIXIN_APPID and WEIXIN_SECRET are not set: showing the server at {address} with a sandbox.");
    let password = "a password of your own";
    let app = app(sandbox.client()?, password);
    tokio::spawn(async move { axum::serve(listener, app).await });

    let worker = || -> weixin::Result<Client> {
        let source = RemoteSource::new(&address)?.bearer(password)?;
        Client::builder(sandbox.app_id(), "").base_url(sandbox.url()).token_source(source).build()
    };
    let workers = [worker()?, worker()?];
    let tokens = || sandbox.request_count("get_stable_access_token");
    for (number, worker) in workers.iter().enumerate() {
        let addresses = worker.get_callback_ip(GetCallbackIp::new()).await?.ip_list.len();
        println!("worker {number}: {addresses} addresses; tokens asked of the platform so far: {}", tokens());
    }
    println!("The platform makes all tokens invalid.");
    sandbox.revoke_tokens();
    for (number, worker) in workers.iter().enumerate() {
        worker.get_callback_ip(GetCallbackIp::new()).await?;
        println!("worker {number}: the call went through; tokens asked of the platform so far: {}", tokens());
    }
    Ok(())
}
