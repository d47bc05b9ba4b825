//! The account that the tests call with: its client, its tokens, and the check that no error gives them away.
//! The server that answers stands in `server.rs`.

// Every test file compiles its own copy and uses a part of it.
#![allow(dead_code)]

use std::collections::VecDeque;
use std::error::Error as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use weixin::{
    BoxFuture, Call, Client, ClientBuilder, Error, Grant, Response, Token, TokenProvider, TokenSource,
};

use crate::server::{Answer, Server};

/// What every token in these tests begins with, so that one look finds any of them.
pub const MARK: &str = "81_s3cr3t";
pub const TOKEN: &str = "81_s3cr3t-A";
pub const SECRET: &str = "app_secret";

/// Always the same token.
pub struct Fixed(Token);

impl Fixed {
    pub fn new(token: &str) -> Self {
        Self(Token::new(token))
    }
}

impl TokenProvider for Fixed {
    fn get(&self) -> BoxFuture<'_, weixin::Result<Token>> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }

    fn report(&self, _bad: &Token) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// What a provider or a source was asked for, in order.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// Hands out these tokens one after the other, a new one after each report.
pub struct Listed {
    tokens: Mutex<VecDeque<weixin::Result<Token>>>,
    log: Log,
}

impl Listed {
    pub fn new(tokens: impl IntoIterator<Item = weixin::Result<&'static str>>, log: &Log) -> Self {
        let tokens = tokens.into_iter().map(|token| token.map(Token::new)).collect();
        Self { tokens: Mutex::new(tokens), log: log.clone() }
    }
}

impl TokenProvider for Listed {
    fn get(&self) -> BoxFuture<'_, weixin::Result<Token>> {
        self.log.note("get");
        let token = self.tokens.lock().unwrap().front().cloned().expect("there is a token left");
        Box::pin(std::future::ready(token))
    }

    fn report(&self, bad: &Token) -> BoxFuture<'_, ()> {
        self.log.note(format!("report {}", bad.expose()));
        let mut tokens = self.tokens.lock().unwrap();
        if tokens.len() > 1 {
            tokens.pop_front();
        }
        Box::pin(std::future::ready(()))
    }
}

/// A source of tokens that live for two hours: these ones, the last one again and again.
pub struct Fresh {
    tokens: Mutex<VecDeque<&'static str>>,
    log: Log,
}

impl Fresh {
    pub fn new(tokens: impl IntoIterator<Item = &'static str>, log: &Log) -> Self {
        Self { tokens: Mutex::new(tokens.into_iter().collect()), log: log.clone() }
    }
}

impl TokenSource for Fresh {
    fn fetch(&self, force: bool) -> BoxFuture<'static, weixin::Result<Grant>> {
        self.log.note(if force { "fetch with force" } else { "fetch" });
        let mut tokens = self.tokens.lock().unwrap();
        let token = *tokens.front().expect("there is a token");
        if tokens.len() > 1 {
            tokens.pop_front();
        }
        Box::pin(std::future::ready(Ok(Grant::new(token, Duration::from_secs(7200)))))
    }
}

/// A client for the server whose tokens come from the platform's own call.
pub fn plain(server: &Server) -> ClientBuilder {
    Client::builder("wx_appid", SECRET).base_url(server.url())
}

/// A client for the server with a token that never changes.
pub fn client(server: &Server) -> Client {
    plain(server).token_provider(Fixed::new(TOKEN)).build().unwrap()
}

/// Makes one call, which must be exactly this `GET` and nothing else, and gives what it answers.
pub async fn get<R: Response>(target: &str, answer: &str, call: impl FnOnce(&Client) -> Call<R>) -> R {
    let server = Server::start([Answer::json(answer)]).await;
    let answer = call(&client(&server)).await.unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(server.only().sorted(), server.get(target));
    answer
}

/// Makes one call, which must be exactly this `POST` and nothing else, and gives what it answers.
pub async fn post<R: Response>(
    target: &str,
    body: &str,
    answer: &str,
    call: impl FnOnce(&Client) -> Call<R>,
) -> R {
    let server = Server::start([Answer::json(answer)]).await;
    let answer = call(&client(&server)).await.unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(server.only().sorted(), server.post(target, body));
    answer
}

/// The error of a call that must fail, which must not tell what is nobody's business.
#[track_caller]
pub fn failed<T>(result: weixin::Result<T>) -> Error {
    let Err(error) = result else { panic!("the call should have failed") };
    discreet(&error);
    error
}

/// Neither the error nor what caused it holds a token, the secret, or an address.
#[track_caller]
pub fn discreet(error: &Error) {
    let mut texts = vec![error.to_string(), format!("{error:?}"), format!("{error:#?}")];
    texts.extend(error.excerpt().map(str::to_owned));
    let mut cause = error.source();
    while let Some(inner) = cause {
        texts.extend([inner.to_string(), format!("{inner:?}"), format!("{inner:#?}")]);
        cause = inner.source();
    }
    for text in texts {
        for private in [MARK, SECRET, "http://", "https://", "/cgi-bin/", "/sns/"] {
            assert!(!text.contains(private), "{private} stands in: {text}");
        }
    }
}
