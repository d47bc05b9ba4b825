//! A server that answers with fixed bytes, in a process of its own so that none of its work is counted.
//! What it answers is the business of the benchmark that starts it.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What this program is called with to be the server.
pub const SERVE: &str = "serve";

static CONNECTIONS: AtomicUsize = AtomicUsize::new(0);

/// A running server.
pub struct Server {
    process: Child,
    pub base: String,
}

impl Server {
    /// Starts this program once more, as the server.
    pub fn start() -> Outcome<Self> {
        let mut process = Command::new(std::env::current_exe()?).arg(SERVE).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("the server has an output")?).read_line(&mut line)?;
        Ok(Self { process, base: format!("http://127.0.0.1:{}", line.trim()) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Connections that the server has accepted, this program being the server.
#[allow(dead_code)]
pub fn connections() -> usize {
    CONNECTIONS.load(Ordering::SeqCst)
}

/// Answers for ever; `body` gives the response to a first line like `GET /path HTTP/1.1`.
pub fn serve(body: fn(&str) -> String) -> Outcome<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    for stream in listener.incoming() {
        let stream = stream?;
        CONNECTIONS.fetch_add(1, Ordering::SeqCst);
        std::thread::spawn(move || answer(stream, body));
    }
    Ok(())
}

fn answer(stream: TcpStream, body: fn(&str) -> String) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    loop {
        let (mut first, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line == "\r\n" {
                break;
            }
            if first.is_empty() {
                first = line;
            }
        }
        reader.read_exact(&mut vec![0; length])?;
        let body = body(&first);
        let head =
            "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Type: application/json; encoding=utf-8\r\n\
            Date: Sat, 01 Jun 2024 08:00:00 GMT\r\nContent-Length: ";
        writer.write_all(format!("{head}{}\r\n\r\n{body}", body.len()).as_bytes())?;
    }
}
