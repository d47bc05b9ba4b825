//! A download of 1 GiB to a file: how much memory it takes, and how long beside plain reqwest.
//! `cargo bench --bench download`; see `benches/README.md`.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use weixin::media::GetMedia;
use weixin::transport::{client_builder, reqwest, Reqwest};
use weixin::{BoxFuture, Client, Token, TokenProvider};

type Outcome<T> = Result<T, Box<dyn Error>>;

const SIZE: u64 = 1 << 30;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve"] => serve(),
        [who, base, file] => run(who, base, Path::new(file)),
        _ => compare(),
    }
}

/// Runs ours and both ways by hand in turn, each in a process of its own.
fn compare() -> Outcome<()> {
    const ROUNDS: usize = 9;
    const WAYS: [(&str, &str); 3] =
        [("ours", "save_to"), ("tokio", "reqwest, tokio's file"), ("std", "reqwest, std's file")];
    let folder = tempfile::tempdir()?;
    let server = Server::start()?;
    let file = folder.path().join("file");
    let mut seconds = WAYS.map(|_| Vec::new());
    let mut memory = WAYS.map(|_| Vec::new());
    let mut ratios = WAYS.map(|_| Vec::new());
    // The first round is not counted.
    for round in 0..=ROUNDS {
        let mut times = Vec::new();
        for (index, (who, _)) in WAYS.iter().enumerate() {
            let (time, kibibytes) = server.download(who, &file)?;
            std::fs::remove_file(&file)?;
            times.push(time);
            if round > 0 {
                seconds[index].push(time);
                memory[index].push(kibibytes);
            }
        }
        if round > 0 {
            ratios.iter_mut().zip(&times).for_each(|(ratios, time)| ratios.push(times[0] / time));
        }
    }
    println!("{SIZE} bytes, median of {ROUNDS} rounds");
    for (index, (_, name)) in WAYS.iter().enumerate() {
        println!(
            "{name:22} {:6.3} s  {:6.2} MiB above idle  time of ours : this {:.3}",
            median(&mut seconds[index]),
            median(&mut memory[index]) / 1024.0,
            median(&mut ratios[index]),
        );
    }
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

struct Server {
    process: Child,
    base: String,
}

impl Server {
    fn start() -> Outcome<Self> {
        let mut process =
            Command::new(std::env::current_exe()?).arg("serve").stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("the server has an output")?).read_line(&mut line)?;
        Ok(Self { process, base: format!("http://127.0.0.1:{}", line.trim()) })
    }

    /// Seconds, and the memory above idle in KiB.
    fn download(&self, who: &str, file: &Path) -> Outcome<(f64, f64)> {
        let output = Command::new(std::env::current_exe()?)
            .args([who, &self.base])
            .arg(file)
            .stderr(Stdio::inherit())
            .output()?;
        let text = String::from_utf8(output.stdout)?;
        let mut numbers = text.split_whitespace().map(str::parse);
        let (Some(seconds), Some(memory)) = (numbers.next(), numbers.next()) else {
            return Err(format!("the run of {who} failed").into());
        };
        Ok((seconds?, memory?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn serve() -> Outcome<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    for stream in listener.incoming() {
        let stream = stream?;
        std::thread::spawn(move || answer(stream));
    }
    Ok(())
}

/// One answer a connection. A small one first, if the path asks for it, so that the client is warm.
fn answer(stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    loop {
        let (mut first, mut line) = (String::new(), String::new());
        while line != "\r\n" {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if first.is_empty() {
                first.clone_from(&line);
            }
        }
        let size = if first.contains("small") { 1000 } else { SIZE };
        let head = "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: ";
        writer.write_all(format!("{head}{size}\r\n\r\n").as_bytes())?;
        let block: Vec<u8> = (0..1 << 16).map(|index: u32| (index % 251) as u8).collect();
        std::io::copy(&mut Blocks(&block).take(size), &mut writer)?;
    }
}

/// A block over and over.
struct Blocks<'a>(&'a [u8]);

impl std::io::Read for Blocks<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let length = out.len().min(self.0.len());
        out[..length].copy_from_slice(&self.0[..length]);
        Ok(length)
    }
}

/// Downloads and prints seconds and KiB above idle.
fn run(who: &str, base: &str, file: &Path) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let client = Client::builder("wx_appid", "app_secret")
            .base_url(base)
            .transport(Reqwest::builder().http_client(http).build()?)
            .token_provider(Fixed(Token::new("token")))
            .build()?;
        let http = http().build()?;
        // Idle is a client that has been used: threads, connections and buffers are there.
        let warm: PathBuf = file.with_extension("warm");
        download(who, &client, &http, base, "small", &warm).await?;
        std::fs::remove_file(&warm)?;
        let idle = resident("VmRSS:")?;
        let began = Instant::now();
        let length = download(who, &client, &http, base, "large", file).await?;
        let seconds = began.elapsed().as_secs_f64();
        if length != SIZE {
            return Err(format!("{length} bytes came").into());
        }
        println!("{seconds} {}", resident("VmHWM:")? - idle);
        Ok(())
    })
}

async fn download(
    who: &str,
    client: &Client,
    http: &reqwest::Client,
    base: &str,
    what: &str,
    file: &Path,
) -> Outcome<u64> {
    if who == "ours" {
        let payload = client.get_media(GetMedia::new(what)).await?;
        return Ok(payload.bytes().ok_or("the answer is JSON")?.save_to(file).await?);
    }
    let url = format!("{base}/cgi-bin/media/get?access_token=token&media_id={what}");
    let mut response = http.get(url).send().await?.error_for_status()?;
    let mut length = 0;
    if who == "tokio" {
        let mut out = tokio::fs::File::create(file).await?;
        while let Some(chunk) = response.chunk().await? {
            length += chunk.len() as u64;
            out.write_all(&chunk).await?;
        }
        out.flush().await?;
    } else {
        let mut out = std::fs::File::create(file)?;
        while let Some(chunk) = response.chunk().await? {
            length += chunk.len() as u64;
            out.write_all(&chunk)?;
        }
    }
    Ok(length)
}

fn http() -> reqwest::ClientBuilder {
    client_builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_secs(30))
}

/// A line of the process's status, in KiB (Linux).
fn resident(label: &str) -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(label)).ok_or("no such line")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

struct Fixed(Token);

impl TokenProvider for Fixed {
    fn get(&self) -> BoxFuture<'_, weixin::Result<Token>> {
        Box::pin(async { Ok(self.0.clone()) })
    }
    fn report(&self, _: &Token) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
    fn cached(&self) -> Option<Token> {
        Some(self.0.clone())
    }
}
