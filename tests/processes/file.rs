//! The store in files, when files are damaged, missing, or in the way.
//! What happens to processes in the middle of it is tested in `processes.rs`.

use std::path::Path;
use std::time::Duration;

use weixin::network::GetCallbackIp;
use weixin::{Client, ErrorKind, FileStore, TokenStore};

use crate::account::{failed, plain};
use crate::server::{Answer, Server};

const KEY: &str = "weixin:wx_appid:stable_token";
const FILE: &str = "weixin.wx_appid.stable_token.json";
const LIFE: Duration = Duration::from_secs(7200);

/// Answers calls, and token requests with one token after the other.
async fn platform() -> Server {
    let mut asked = 0;
    Server::answering(move |_, seen| match seen.path() {
        "/cgi-bin/getcallbackip" => Answer::json(r#"{"ip_list":["127.0.0.1"]}"#),
        _ => {
            asked += 1;
            Answer::json(format!(r#"{{"access_token":"81_s3cr3t-{asked}","expires_in":7200}}"#))
        }
    })
    .await
}

fn tokens_asked(server: &Server) -> usize {
    server.seen().iter().filter(|seen| seen.path() != "/cgi-bin/getcallbackip").count()
}

/// A client as a process of its own would have it.
fn client(server: &Server, folder: &Path) -> Client {
    plain(server).token_store(FileStore::open(folder).unwrap()).build().unwrap()
}

async fn put(store: &FileStore, value: &str) {
    let lease = store.lock(KEY, LIFE).await.unwrap().unwrap();
    assert!(store.write(&lease, value, LIFE).await.unwrap());
    store.unlock(&lease).await.unwrap();
}

#[tokio::test]
async fn half_a_file_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path()).unwrap();
    put(&store, "81_s3cr3t-0").await;
    let path = folder.path().join(FILE);
    let whole = std::fs::read(&path).unwrap();
    let halves = (0..whole.len()).map(|length| whole[..length].to_vec());
    for broken in halves.chain([b"\0\0\0\0".to_vec(), vec![0xff; 100], b"[]".to_vec()]) {
        std::fs::write(&path, &broken).unwrap();
        assert!(store.read(KEY).await.unwrap().is_none(), "{}", String::from_utf8_lossy(&broken));
    }
    // A process finds half a file, fetches, and repairs it for the next one.
    let server = platform().await;
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    for _ in 0..3 {
        client(&server, folder.path()).get_callback_ip(GetCallbackIp::new()).await.unwrap();
    }
    assert_eq!(tokens_asked(&server), 1);
    assert_eq!(store.read(KEY).await.unwrap().unwrap().value, "81_s3cr3t-1");
}

#[tokio::test]
async fn where_no_folder_can_be_there_is_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        let error = failed(FileStore::open(path));
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(
            error.message().ends_with("file can't be written to") || error.message().contains("below"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_folder_that_has_gone_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens");
    let store = FileStore::open(&path).unwrap();
    put(&store, "81_s3cr3t-0").await;
    std::fs::remove_dir_all(&path).unwrap();
    assert!(store.read(KEY).await.unwrap().is_none());
    put(&store, "81_s3cr3t-1").await;
    assert_eq!(store.read(KEY).await.unwrap().unwrap().value, "81_s3cr3t-1");
}

#[tokio::test]
async fn a_folder_that_became_a_file_is_done_without() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens");
    for legacy in [false, true] {
        let server = platform().await;
        let store = FileStore::open(&path).unwrap();
        std::fs::remove_dir_all(&path).unwrap();
        std::fs::write(&path, "").unwrap();
        let builder = plain(&server).token_store(store.clone());
        let builder = if legacy { builder.legacy_token() } else { builder };
        let client = builder.build().unwrap();
        for _ in 0..50 {
            client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
        }
        assert_eq!(tokens_asked(&server), 1);
        let failure = client.token_status().unwrap().store_failure.unwrap();
        assert_eq!(failure.kind(), ErrorKind::Io);
        assert!(failure.message().starts_with("the token store in "), "{failure}");
        assert_eq!(failed(store.lock(KEY, LIFE).await).kind(), ErrorKind::Io);
        std::fs::remove_file(&path).unwrap();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a").join("b");
    let store = FileStore::open(&path).unwrap();
    put(&store, "81_s3cr3t-0").await;
    // A file that somebody has opened up is closed again by the next write.
    std::fs::set_permissions(path.join(FILE), std::fs::Permissions::from_mode(0o644)).unwrap();
    put(&store, "81_s3cr3t-1").await;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    let files: Vec<_> = std::fs::read_dir(&path).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 2, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn what_the_killed_left_behind_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path()).unwrap();
    let (mine, others) = (format!(".{}.x1.new", &FILE[..FILE.len() - 5]), ".weixin.wx2.stable_token.x1.new");
    let longer = format!(".{}.more.x1.new", &FILE[..FILE.len() - 5]);
    for name in [&mine, others, &longer] {
        std::fs::write(folder.path().join(name), "half").unwrap();
    }
    put(&store, "81_s3cr3t-0").await;
    assert!(!folder.path().join(mine).exists());
    // Another account's is being written perhaps, or that of a key that begins like this one.
    assert!(folder.path().join(others).exists());
    assert!(folder.path().join(longer).exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keys_that_begin_alike_are_written_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path()).unwrap();
    let writers = ["app", "app:ticket", "app:ticket:more"].map(|key| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..300 {
                let lease = store.lock(key, LIFE).await.unwrap().unwrap();
                assert!(store.write(&lease, key, LIFE).await.unwrap());
                store.unlock(&lease).await.unwrap();
            }
            assert_eq!(store.read(key).await.unwrap().unwrap().value, key);
        })
    });
    for writer in writers {
        writer.await.unwrap();
    }
}

#[tokio::test]
async fn a_file_of_another_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path()).unwrap();
    put(&store, "81_s3cr3t-0").await;
    let path = folder.path().join(FILE);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(r#""version":1"#), "{text}");
    let future = text.replace(r#""version":1"#, r#""version":2"#);
    std::fs::write(&path, &future).unwrap();
    assert_eq!(failed(store.read(KEY).await).kind(), ErrorKind::Io);
    assert_eq!(failed(store.lock(KEY, LIFE).await).kind(), ErrorKind::Io);
    // Calls go on without it.
    let server = platform().await;
    client(&server, folder.path()).get_callback_ip(GetCallbackIp::new()).await.unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), future);
}

#[tokio::test]
async fn a_fetch_may_take_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let server = platform().await;
    let policy = weixin::TokenPolicy::new(weixin::SourceKind::Stable)
        .fetch_timeout(Duration::MAX)
        .refresh_before_expiry(Duration::MAX)
        .min_forced_refresh_interval(Duration::MAX);
    let builder = plain(&server).token_policy(policy).token_store(FileStore::open(folder.path()).unwrap());
    let client = builder.build().unwrap();
    for _ in 0..3 {
        client.get_callback_ip(GetCallbackIp::new()).await.unwrap();
        client.invalidate_token().await;
    }
    assert_eq!(tokens_asked(&server), 3);
}
