//! What every store must do, asked through the public interface: one check for all stores.
//! When the cache asks what is not tested here.

use std::sync::Arc;
use std::time::Duration;

use weixin::{FileStore, Lease, MemoryStore, TokenStore};

const LIFE: Duration = Duration::from_secs(7200);
const SHORT: Duration = Duration::from_millis(50);

/// Asks again until there is an answer: what lapses does so by the store's clock.
async fn until<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..2000 {
        if let Some(found) = ask().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it never came");
}

async fn lock(store: &dyn TokenStore, key: &str, ttl: Duration) -> Option<Lease> {
    store.lock(key, ttl).await.unwrap()
}

/// A token that is there now: value and number.
async fn read(store: &dyn TokenStore, key: &str) -> Option<(String, u64)> {
    store.read(key).await.unwrap().map(|stored| (stored.value, stored.fence))
}

/// The promises of [`TokenStore`], one after the other. The store must be empty.
pub async fn keeps(store: Arc<dyn TokenStore>) {
    let (store, key) = (&*store, "weixin:wx1:stable_token");

    // A lock is one process's, and only that one gives it back.
    assert_eq!(read(store, key).await, None);
    let first = lock(store, key, LIFE).await.unwrap();
    assert_eq!(first.key, key);
    assert_eq!(lock(store, key, LIFE).await, None);
    store.unlock(&Lease::new(key, Lease::unique_owner(), first.fence)).await.unwrap();
    assert_eq!(lock(store, key, LIFE).await, None);
    store.unlock(&first).await.unwrap();
    let second = lock(store, key, LIFE).await.unwrap();
    assert!(second.fence > first.fence && second.owner != first.owner);

    // What is written is read, with what is left of its life.
    assert!(store.write(&second, "一 \"two\"\n", LIFE).await.unwrap());
    let stored = store.read(key).await.unwrap().unwrap();
    assert_eq!((stored.value.as_str(), stored.fence), ("一 \"two\"\n", second.fence));
    assert!(stored.remaining <= LIFE && stored.remaining > LIFE / 2, "{stored:?}");
    assert!(stored.age < LIFE / 2, "{stored:?}");

    // Numbers that were overtaken are refused, and so is the last one itself.
    assert!(!store.write(&first, "old", LIFE).await.unwrap());
    assert!(!store.write(&second, "again", LIFE).await.unwrap());
    assert_eq!(read(store, key).await.unwrap().1, second.fence);
    store.unlock(&second).await.unwrap();

    // A lock lapses; its holder can neither overwrite nor unlock what came after.
    let stalled = lock(store, key, SHORT).await.unwrap();
    let third = until(async || lock(store, key, LIFE).await).await;
    assert!(third.fence > stalled.fence);
    store.unlock(&stalled).await.unwrap();
    assert_eq!(lock(store, key, LIFE).await, None);
    assert!(store.write(&third, "third", LIFE).await.unwrap());
    assert!(!store.write(&stalled, "stalled", LIFE).await.unwrap());
    assert_eq!(read(store, key).await, Some(("third".into(), third.fence)));
    store.unlock(&third).await.unwrap();

    // A late writer whom nobody has overtaken brings a good token.
    let late = lock(store, key, SHORT).await.unwrap();
    let after = until(async || lock(store, key, LIFE).await).await;
    assert!(store.write(&late, "late", LIFE).await.unwrap());
    assert!(store.write(&after, "after", LIFE).await.unwrap());
    store.unlock(&after).await.unwrap();

    // A complaint drops the very token it is about, which then stays away.
    assert!(!store.discard(key, late.fence).await.unwrap());
    assert_eq!(read(store, key).await, Some(("after".into(), after.fence)));
    assert!(store.discard(key, after.fence).await.unwrap());
    assert_eq!(read(store, key).await, None);
    assert!(!store.discard(key, after.fence).await.unwrap());
    assert!(!store.write(&after, "after", LIFE).await.unwrap());
    assert_eq!(read(store, key).await, None);

    // A token expires; the number it was written with does not.
    let brief = lock(store, key, LIFE).await.unwrap();
    assert!(store.write(&brief, "brief", SHORT).await.unwrap());
    until(async || read(store, key).await.is_none().then_some(())).await;
    assert!(!store.write(&brief, "brief", LIFE).await.unwrap());
    store.unlock(&brief).await.unwrap();

    // The budget of force: a number a day, and a time in between.
    let none = Duration::ZERO;
    for granted in [true, true, true, false, false] {
        assert_eq!(store.acquire_forced_refresh(key, none, 3).await.unwrap(), granted);
    }
    let other = "weixin:wx2:stable_token";
    assert!(store.acquire_forced_refresh(other, LIFE, 3).await.unwrap());
    assert!(!store.acquire_forced_refresh(other, LIFE, 3).await.unwrap());
    assert!(!store.acquire_forced_refresh("weixin:wx3:stable_token", none, 0).await.unwrap());

    // Keys know nothing of each other.
    let lease = lock(store, other, LIFE).await.unwrap();
    assert!(store.write(&lease, "other", LIFE).await.unwrap());
    assert_eq!(read(store, key).await, None);
    let mine = lock(store, key, LIFE).await.unwrap();
    store.unlock(&lease).await.unwrap();
    assert_eq!(lock(store, key, LIFE).await, None);
    store.unlock(&mine).await.unwrap();
    assert_eq!(read(store, other).await, Some(("other".into(), lease.fence)));
}

/// Many at a time, of whom one gets the lock.
pub async fn locks_out(store: Arc<dyn TokenStore>) {
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.lock("weixin:wx9:stable_token", LIFE).await.unwrap() })
        })
        .collect();
    let mut locked = 0;
    for task in tasks {
        locked += usize::from(task.await.unwrap().is_some());
    }
    assert_eq!(locked, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn in_memory() {
    let store = Arc::new(MemoryStore::new());
    keeps(store.clone()).await;
    locks_out(store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn in_files() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(FileStore::open(folder.path()).unwrap());
    keeps(store.clone()).await;
    // Another handle, as another process would have it.
    locks_out(Arc::new(FileStore::open(folder.path()).unwrap())).await;
}
