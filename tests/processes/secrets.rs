//! All failures of tokens at TRACE, and then a search of everything that was said, written or named for secrets.
//! The file of a key is the one place where its token may stand.

use std::fmt::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use weixin::network::GetCallbackIp;
use weixin::{
    BoxFuture, Client, Error, ErrorKind, FileStore, Grant, Lease, MemoryStore, SourceKind, StoredToken,
    TokenCache, TokenPolicy, TokenProvider, TokenSource, TokenStore,
};

use crate::account::{discreet, plain, MARK, SECRET};
use crate::server::{Answer, Server};

/// Keeps all that is logged, spans and fields and all, whatever the level.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Everything {
    fn keep(&self, line: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Subscriber for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = Line(format!("span {} {}", span.metadata().target(), span.metadata().name()));
        span.record(&mut line);
        self.keep(line.0);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut line = Line("record".to_owned());
        values.record(&mut line);
        self.keep(line.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(format!("{} {}", event.metadata().level(), event.metadata().target()));
        event.record(&mut line);
        self.keep(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// What the HTTP client says goes through another crate.
impl log::Log for Everything {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        self.keep(format!("{} {} {}", record.level(), record.target(), record.args()));
    }

    fn flush(&self) {}
}

/// Everything that a client, an error or a store shows of itself.
#[derive(Default)]
struct Shown(Vec<String>);

impl Shown {
    fn add(&mut self, thing: &impl fmt::Debug) {
        self.0.extend([format!("{thing:?}"), format!("{thing:#?}")]);
    }

    /// One call, and the state of the client after it.
    async fn call(&mut self, client: &Client) -> Option<Error> {
        let error = client.get_callback_ip(GetCallbackIp::new()).await.err();
        if let Some(error) = &error {
            discreet(error);
            self.add(error);
        }
        self.add(client);
        self.add(&client.token_status());
        error
    }
}

fn granted(token: &str) -> Answer {
    Answer::json(format!(r#"{{"access_token":"{token}","expires_in":7200}}"#))
}

/// Says why in the very words of the request.
fn refused(target: &str) -> Answer {
    Answer::json(format!(r#"{{"errcode":40001,"errmsg":"invalid credential {target} {SECRET}"}}"#))
}

fn shared(server: &Server, folder: &Path) -> Client {
    plain(server).token_store(FileStore::open(folder).unwrap()).build().unwrap()
}

struct Panics;

impl TokenSource for Panics {
    fn fetch(&self, _: bool) -> BoxFuture<'static, weixin::Result<Grant>> {
        panic!("the source stumbles")
    }
}

struct Down;

impl Down {
    fn fail<'a, T: Send + 'a>() -> BoxFuture<'a, weixin::Result<T>> {
        Box::pin(async { Err(Error::new(ErrorKind::Connect, "the store is down")) })
    }
}

impl TokenStore for Down {
    fn read<'a>(&'a self, _: &'a str) -> BoxFuture<'a, weixin::Result<Option<StoredToken>>> {
        Self::fail()
    }
    fn lock<'a>(&'a self, _: &'a str, _: Duration) -> BoxFuture<'a, weixin::Result<Option<Lease>>> {
        Self::fail()
    }
    fn write<'a>(&'a self, _: &'a Lease, _: &'a str, _: Duration) -> BoxFuture<'a, weixin::Result<bool>> {
        Self::fail()
    }
    fn unlock<'a>(&'a self, _: &'a Lease) -> BoxFuture<'a, weixin::Result<()>> {
        Self::fail()
    }
    fn discard<'a>(&'a self, _: &'a str, _: u64) -> BoxFuture<'a, weixin::Result<bool>> {
        Self::fail()
    }
    fn acquire_forced_refresh<'a>(
        &'a self,
        _: &'a str,
        _: Duration,
        _: u32,
    ) -> BoxFuture<'a, weixin::Result<bool>> {
        Self::fail()
    }
}

/// The token call in all kinds of trouble.
async fn token_calls(shown: &mut Shown) {
    let page = format!("<html>{MARK}-1 {SECRET}</html>");
    for answer in [
        Answer::close(),
        Answer::hang(),
        Answer::raw(format!("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{{\"access_token\":\"{MARK}-1"))
            .then_close(),
        Answer::raw(format!("HTTP/1.1 {MARK}-1 {SECRET}\r\n\r\n")),
        Answer::of_type("text/html", &page),
        Answer::new("502 Bad Gateway", &[("Content-Type", "text/html")], &page),
        Answer::json(format!(r#"{{"access_token":"{MARK}-1""#)),
        Answer::json(format!(r#"{{"access_token":["{MARK}-1"],"expires_in":{{}}}}"#)),
        Answer::json("{}"),
        Answer::json("null"),
        Answer::json(format!(r#"{{"errcode":40013,"errmsg":"invalid appid {SECRET}"}}"#)),
        Answer::json(r#"{"errcode":40164,"errmsg":"invalid ip 203.0.113.7, not in whitelist"}"#),
    ] {
        for legacy in [false, true] {
            let server = Server::start([answer.clone()]).await;
            let kind = if legacy { SourceKind::Legacy } else { SourceKind::Stable };
            let policy = TokenPolicy::new(kind).fetch_timeout(Duration::from_millis(200));
            let builder = plain(&server).token_policy(policy);
            let builder = if legacy { builder.legacy_token() } else { builder };
            shown.add(&builder);
            assert!(shown.call(&builder.build().unwrap()).await.is_some());
        }
    }
    let server = Server::start([]).await;
    let client = plain(&server).token_source(Panics).build().unwrap();
    assert!(shown.call(&client).await.is_some());
}

/// Refused tokens, alone and with another process.
async fn refusals(shown: &mut Shown, folder: &Path) {
    let mut tokens = 0;
    let server = Server::answering(move |_, seen| match seen.path() {
        "/cgi-bin/stable_token" => {
            tokens += 1;
            granted(&format!("{MARK}-{tokens}"))
        }
        _ if seen.target().ends_with("-2") => Answer::json(r#"{"ip_list":[]}"#),
        _ => refused(seen.target().split('=').next_back().unwrap()),
    })
    .await;
    let (first, second) = (shared(&server, folder), shared(&server, folder));
    second.access_token().await.unwrap();
    // Shared, refused, invalidated, fetched, sent again.
    assert!(shown.call(&first).await.is_none());
    assert!(shown.call(&second).await.is_none());
    first.invalidate_token().await;
    assert!(shown.call(&first).await.is_some());
}

/// The store down, or in the way.
async fn stores(shown: &mut Shown, folder: &Path) {
    let server = Server::answering(|_, seen| match seen.path() {
        "/cgi-bin/getcallbackip" => Answer::json(r#"{"ip_list":[]}"#),
        _ => granted("81_s3cr3t-9"),
    })
    .await;
    assert!(shown.call(&plain(&server).token_store(Down).build().unwrap()).await.is_none());
    let path = folder.join("gone");
    let store = FileStore::open(&path).unwrap();
    std::fs::remove_dir_all(&path).unwrap();
    std::fs::write(&path, "").unwrap();
    let client = plain(&server).token_store(store.clone()).legacy_token().build().unwrap();
    assert!(shown.call(&client).await.is_none());
    client.invalidate_token().await;
    assert!(shown.call(&client).await.is_some());
    std::fs::remove_file(&path).unwrap();

    let memory = MemoryStore::new();
    let lease = memory.lock("key", Duration::from_secs(9)).await.unwrap().unwrap();
    memory.write(&lease, &format!("{MARK}-3"), Duration::from_secs(9)).await.unwrap();
    shown.add(&store);
    shown.add(&lease);
    shown.add(&memory.read("key").await.unwrap());
    shown.add(&memory);
    let cache = TokenCache::new(Panics).with_store(memory, "key");
    shown.add(&cache.get().await.unwrap());
    shown.add(&cache);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_told() {
    let everything = Everything::default();
    tracing::subscriber::set_global_default(everything.clone()).unwrap();
    log::set_boxed_logger(Box::new(everything.clone())).unwrap();
    log::set_max_level(log::LevelFilter::Trace);

    let folder = tempfile::tempdir().unwrap();
    let mut shown = Shown::default();
    token_calls(&mut shown).await;
    refusals(&mut shown, folder.path()).await;
    stores(&mut shown, folder.path()).await;

    let lines = everything.lines();
    // It did listen: to us, and to the HTTP client.
    for event in ["fetch", "share", "invalidate", "replay", "degrade"] {
        let told = |line: &&String| {
            line.contains(" weixin::token ")
                && line.contains(&format!("event=\"{event}\""))
                && line.contains("account=\"wx_appid\"")
                && line.contains(" reason=")
        };
        assert!(lines.iter().any(|line| told(&line)), "{event}: {lines:#?}");
    }
    assert!(lines.iter().any(|line| line.contains("reqwest") || line.contains("hyper")), "{lines:#?}");

    let mut names = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        names.push(file.file_name().into_string().unwrap());
        let content = String::from_utf8(std::fs::read(file.path()).unwrap()).unwrap();
        assert!(!content.contains(SECRET));
        assert_eq!(content.contains(MARK), names.last().unwrap().ends_with(".json"), "{names:?}");
    }
    assert_eq!(names.len(), 2, "{names:?}");
    for text in lines.iter().chain(&shown.0).chain(&names) {
        for private in [MARK, SECRET] {
            assert!(!text.contains(private), "{private} stands in: {text}");
        }
    }
}
