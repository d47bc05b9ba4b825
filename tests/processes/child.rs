//! A process of its own, for tests that need several: this very program, told by its environment what to do.
//! What the parents expect of it stands in the tests.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child as Process, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use weixin::network::GetCallbackIp;
use weixin::{Client, FileStore, SourceKind, TokenPolicy, TokenStore};

/// What a process is to do, and with what.
#[derive(Clone)]
pub struct Orders {
    pub role: &'static str,
    pub url: String,
    pub app_id: String,
    pub secret: String,
    pub folder: std::path::PathBuf,
    /// The address of a Redis server that keeps the token instead of the folder.
    pub redis: Option<String>,
    /// The time a fetch may take; the lock lives three seconds longer.
    pub fetch_timeout: u64,
}

/// A process under way; killed with its handle.
pub struct Child {
    process: Process,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Child {
    pub fn start(orders: &Orders) -> Self {
        Self::run(Command::new(std::env::current_exe().unwrap()), orders)
    }

    /// With a disk on which not one byte can be written any more.
    pub fn start_on_full_disk(orders: &Orders) -> Self {
        let mut command = Command::new("sh");
        // Ignored, the signal for it is an error like that of a full disk.
        command
            .args(["-c", r#"trap '' XFSZ; ulimit -f 0; exec "$0" "$@""#])
            .arg(std::env::current_exe().unwrap());
        Self::run(command, orders)
    }

    fn run(mut command: Command, orders: &Orders) -> Self {
        let mut process = command
            .args(["--exact", "child::process", "--ignored", "--nocapture", "--test-threads=1"])
            .env("WEIXIN_TEST_ROLE", orders.role)
            .env("WEIXIN_TEST_URL", &orders.url)
            .env("WEIXIN_TEST_APP_ID", &orders.app_id)
            .env("WEIXIN_TEST_SECRET", &orders.secret)
            .env("WEIXIN_TEST_FOLDER", &orders.folder)
            .env("WEIXIN_TEST_REDIS", orders.redis.as_deref().unwrap_or_default())
            .env("WEIXIN_TEST_FETCH_TIMEOUT", orders.fetch_timeout.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut child = Self { process, lines };
        child.expect("ready");
        child
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Has it do its work once more.
    pub fn go(&mut self) {
        let stdin = self.process.stdin.as_mut().unwrap();
        writeln!(stdin, "go").unwrap();
        stdin.flush().unwrap();
    }

    /// Reads on until it says so.
    pub fn expect(&mut self, word: &str) {
        let found = self.lines.by_ref().map_while(Result::ok).any(|line| line.ends_with(word));
        assert!(found, "the process ended before it was {word}");
    }

    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Lets it end by itself.
    pub fn finish(mut self) -> ExitStatus {
        drop(self.process.stdin.take());
        let _rest = self.lines.by_ref().count();
        self.process.wait().unwrap()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn var(name: &str) -> String {
    std::env::var(format!("WEIXIN_TEST_{name}")).unwrap()
}

fn say(word: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{word}").unwrap();
    out.flush().unwrap();
}

/// The client that the orders describe.
fn client(legacy: bool) -> Client {
    let kind = if legacy { SourceKind::Legacy } else { SourceKind::Stable };
    let timeout = Duration::from_secs(var("FETCH_TIMEOUT").parse().unwrap());
    let builder = Client::builder(var("APP_ID"), var("SECRET"))
        .base_url(var("URL"))
        .timeout(Duration::from_secs(120))
        .token_policy(TokenPolicy::new(kind).fetch_timeout(timeout));
    let builder = if legacy { builder.legacy_token() } else { builder };
    #[cfg(feature = "redis")]
    if !var("REDIS").is_empty() {
        let store = weixin::RedisStore::new(&var("REDIS")).unwrap();
        return builder.token_store(store).build().unwrap();
    }
    // Opened here or not at all: a disk may be full already.
    match FileStore::open(var("FOLDER")) {
        Ok(store) => builder.token_store(store).build().unwrap(),
        Err(error) => panic!("{error:?}"),
    }
}

#[test]
#[ignore = "a process that other tests start"]
fn process() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let role = var("ROLE");
    match role.as_str() {
        "legacy" | "stable" => runtime.block_on(crowds(client(role == "legacy"))),
        "persistent" => runtime.block_on(persistent(client(true))),
        "writer" => runtime.block_on(writer()),
        "passing" => {
            drop(runtime);
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(passing());
        }
        role => panic!("there is no role {role}"),
    }
}

fn orders() -> impl Iterator<Item = String> {
    say("ready");
    std::io::stdin().lines().map_while(Result::ok)
}

/// A hundred calls at once, each time it is told to.
async fn crowds(client: Client) {
    for _ in orders() {
        // All of them are under way before there is a token; few of them have a connection at a time.
        let few = Arc::new(Semaphore::new(20));
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let (client, few) = (client.clone(), Arc::clone(&few));
                tokio::spawn(async move {
                    client.access_token().await.unwrap();
                    let _turn = few.acquire().await.unwrap();
                    client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        say("done");
    }
}

/// One call, again and again until it works.
async fn persistent(client: Client) {
    for _ in orders() {
        let mut tries = 0;
        while let Err(error) = client.get_callback_ip(GetCallbackIp::new()).await {
            tries += 1;
            assert!(tries < 600, "{error:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        say("done");
    }
}

/// Writes until it is killed.
async fn writer() {
    let store = FileStore::open(var("FOLDER")).unwrap();
    say("ready");
    loop {
        // Short: who is killed in between must not keep the next one waiting.
        if let Some(lease) = store.lock("key", Duration::from_millis(20)).await.unwrap() {
            let value = format!("{}:{}", lease.fence, "x".repeat(4000));
            store.write(&lease, &value, Duration::from_secs(7200)).await.unwrap();
            store.unlock(&lease).await.unwrap();
        }
    }
}

/// A thousand clients that come, call and go.
async fn passing() {
    /// Tasks, threads and open files.
    fn holds() -> [usize; 3] {
        let count = |folder: &str| std::fs::read_dir(folder).unwrap().count();
        let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
        [tasks, count("/proc/self/task"), count("/proc/self/fd")]
    }
    let call = async || client(true).get_callback_ip(GetCallbackIp::new()).await.unwrap();
    for _ in orders() {
        // Whatever lasts comes with the first ones.
        for _ in 0..5 {
            call().await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        let before = holds();
        for _ in 0..1000 {
            call().await;
        }
        // Connections end, and threads for files go home, in their own time.
        let mut tries = 0;
        while holds().iter().zip(before).any(|(now, before)| *now > before) {
            tries += 1;
            assert!(tries < 600, "{before:?} before, {:?} after", holds());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        say("done");
    }
}
