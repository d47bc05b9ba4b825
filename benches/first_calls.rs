//! A thousand calls at once by a client that has no token yet, beside the same by hand with reqwest: connections,
//! requests for a token, and CPU. `cargo bench --bench first_calls`; see `benches/README.md`.

#[path = "support/server.rs"]
mod server;
#[path = "support/valgrind.rs"]
mod valgrind;

use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::OnceCell;
use weixin::network::GetCallbackIp;
use weixin::transport::{client_builder, reqwest, Reqwest};
use weixin::Client;

use self::server::Server;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const CALLS: usize = 1000;

/// How long the platform takes; without it, few calls would be under way at once.
const DELAY: Duration = Duration::from_millis(20);

static TOKENS: AtomicUsize = AtomicUsize::new(0);

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [server::SERVE] => server::serve(body),
        [who, base, calls] => run(who, base, calls.parse()?),
        _ => compare(),
    }
}

fn body(first: &str) -> String {
    if first.contains("/count") {
        return format!("{} {}", server::connections() - 1, TOKENS.load(Ordering::SeqCst));
    }
    std::thread::sleep(DELAY);
    if first.contains("/stable_token") {
        TOKENS.fetch_add(1, Ordering::SeqCst);
        return r#"{"access_token":"87_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4","expires_in":7200}"#.to_owned();
    }
    r#"{"ip_list":["127.0.0.1","127.0.0.2","101.226.103.0/25"]}"#.to_owned()
}

/// Runs both in turn and prints what each costs.
fn compare() -> Outcome<()> {
    const ROUNDS: usize = 11;
    let mut ratios = Vec::new();
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        let mut costs = [0.0; 2];
        for (cost, who) in costs.iter_mut().zip(["ours", "hand"]) {
            let server = Server::start()?;
            *cost = cpu(who, &server.base)?;
            let seen = counted(&server.base)?;
            if round == 0 {
                println!("{who}: {CALLS} calls at once; connections and requests for a token: {seen}");
            }
        }
        times[0].push(costs[0]);
        times[1].push(costs[1]);
        ratios.push(costs[0] / costs[1]);
    }
    let [ours, hand] = times.map(median);
    println!(
        "  CPU           {ours:9.1} ms  by hand {hand:9.1} ms  ratio {:.3} (median of pairs)",
        median(ratios)
    );
    let [ours, hand] = ["ours", "hand"].map(|who| {
        let count = |calls: usize| {
            let server = Server::start().ok()?;
            valgrind::instructions(&[who, &server.base, &calls.to_string()])
        };
        Some(count(CALLS)? as f64 - count(0)? as f64)
    });
    match (ours, hand) {
        (Some(ours), Some(hand)) => {
            println!("  instructions  {ours:9.0}     by hand {hand:9.0}     ratio {:.3}", ours / hand);
        }
        _ => println!("  instructions: valgrind is not installed"),
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Milliseconds of CPU of a run, of which those of a run without calls do not count.
fn cpu(who: &str, base: &str) -> Outcome<f64> {
    let run = |calls: usize| -> Outcome<f64> {
        let output = std::process::Command::new(std::env::current_exe()?)
            .args([who, base, &calls.to_string()])
            .stderr(std::process::Stdio::inherit())
            .output()?;
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    };
    Ok(run(CALLS)? - run(0)?)
}

/// What the server has counted.
fn counted(base: &str) -> Outcome<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(async {
        client_builder().build()?.get(format!("{base}/count")).send().await?.text().await
    })?)
}

/// Makes the calls on one thread and prints the milliseconds of CPU that the process has used.
fn run(who: &str, base: &str, calls: usize) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match who {
            "ours" => ours(base, calls).await,
            _ => by_hand(base, calls).await,
        }
    })?;
    let used = std::fs::read_to_string("/proc/self/schedstat")?;
    let used: f64 = used.split_whitespace().next().ok_or("nanoseconds come first")?.parse()?;
    println!("{}", used / 1e6);
    Ok(())
}

/// The same for both.
fn http() -> reqwest::ClientBuilder {
    client_builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(Duration::from_secs(10))
}

async fn ours(base: &str, calls: usize) -> Outcome<()> {
    let client = Client::builder("wx_appid", "app_secret")
        .base_url(base)
        .transport(Reqwest::builder().http_client(http).build()?)
        .build()?;
    let calls: Vec<_> = (0..calls)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.get_callback_ip(GetCallbackIp::new()).await })
        })
        .collect();
    for call in calls {
        call.await??;
    }
    Ok(())
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
struct Addresses {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    ip_list: Vec<String>,
}

/// A cell for the token, which all wait for.
struct ByHand {
    http: reqwest::Client,
    base: String,
    token: OnceCell<String>,
}

impl ByHand {
    async fn token(&self) -> Outcome<&str> {
        let fetch = || async {
            let body = r#"{"grant_type":"client_credential","appid":"wx_appid","secret":"app_secret"}"#;
            let url = format!("{}/cgi-bin/stable_token", self.base);
            let answer = self.http.post(url).body(body).send().await?.error_for_status()?.bytes().await?;
            let token: Token = serde_json::from_slice(&answer)?;
            Outcome::Ok(token.access_token)
        };
        Ok(self.token.get_or_try_init(fetch).await?)
    }

    async fn call(&self) -> Outcome<Vec<String>> {
        let url = format!("{}/cgi-bin/getcallbackip?access_token={}", self.base, self.token().await?);
        let answer = self.http.get(url).send().await?.error_for_status()?.bytes().await?;
        let addresses: Addresses = serde_json::from_slice(&answer)?;
        match addresses.errcode {
            0 => Ok(addresses.ip_list),
            code => Err(format!("error {code}").into()),
        }
    }
}

async fn by_hand(base: &str, calls: usize) -> Outcome<()> {
    let http = http().timeout(Duration::from_secs(30)).build()?;
    let client = Arc::new(ByHand { http, base: base.to_owned(), token: OnceCell::new() });
    let calls: Vec<_> = (0..calls)
        .map(|_| {
            let client = Arc::clone(&client);
            tokio::spawn(async move { client.call().await })
        })
        .collect();
    for call in calls {
        call.await??;
    }
    Ok(())
}
