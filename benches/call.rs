//! What a typed call costs, beside the same call written by hand with reqwest, or hyper-util's client, and serde derive.
//! `cargo bench --bench call`; see `benches/README.md`.

#[path = "support/hand.rs"]
mod hand;
#[path = "support/server.rs"]
mod server;
#[path = "support/valgrind.rs"]
mod valgrind;

use std::error::Error;
use std::hint::black_box;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::Serialize;
use weixin::qrcode::{CreateQrcode, QrScene};
use weixin::transport::{client_builder, reqwest, Hyper, Reqwest, Transport};
use weixin::user::{BatchGetUsers, GetUser, UserQuery};
use weixin::{BoxFuture, Client, Token, TokenProvider};

use self::server::Server;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const TOKEN: &str =
    "87_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4";

const TICKET: &str = r#"{"ticket":"gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL2taZ2Z3TVRtNzJXV1Brb3ZhYmJJAAIEZ23sUwMEmm3sUw==","expire_seconds":604800,"url":"http:\/\/weixin.qq.com\/q\/kZgfwMTm72WWPkovabbI"}"#;

/// Eight users: 2 KB.
const USERS: &str = include_str!("support/users.json");

/// One user with a hundred tags.
const USER: &str = include_str!("support/user.json");

const OPENIDS: [&str; 8] = [
    "otvxTs4dckWG7imySrJd6jSi0CWE",
    "otvxTs_JZ6SEiP0imdhpi50fuSZg",
    "o6_bmjrPTlm6_2sgVt7hMZOPfL2M",
    "o6_bmasdasdsad6_2sgVt7hMZOPf",
    "oDF3iY9ffA-hqb2vVvbr7qxf6A0Q",
    "o9AxW1qL3dKvTzR8sYbN5hJmPfCg",
    "o4TnB7vXcE2mHsQyLkGdR9uWzJpA",
    "oR5GjjgEhCMJFyzaVZdrxZ2zRRF4",
];

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [server::SERVE] => server::serve(body),
        [who, what, base, times] => run(who, what, base, times.parse()?),
        _ => compare(),
    }
}

/// The call by the default transport, by the lean one, and by hand with reqwest.
const WHO: [&str; 3] = ["ours", "lean", "hand"];

/// Runs all in turn and prints what each costs.
fn compare() -> Outcome<()> {
    const ROUNDS: usize = 11;
    const CALLS: u32 = 2000;
    let runs = Runs(Server::start()?);
    for (what, meaning) in [
        ("ticket", "create_qrcode"),
        ("users", "batch_get_users, an answer of 2 KB"),
        ("user", "get_user, a hundred tags"),
    ] {
        println!("{meaning}");
        let mut ratios = [Vec::new(), Vec::new()];
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            let [ours, lean, hand] = WHO.map(|who| runs.time(who, what, CALLS));
            let round = [ours?, lean?, hand?];
            for (times, time) in times.iter_mut().zip(round) {
                times.push(time);
            }
            for (ratios, ours) in ratios.iter_mut().zip(round) {
                ratios.push(ours / round[2]);
            }
        }
        let [ours, lean, hand] = times.map(median);
        let [ratio, lean_ratio] = ratios.map(median);
        println!(
            "  time          {ours:9.1} µs  by hand {hand:9.1} µs  ratio {ratio:.3}  by hyper {lean:9.1} µs  ratio \
             {lean_ratio:.3} (medians of rounds)"
        );
        for (name, count) in [
            ("instructions", valgrind::instructions as fn(&[&str]) -> Option<u64>),
            ("allocations", valgrind::allocations),
        ] {
            let [ours, lean, hand] = WHO.map(|who| runs.each(count, who, what));
            match (ours, lean, hand) {
                (Some(ours), Some(lean), Some(hand)) => println!(
                    "  {name:12}  {ours:9.1}     by hand {hand:9.1}     ratio {:.3}  by hyper {lean:9.1}     ratio {:.3}",
                    ours / hand,
                    lean / hand
                ),
                _ => println!("  {name}: valgrind is not installed"),
            }
        }
    }
    for (what, meaning) in [
        ("ticket", "create_qrcode by hyper, and by hand with its client"),
        ("many", "the same, 64 at a time"),
    ] {
        match [
            runs.each(valgrind::instructions, "lean", what),
            runs.each(valgrind::instructions, "raw", what),
        ] {
            [Some(lean), Some(raw)] => println!(
                "{meaning}\n  instructions  {lean:9.1}     by hand {raw:9.1}     ratio {:.3}",
                lean / raw
            ),
            _ => println!("{meaning}: valgrind is not installed"),
        }
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Runs of this program against a server.
struct Runs(Server);

impl Runs {
    /// Microseconds a call.
    fn time(&self, who: &str, what: &str, calls: u32) -> Outcome<f64> {
        let output = Command::new(std::env::current_exe()?)
            .args([who, what, &self.0.base, &calls.to_string()])
            .stderr(Stdio::inherit())
            .output()?;
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    }

    /// Counts of one call: the difference between a long run and a short one, so that starting up does not count.
    fn each(&self, count: fn(&[&str]) -> Option<u64>, who: &str, what: &str) -> Option<f64> {
        const SHORT: u32 = 500;
        const LONG: u32 = 1500;
        let [short, long] = [SHORT, LONG].map(|times| count(&[who, what, &self.0.base, &times.to_string()]));
        Some((long? as f64 - short? as f64) / f64::from(LONG - SHORT))
    }
}

fn body(first: &str) -> String {
    let body = match first {
        first if first.contains("/qrcode/") => TICKET,
        first if first.contains("/batchget") => USERS,
        _ => USER,
    };
    body.to_owned()
}

/// Makes the calls and prints microseconds a call.
fn run(who: &str, what: &str, base: &str, times: u32) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let began = runtime.block_on(async {
        match who {
            "ours" => ours(what, base, times, Reqwest::builder().http_client(http).build()?).await,
            "lean" => ours(what, base, times, Hyper::builder().no_proxy().build()?).await,
            "raw" => raw(what, base, times).await,
            _ => by_hand(what, base, times).await,
        }
    })?;
    println!("{}", began.as_secs_f64() * 1e6 / f64::from(times));
    Ok(())
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

async fn ours(what: &str, base: &str, times: u32, transport: impl Transport) -> Outcome<Duration> {
    let client = Client::builder("wx_appid", "app_secret")
        .base_url(base)
        .transport(transport)
        .token_provider(Fixed(Token::new(TOKEN)))
        .build()?;
    let began = Instant::now();
    if what == "many" {
        return at_a_time(times, move || {
            let request = CreateQrcode::new(QrScene::new(123).expire_seconds(604_800));
            let call = client.create_qrcode(request);
            async move {
                black_box(call.await?);
                Ok(())
            }
        })
        .await;
    }
    for _ in 0..times {
        if what == "ticket" {
            let request = CreateQrcode::new(QrScene::new(123).expire_seconds(604_800));
            black_box(client.create_qrcode(request).await?);
        } else if what == "user" {
            black_box(client.get_user(GetUser::new(OPENIDS[0])).await?);
        } else {
            let queries = OPENIDS.map(UserQuery::new);
            black_box(client.batch_get_users(BatchGetUsers::new(queries)).await?);
        }
    }
    Ok(began.elapsed())
}

/// The same for both: neither follows redirects nor says where it comes from.
fn http() -> reqwest::ClientBuilder {
    client_builder()
        .user_agent("bench/1")
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(Duration::from_secs(10))
}

/// Makes the calls in 64 tasks, each one after the other.
async fn at_a_time<F>(times: u32, call: impl Fn() -> F + Send + Sync + 'static) -> Outcome<Duration>
where
    F: Future<Output = Outcome<()>> + Send,
{
    let (call, left) = (Arc::new(call), Arc::new(AtomicU32::new(times)));
    let began = Instant::now();
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (call, left) = (Arc::clone(&call), Arc::clone(&left));
            tokio::spawn(async move {
                while left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                    .is_ok()
                {
                    call().await?;
                }
                Outcome::Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(began.elapsed())
}

type RawClient = legacy::Client<HttpConnector, Full<Bytes>>;

/// The call by hyper-util's client, with the settings that the transport has.
async fn raw(what: &str, base: &str, times: u32) -> Outcome<Duration> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(Duration::from_secs(10)));
    let mut builder = legacy::Client::builder(TokioExecutor::new());
    builder.pool_idle_timeout(Duration::from_secs(15)).pool_timer(TokioTimer::new());
    let http: RawClient = builder.build(connector);
    if what == "many" {
        let base: Arc<str> = base.into();
        return at_a_time(times, move || {
            let (http, base) = (http.clone(), Arc::clone(&base));
            async move { raw_ticket(&http, &base).await }
        })
        .await;
    }
    let began = Instant::now();
    for _ in 0..times {
        raw_ticket(&http, base).await?;
    }
    Ok(began.elapsed())
}

async fn raw_ticket(http: &RawClient, base: &str) -> Outcome<()> {
    use reqwest::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
    let scene = hand::Scene { scene_id: Some(123), scene_str: None };
    let request = hand::CreateQrcode {
        expire_seconds: Some(604_800),
        action_name: "QR_SCENE".to_owned(),
        action_info: hand::ActionInfo { scene },
    };
    let request = http::Request::post(format!("{base}/cgi-bin/qrcode/create?access_token={TOKEN}"))
        .header(CONTENT_TYPE, "application/json")
        .header(ACCEPT, "*/*")
        .header(USER_AGENT, "bench/1")
        .body(Full::from(serde_json::to_vec(&request)?))?;
    let answer = async {
        let response = http.request(request).await?;
        if !response.status().is_success() {
            return Err(response.status().to_string().into());
        }
        Outcome::Ok(response.into_body().collect().await?.to_bytes())
    };
    let answer = tokio::time::timeout(Duration::from_secs(30), answer).await??;
    black_box(hand::decode::<hand::Ticket>(&answer)?);
    Ok(())
}

async fn by_hand(what: &str, base: &str, times: u32) -> Outcome<Duration> {
    let http = http().timeout(Duration::from_secs(30)).build()?;
    let began = Instant::now();
    for _ in 0..times {
        if what == "ticket" {
            let scene = hand::Scene { scene_id: Some(123), scene_str: None };
            let request = hand::CreateQrcode {
                expire_seconds: Some(604_800),
                action_name: "QR_SCENE".to_owned(),
                action_info: hand::ActionInfo { scene },
            };
            let url = format!("{base}/cgi-bin/qrcode/create?access_token={TOKEN}");
            black_box(post::<_, hand::Ticket>(&http, url, &request).await?);
        } else if what == "user" {
            let url = format!("{base}/cgi-bin/user/info?access_token={TOKEN}&openid={}", OPENIDS[0]);
            let answer = http.get(url).send().await?.error_for_status()?.bytes().await?;
            black_box(hand::decode::<hand::UserInfo>(&answer)?);
        } else {
            let user_list = OPENIDS.map(|openid| hand::UserQuery { openid: openid.to_owned(), lang: None });
            let request = hand::BatchGetUsers { user_list: user_list.into() };
            let url = format!("{base}/cgi-bin/user/info/batchget?access_token={TOKEN}");
            black_box(post::<_, hand::Users>(&http, url, &request).await?);
        }
    }
    Ok(began.elapsed())
}

async fn post<Q: Serialize, R: hand::Response>(
    http: &reqwest::Client,
    url: String,
    request: &Q,
) -> Outcome<R> {
    let body = serde_json::to_vec(request)?;
    let request = http.post(url).header(reqwest::header::CONTENT_TYPE, "application/json").body(body);
    let answer = request.send().await?.error_for_status()?.bytes().await?;
    hand::decode(&answer)
}
