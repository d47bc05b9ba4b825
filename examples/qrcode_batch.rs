//! Permanent QR codes for a range of scenes, a few at a time; can be killed and started again at any moment.
//! The list of the codes that exist is kept in `qrcode_batch/register.rs`.
//!
//! `cargo run --example qrcode_batch -- --from 1 --to 1000 --dir qrcodes --concurrency 4`
//!
//! A code goes through three steps, each done once: the platform creates it; its row is added to `codes.csv`;
//! its picture is fetched and gets its name when it is complete. A picture counts only if its row is there, so
//! that a picture of unknown origin is never taken for a code. Permanent codes can't be deleted and an account
//! has 100,000 of them: choose the range with care.

#[path = "qrcode_batch/register.rs"]
mod register;

use std::error::Error;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinSet;
use weixin::qrcode::{CreateQrcode, QrLimitScene, ShowQrcode};
use weixin::sandbox::Sandbox;
use weixin::{Client, ErrorClass, ErrorKind};

use self::register::{Register, Row};

const USAGE: &str = "\
Makes permanent QR codes for a range of scenes, and a list of them.

Usage: qrcode_batch [--from 1] [--to 1000] [--dir qrcodes] [--concurrency 4]

  --from, --to     first and last scene, both included; the platform takes 1 to 100000
  --dir            where the pictures and the list `codes.csv` go
  --concurrency    how many codes are worked on at once, 1 to 64

The account stands in WEIXIN_APPID and WEIXIN_SECRET; without them a sandbox on this machine is used.
WEIXIN_BASE_URL sends all calls to another server. What exists already is neither created nor fetched again.
Exit status: 0 if every code is there, 1 if something failed, 2 for a wrong option.";

/// So many failures one after the other, and it is not the scenes that are to blame.
const FAILURES_IN_A_ROW: u32 = 10;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::read(lexopt::Parser::from_env()) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("error: {error}; --help lists the options");
            return ExitCode::from(2);
        }
    };
    match run(options).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Options {
    from: u32,
    to: u32,
    folder: PathBuf,
    concurrency: u32,
}

impl Options {
    /// The options of the command line; `None` if it asks for help.
    fn read(mut arguments: lexopt::Parser) -> std::result::Result<Option<Self>, lexopt::Error> {
        use lexopt::prelude::{Long, Short, ValueExt};

        let mut options = Self { from: 1, to: 1000, folder: "qrcodes".into(), concurrency: 4 };
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("from") => options.from = arguments.value()?.parse()?,
                Long("to") => options.to = arguments.value()?.parse()?,
                Long("dir") => options.folder = arguments.value()?.into(),
                Long("concurrency") => options.concurrency = arguments.value()?.parse()?,
                Long("help") | Short('h') => return Ok(None),
                _ => return Err(argument.unexpected()),
            }
        }
        if options.from == 0 || options.from > options.to {
            return Err(format!("no scene lies between {} and {}", options.from, options.to).into());
        }
        if !(1..=64).contains(&options.concurrency) {
            return Err("--concurrency takes 1 to 64".into());
        }
        Ok(Some(options))
    }
}

/// The client, and the sandbox that it talks to if there is no account.
async fn connect() -> Result<(Client, Option<Sandbox>)> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let base_url = variable("WEIXIN_BASE_URL");
    match (variable("WEIXIN_APPID"), variable("WEIXIN_SECRET")) {
        (Some(app_id), Some(secret)) => {
            println!("Talking to {} as {app_id}.", base_url.as_deref().unwrap_or("the platform"));
            let mut client = Client::builder(app_id, secret);
            if let Some(base_url) = base_url {
                client = client.base_url(base_url);
            }
            Ok((client.build()?, None))
        }
        (None, None) if base_url.is_none() => {
            let sandbox = Sandbox::start().await?;
            println!(
                "WEIXIN_APPID and WEIXIN_SECRET are not set: talking to a sandbox at {}.",
                sandbox.url()
            );
            Ok((sandbox.client()?, Some(sandbox)))
        }
        _ => Err("set both WEIXIN_APPID and WEIXIN_SECRET, or neither and no WEIXIN_BASE_URL".into()),
    }
}

/// Makes what is missing, and says whether every code is there now.
async fn run(options: Options) -> Result<bool> {
    let in_folder =
        |error: io::Error| format!("can't use the folder `{}`: {error}", options.folder.display());
    fs::create_dir_all(&options.folder).map_err(in_folder)?;
    // Two runs in one folder would undo each other's rows. The system lifts the lock when the process ends.
    let lock = File::create(options.folder.join(".lock")).map_err(in_folder)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(format!("another run is at work in `{}`", options.folder.display()).into());
        }
        Err(TryLockError::Error(error)) => return Err(in_folder(error).into()),
    }

    // Kept until the end: a sandbox stops when it is dropped.
    let (client, _sandbox) = connect().await?;
    // Everything begins in here and is moved out of it complete, so whatever a killed run left is rubbish.
    let unfinished = options.folder.join(".unfinished");
    match fs::remove_dir_all(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(in_folder(error).into()),
        _ => fs::create_dir(&unfinished).map_err(in_folder)?,
    }
    let register = Register::open(&options.folder.join("codes.csv"), &unfinished, client.app_id())?;

    let scenes = options.from..=options.to;
    let is_done = |scene: u32| register.get(scene).is_some() && options.folder.join(picture(scene)).exists();
    let missing: Vec<u32> = scenes.clone().filter(|&scene| !is_done(scene)).collect();
    let (all, due) = (scenes.count(), missing.len());
    println!("Scenes {} to {}: {} are there, {due} to go.", options.from, options.to, all - due);

    let style = ProgressStyle::with_template("{bar:40} {pos}/{len}  {per_sec}  {eta} left  {msg}")?;
    let bar = ProgressBar::new(all as u64).with_style(style).with_position((all - due) as u64);
    bar.reset_eta();
    let progress = Progress { missing: missing.into_iter(), failed: Vec::new(), in_a_row: 0, stopped: None };
    let batch = Arc::new(Batch {
        client,
        folder: options.folder,
        unfinished,
        register: Mutex::new(register),
        progress: Mutex::new(progress),
        bar,
    });
    let mut workers = JoinSet::new();
    for _ in 0..options.concurrency {
        let batch = Arc::clone(&batch);
        workers.spawn(async move { batch.work().await });
    }
    while let Some(ended) = workers.join_next().await {
        ended?;
    }
    batch.bar.finish_and_clear();
    let complete = batch.report(due);
    batch.register().tidy()?;
    fs::remove_dir_all(&batch.unfinished).map_err(|error| format!("can't clean up: {error}"))?;
    Ok(complete)
}

/// What the workers share.
struct Batch {
    client: Client,
    folder: PathBuf,
    unfinished: PathBuf,
    register: Mutex<Register>,
    progress: Mutex<Progress>,
    bar: ProgressBar,
}

struct Progress {
    missing: std::vec::IntoIter<u32>,
    failed: Vec<(u32, Trouble)>,
    in_a_row: u32,
    /// Why no further scene is begun.
    stopped: Option<String>,
}

impl Batch {
    async fn work(&self) {
        while let Some(scene) = self.next() {
            let outcome = self.make(scene).await;
            self.bar.inc(u64::from(outcome.is_ok()));
            self.note(scene, outcome);
        }
    }

    fn next(&self) -> Option<u32> {
        let mut progress = self.progress();
        if progress.stopped.is_some() {
            return None;
        }
        progress.missing.next()
    }

    /// The picture of this scene, from wherever the last run left off.
    async fn make(&self, scene: u32) -> std::result::Result<(), Trouble> {
        let known = self.register().get(scene).map(|row| row.ticket.clone());
        if let Some(ticket) = known {
            match self.fetch(scene, &ticket).await {
                // Tickets of permanent codes last, but not longer than the sandbox that issued them.
                Err(Trouble::Call(error)) if error.status() == Some(404) => {}
                outcome => return outcome,
            }
        }
        let code = self.client.create_qrcode(CreateQrcode::new(QrLimitScene::new(scene))).await?;
        let ticket = code.ticket.clone();
        let account = self.client.app_id().to_owned();
        let row =
            Row { scene, ticket: code.ticket.into_string(), url: code.url, file: picture(scene), account };
        self.register().add(row).map_err(Trouble::List)?;
        self.fetch(scene, ticket.as_str()).await
    }

    async fn fetch(&self, scene: u32, ticket: &str) -> std::result::Result<(), Trouble> {
        let (begun, complete) = (self.unfinished.join(picture(scene)), self.folder.join(picture(scene)));
        self.client.show_qrcode(ShowQrcode::new(ticket)).await?.save_to(&begun).await?;
        fs::rename(begun, &complete).map_err(|error| Trouble::Picture(complete, error))
    }

    /// Notes how a scene went, and whether to go on at all.
    fn note(&self, scene: u32, outcome: std::result::Result<(), Trouble>) {
        let mut progress = self.progress();
        let Err(trouble) = outcome else {
            progress.in_a_row = 0;
            return;
        };
        progress.in_a_row += 1;
        if trouble.concerns_all() {
            progress.stopped.get_or_insert_with(|| trouble.to_string());
        } else if progress.in_a_row >= FAILURES_IN_A_ROW {
            let reason = format!("{FAILURES_IN_A_ROW} scenes in a row failed");
            progress.stopped.get_or_insert(reason);
        }
        progress.failed.push((scene, trouble));
        self.bar.set_message(format!("{} failed", progress.failed.len()));
    }

    /// Says how it went; true if nothing is missing.
    fn report(&self, due: usize) -> bool {
        let mut progress = self.progress();
        let untried: Vec<u32> = progress.missing.by_ref().collect();
        let made = due - progress.failed.len() - untried.len();
        println!("{made} made. The list is `{}`.", self.folder.join("codes.csv").display());
        progress.failed.sort_by_key(|(scene, _)| *scene);
        if !progress.failed.is_empty() {
            eprintln!("{} failed:", progress.failed.len());
        }
        for (scene, trouble) in &progress.failed {
            eprintln!("  scene {scene}: {trouble}");
        }
        if let (Some(first), Some(last), Some(reason)) = (untried.first(), untried.last(), &progress.stopped)
        {
            eprintln!("{} from {first} to {last} were not tried: {reason}", untried.len());
        }
        let complete = progress.failed.is_empty() && untried.is_empty();
        if !complete {
            eprintln!("Start it again to go on with what is missing.");
        }
        complete
    }

    fn register(&self) -> MutexGuard<'_, Register> {
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn picture(scene: u32) -> String {
    format!("{scene}.jpg")
}

/// Why a scene has no picture.
enum Trouble {
    Call(weixin::Error),
    List(Box<dyn Error + Send + Sync>),
    Picture(PathBuf, io::Error),
}

impl Trouble {
    /// Whether the next scene would meet the same trouble.
    fn concerns_all(&self) -> bool {
        let Self::Call(error) = self else { return true };
        let class = error.code().and_then(|code| code.class());
        let account = [ErrorClass::Config, ErrorClass::Permission, ErrorClass::Rate, ErrorClass::Token];
        class.is_some_and(|class| account.contains(&class)) || error.kind() == ErrorKind::Io
    }
}

impl From<weixin::Error> for Trouble {
    fn from(error: weixin::Error) -> Self {
        Self::Call(error)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => error.fmt(f),
            Self::List(error) => error.fmt(f),
            Self::Picture(path, error) => write!(f, "can't write the picture `{}`: {error}", path.display()),
        }
    }
}
