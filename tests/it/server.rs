//! A server for tests: it keeps the exact bytes of every request and answers the bytes that a test scripted.
//! It knows nothing of the platform; what is right stands in the tests.

// Every test file compiles its own copy and uses a part of it.
#![allow(dead_code)]

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The whole head, up to and including the empty line.
    pub head: String,
    pub body: Vec<u8>,
    /// Which connection it came on, counted from 0.
    pub connection: usize,
}

impl Seen {
    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    pub fn method(&self) -> &str {
        self.line().split(' ').next().unwrap_or_default()
    }

    /// Path and query.
    pub fn target(&self) -> &str {
        self.line().split(' ').nth(1).unwrap_or_default()
    }

    pub fn path(&self) -> &str {
        self.target().split('?').next().unwrap_or_default()
    }

    /// The value of a header, which may stand there once only.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.head.lines().skip(1).filter_map(|line| {
            let (its, value) = line.split_once(": ")?;
            its.eq_ignore_ascii_case(name).then_some(value)
        });
        let value = found.next();
        assert_eq!(found.next(), None, "the header {name} stands there twice");
        value
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }

    /// Request line, headers (in the order of the alphabet, since theirs has no meaning) and body.
    pub fn sorted(&self) -> String {
        let mut headers: Vec<&str> = self.head.trim_end().lines().skip(1).collect();
        headers.sort_unstable();
        format!("{}\n{}\n\n{}", self.line(), headers.join("\n"), self.text())
    }
}

/// Opened once, by the test.
#[derive(Clone)]
pub struct Gate(watch::Sender<bool>);

impl Gate {
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    pub fn open(&self) {
        self.0.send_replace(true);
    }

    pub async fn passed(&self) {
        let _ = self.0.subscribe().wait_for(|open| *open).await;
    }
}

#[derive(Clone)]
enum Step {
    Write(Vec<u8>),
    Pause(Duration),
    Wait(Gate),
    /// Nothing more ever comes, but the connection stays.
    Hang,
    Close,
}

/// What the server does once a request is there in full.
#[derive(Clone)]
pub struct Answer(Vec<Step>);

impl Answer {
    /// Exactly these bytes; the connection stays open.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self(vec![Step::Write(bytes.into())])
    }

    /// Status line and headers (the length is added) before a body.
    pub fn new(status: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut bytes = format!("HTTP/1.1 {status}\r\n").into_bytes();
        for (name, value) in headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
        bytes.extend_from_slice(body);
        Self::raw(bytes)
    }

    /// 200 with the headers that the platform sends with JSON.
    pub fn json(body: impl AsRef<[u8]>) -> Self {
        let headers = [
            ("Connection", "keep-alive"),
            ("Content-Type", "application/json; encoding=utf-8"),
            ("Date", "Fri, 20 Nov 2026 08:00:00 GMT"),
        ];
        Self::new("200 OK", &headers, body)
    }

    pub fn of_type(content_type: &str, body: impl AsRef<[u8]>) -> Self {
        Self::new("200 OK", &[("Content-Type", content_type)], body)
    }

    pub fn hang() -> Self {
        Self(vec![Step::Hang])
    }

    pub fn close() -> Self {
        Self(vec![Step::Close])
    }

    /// The connection is closed afterwards.
    pub fn then_close(mut self) -> Self {
        self.0.push(Step::Close);
        self
    }

    /// Nothing comes afterwards.
    pub fn then_hang(mut self) -> Self {
        self.0.push(Step::Hang);
        self
    }

    pub fn then(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.0.push(Step::Write(bytes.into()));
        self
    }

    pub fn then_pause(mut self, pause: Duration) -> Self {
        self.0.push(Step::Pause(pause));
        self
    }

    pub fn then_wait(mut self, gate: &Gate) -> Self {
        self.0.push(Step::Wait(gate.clone()));
        self
    }

    /// Not before the gate is open.
    pub fn behind(mut self, gate: &Gate) -> Self {
        self.0.insert(0, Step::Wait(gate.clone()));
        self
    }

    pub fn late(mut self, pause: Duration) -> Self {
        self.0.insert(0, Step::Pause(pause));
        self
    }
}

type Script = Box<dyn FnMut(usize, &Seen) -> Answer + Send>;

struct State {
    seen: Vec<Seen>,
    script: Script,
}

pub struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    count: watch::Receiver<usize>,
}

impl Server {
    /// Answers the requests in the order in which they come; one more than that is a mistake.
    pub async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let mut answers: VecDeque<Answer> = answers.into_iter().collect();
        Self::answering(move |_, _| {
            let unscripted = Answer::new("599 Unscripted", &[], "the test has no answer for this request");
            answers.pop_front().unwrap_or(unscripted)
        })
        .await
    }

    /// Answers as the function says, which gets the number of the request, from 0, and the request.
    pub async fn answering(script: impl FnMut(usize, &Seen) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let address = listener.local_addr().expect("the port is known");
        let state = Arc::new(Mutex::new(State { seen: Vec::new(), script: Box::new(script) }));
        let (sender, count) = watch::channel(0);
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            let mut connection = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let (state, sender) = (Arc::clone(&shared), sender.clone());
                tokio::spawn(async move {
                    // An error means that the client has gone, which is its right.
                    let _ = serve(stream, connection, &state, &sender).await;
                });
                connection += 1;
            }
        });
        Self { address, state, count }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.lock().expect("no test panics in the lock").seen.clone()
    }

    pub fn count(&self) -> usize {
        *self.count.borrow()
    }

    /// The one request that came.
    #[track_caller]
    pub fn only(&self) -> Seen {
        let mut seen = self.seen();
        assert_eq!(seen.len(), 1, "{:#?}", seen.iter().map(Seen::sorted).collect::<Vec<_>>());
        seen.remove(0)
    }

    /// Waits until so many requests have come.
    pub async fn saw(&self, count: usize) {
        let mut watched = self.count.clone();
        watched.wait_for(|seen| *seen >= count).await.expect("the server runs");
    }

    /// The head and body that a `GET` of this crate must have.
    pub fn get(&self, target: &str) -> String {
        format!(
            "GET {target} HTTP/1.1\naccept: */*\nhost: {}\nuser-agent: weixin/{}\n\n",
            self.host(),
            env!("CARGO_PKG_VERSION")
        )
    }

    /// The head and body that a `POST` of JSON must have.
    pub fn post(&self, target: &str, body: &str) -> String {
        format!(
            "POST {target} HTTP/1.1\naccept: */*\ncontent-length: {}\ncontent-type: application/json\n\
             host: {}\nuser-agent: weixin/{}\n\n{body}",
            body.len(),
            self.host(),
            env!("CARGO_PKG_VERSION")
        )
    }
}

async fn serve(
    mut stream: TcpStream,
    connection: usize,
    state: &Mutex<State>,
    count: &watch::Sender<usize>,
) -> std::io::Result<()> {
    let mut buffer = Vec::new();
    loop {
        let Some(seen) = read(&mut stream, &mut buffer, connection).await? else { return Ok(()) };
        let answer = {
            let mut state = state.lock().expect("no test panics in the lock");
            let number = state.seen.len();
            let answer = (state.script)(number, &seen);
            state.seen.push(seen);
            answer
        };
        count.send_modify(|count| *count += 1);
        for step in answer.0 {
            match step {
                Step::Write(bytes) => stream.write_all(&bytes).await?,
                Step::Pause(pause) => tokio::time::sleep(pause).await,
                Step::Wait(gate) => gate.passed().await,
                Step::Hang => std::future::pending().await,
                Step::Close => return stream.shutdown().await,
            }
        }
    }
}

async fn read(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
    connection: usize,
) -> std::io::Result<Option<Seen>> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8(buffer.drain(..end).collect()).expect("a head is ASCII");
    let mut seen = Seen { head, body: Vec::new(), connection };
    assert_eq!(seen.header("transfer-encoding"), None, "a request is never sent in chunks");
    let length =
        seen.header("content-length").map_or(0, |length| length.parse().expect("a length is a number"));
    while buffer.len() < length {
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    seen.body = buffer.drain(..length).collect();
    Ok(Some(seen))
}
