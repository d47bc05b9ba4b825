//! Servers that receive pushes: one that runs a responder, and one whose answers are written by hand.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::{header, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use weixin::callback::{CallbackResponse, Push, Receiver, Reply, Responder};
use weixin::sandbox::{CallbackTarget, Sandbox};

pub const TOKEN: &str = "token";
pub const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Arrived {
    pub method: Method,
    pub query: String,
    pub content_type: String,
    pub body: String,
}

impl Arrived {
    /// A parameter of the query; blank where it is absent.
    pub fn query(&self, name: &str) -> &str {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next().unwrap_or_default()
    }
}

pub struct Server {
    pub url: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves what `answer` says.
    pub async fn start<F>(answer: impl Fn(Arrived) -> F + Clone + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/callback", listener.local_addr().unwrap());
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let log = arrived.clone();
        let handler = move |method: Method, uri: Uri, headers: header::HeaderMap, body: Bytes| {
            let content_type = headers.get(header::CONTENT_TYPE);
            let request = Arrived {
                method,
                query: uri.query().unwrap_or_default().to_owned(),
                content_type: content_type
                    .map(|value| value.to_str().unwrap().to_owned())
                    .unwrap_or_default(),
                body: String::from_utf8(body.to_vec()).unwrap(),
            };
            log.lock().unwrap().push(request.clone());
            answer(request)
        };
        let app = Router::new().fallback(handler);
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, arrived, task }
    }

    /// Serves a responder.
    pub async fn responder(responder: Responder) -> Self {
        Self::start(move |request| respond(responder.clone(), request)).await
    }

    /// Answers with these statuses and bodies, one after the other.
    pub async fn script<const N: usize>(answers: [(u16, &str); N]) -> Self {
        let answers = answers.map(|(status, body)| (status, body.to_owned()));
        let answers = Arc::new(Mutex::new(VecDeque::from(answers)));
        Self::start(move |_| {
            let (status, body) =
                answers.lock().unwrap().pop_front().expect("no more deliveries than answers");
            async move { (StatusCode::from_u16(status).unwrap(), body).into_response() }
        })
        .await
    }

    /// What arrived so far.
    pub fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    pub fn target(&self) -> CallbackTarget {
        CallbackTarget::new(&self.url, TOKEN)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub async fn respond(responder: Responder, request: Arrived) -> Response {
    let answer = responder.respond(request.method.as_str(), &request.query, request.body.as_bytes()).await;
    written(answer)
}

fn written(answer: CallbackResponse) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap();
    (status, [(header::CONTENT_TYPE, answer.content_type)], answer.body).into_response()
}

pub fn plain() -> Receiver {
    Receiver::builder(TOKEN).build().unwrap()
}

/// The pushes that a handler saw.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<Vec<Push>>>);

impl Seen {
    pub fn pushes(&self) -> Vec<Push> {
        self.0.lock().unwrap().clone()
    }

    /// A responder that notes what came and always says the same.
    pub fn responder(&self, receiver: Receiver, reply: Option<Reply>) -> Responder {
        let seen = self.0.clone();
        Responder::builder(receiver, move |push| {
            seen.lock().unwrap().push(push);
            std::future::ready(reply.clone())
        })
        .build()
    }
}

/// A sandbox that pushes to a server in plain mode, which always says the same.
pub async fn plain_loop(reply: Option<Reply>) -> (Sandbox, Server, Seen) {
    let (sandbox, seen) = (Sandbox::builder().followers(["o1"]).start().await.unwrap(), Seen::default());
    let server = Server::responder(seen.responder(plain(), reply)).await;
    sandbox.set_callback(server.target()).unwrap();
    (sandbox, server, seen)
}
