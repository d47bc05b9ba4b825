//! `FileStore`: a store for the processes of one host, in a folder.
//! What is kept and when a lock lapses stands in `entry.rs`; here are files, and nothing waits on an async thread.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use percent_encoding::{utf8_percent_encode, AsciiSet, NON_ALPHANUMERIC};
use serde_json::Value;

use super::entry::Entry;
use super::{Lease, StoredToken, TokenStore};
use crate::error::{Error, ErrorKind, Result};
use crate::future::BoxFuture;

/// No file of ours is longer; what is longer is not ours.
const LONGEST: u64 = 1 << 20;

/// How long one waits for the file lock, which nobody keeps for longer than it takes to replace a file: unless
/// he was stopped in between.
const PATIENCE: Duration = Duration::from_millis(1500);

const PAUSE: Duration = Duration::from_millis(2);

/// What stays as it is in the name of a file.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-');

/// A [`TokenStore`] in a folder, for all processes of one host.
///
/// ```no_run
/// # fn example() -> weixin::Result<()> {
/// let store = weixin::FileStore::open("/var/lib/shop/weixin")?;
/// let client = weixin::Client::builder("wx_appid", "app_secret").token_store(store).build()?;
/// # Ok(()) }
/// ```
///
/// Each key has a file, which holds the token in plain text, is readable by its owner only, and is replaced as a
/// whole: a process may be killed at any moment. A file that can't be understood counts as empty and is replaced
/// by the next write; one of another version of this crate is left alone, and counts as a store that is down.
/// Beside it lies an empty file, on which the processes lock each other out while they change
/// something, never while they fetch: a process that dies or stalls in the middle of a fetch is overtaken when its
/// time is over. All processes must run as one user. Not for network file systems: there locks and renames may mean
/// nothing; use a store that is a server.
///
/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct FileStore {
    folder: Arc<Path>,
}

impl FileStore {
    /// The store in this folder, which is created if it does not exist, for its owner only.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the folder can't be created or written to.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self> {
        let store = Self { folder: folder.into().into() };
        let tried = create(&store.folder).and_then(|()| tempfile::tempfile_in(&store.folder));
        match tried {
            Ok(_) => Ok(store),
            Err(error) => Err(store.failed("can't be written to", error)),
        }
    }

    fn failed(&self, what: &str, error: io::Error) -> Error {
        Error::io(format!("the token store in {} {what}", self.folder.display()), error)
    }

    /// The name of a key's files: a different one for each key, on any file system.
    pub(super) fn name(key: &str) -> String {
        // Capitals are escaped too: there are file systems that don't tell them from small letters.
        let mut name = String::with_capacity(key.len() + 8);
        for c in key.chars() {
            match c {
                ':' => name.push('.'),
                'A'..='Z' => name.push_str(&format!("%{:02x}", u32::from(c))),
                c => name.extend(
                    utf8_percent_encode(c.encode_utf8(&mut [0; 4]), PLAIN).map(str::to_ascii_lowercase),
                ),
            }
        }
        name
    }

    /// Changes the entry, alone on this host.
    fn change<T: Send + 'static>(
        &self,
        key: &str,
        act: impl FnOnce(&mut Entry, u64) -> T + Send + 'static,
    ) -> BoxFuture<'static, Result<T>> {
        let (store, name) = (self.clone(), Self::name(key));
        blocking(move || store.exclusively(&name, act).map_err(|error| store.failed("can't be used", error)))
    }

    fn exclusively<T>(&self, name: &str, act: impl FnOnce(&mut Entry, u64) -> T) -> io::Result<T> {
        // Locked until it is closed.
        let file = self.lock_file(name)?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    let message = "another process keeps the file locked";
                    return Err(io::Error::new(io::ErrorKind::TimedOut, message));
                }
            }
        }
        let before = self.load(name)?;
        let mut entry = before.clone();
        let done = act(&mut entry, now());
        if entry != before {
            self.save(name, &entry)?;
        }
        Ok(done)
    }

    fn lock_file(&self, name: &str) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let path = self.folder.join(format!("{name}.lock"));
        match options.open(&path) {
            // Somebody has tidied up.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create(&self.folder)?;
                options.open(&path)
            }
            opened => opened,
        }
    }

    /// What is there; nothing if it is not understood. What another version has written is left alone.
    fn load(&self, name: &str) -> io::Result<Entry> {
        let mut bytes = Vec::new();
        match File::open(self.folder.join(format!("{name}.json"))) {
            Ok(file) => file.take(LONGEST).read_to_end(&mut bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Entry::default()),
            Err(error) => return Err(error),
        };
        let json: Option<Value> = serde_json::from_slice(&bytes).ok();
        if json.as_ref().is_some_and(Entry::is_of_another_version) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "another version of this crate wrote it"));
        }
        Ok(json.as_ref().and_then(Entry::from_json).unwrap_or_default())
    }

    /// The file is not synchronised with the disk: when the machine stops, so do all who could use the token.
    fn save(&self, name: &str, entry: &Entry) -> io::Result<()> {
        let prefix = format!(".{name}.");
        self.sweep(&prefix)?;
        // Readable by its owner only, and in the same folder, so that it can be renamed.
        let mut file = tempfile::Builder::new().prefix(&prefix).suffix(".new").tempfile_in(&self.folder)?;
        file.write_all(entry.to_json().to_string().as_bytes())?;
        file.persist(self.folder.join(format!("{name}.json")))?;
        Ok(())
    }

    /// Removes what processes have left behind that were killed while they wrote. Between prefix and ending stands
    /// one word: with more than one, it is the file of a key that begins like this one, and may be in use.
    fn sweep(&self, prefix: &str) -> io::Result<()> {
        for file in fs::read_dir(&self.folder)? {
            let file = file?;
            let name = file.file_name();
            let word = name.to_str().and_then(|name| name.strip_prefix(prefix)?.strip_suffix(".new"));
            if word.is_some_and(|word| !word.contains('.')) {
                fs::remove_file(file.path())?;
            }
        }
        Ok(())
    }
}

fn create(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> BoxFuture<'static, Result<T>> {
    Box::pin(async move {
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(error) => {
                let message = "the work on the files of the token store was cut off";
                Err(Error::new(ErrorKind::Io, message).with_source(error))
            }
        }
    })
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl TokenStore for FileStore {
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<StoredToken>>> {
        let (store, name) = (self.clone(), Self::name(key));
        // Files are replaced as a whole, so this needs no lock.
        blocking(move || match store.load(&name) {
            Ok(entry) => Ok(entry.read(now())),
            Err(error) => Err(store.failed("can't be read", error)),
        })
    }

    fn lock<'a>(&'a self, key: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        let owned = key.to_owned();
        self.change(key, move |entry, now| entry.lock(&owned, ttl, now))
    }

    fn write<'a>(&'a self, lease: &'a Lease, value: &'a str, life: Duration) -> BoxFuture<'a, Result<bool>> {
        let (owned, value) = (lease.clone(), value.to_owned());
        self.change(&lease.key, move |entry, now| entry.write(&owned, &value, life, now))
    }

    fn unlock<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        let owned = lease.clone();
        self.change(&lease.key, move |entry, _| entry.unlock(&owned))
    }

    fn discard<'a>(&'a self, key: &'a str, fence: u64) -> BoxFuture<'a, Result<bool>> {
        self.change(key, move |entry, _| entry.discard(fence))
    }

    fn acquire_forced_refresh<'a>(
        &'a self,
        key: &'a str,
        interval: Duration,
        per_day: u32,
    ) -> BoxFuture<'a, Result<bool>> {
        self.change(key, move |entry, now| entry.acquire_forced_refresh(interval, per_day, now))
    }
}
