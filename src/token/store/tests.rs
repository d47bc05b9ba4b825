//! What a store keeps, when clocks are set and files are damaged.
//! What every store must do is tested in `tests/processes/contract.rs`, through the public interface.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{json, Value};

use super::entry::Entry;
use super::file::FileStore;

const NOW: u64 = 1_700_000_000_000;
const HOUR: u64 = 3_600_000;
const LIFE: Duration = Duration::from_secs(7200);

fn full() -> Entry {
    let mut entry = Entry::default();
    let lease = entry.lock("key", LIFE, NOW).unwrap();
    assert!(entry.write(&lease, "value", LIFE, NOW));
    assert!(entry.acquire_forced_refresh(Duration::from_secs(30), 10, NOW));
    entry
}

#[test]
fn a_clock_that_is_set_back_lengthens_no_life_and_keeps_no_lock() {
    let mut entry = full();
    let back = NOW - 5 * HOUR;
    let stored = entry.read(back).unwrap();
    assert_eq!((stored.remaining, stored.age), (LIFE, Duration::ZERO));
    // Nobody can tell how long that lock still stands.
    let fence = stored.fence;
    let lease = entry.lock("key", LIFE, back).unwrap();
    assert!(lease.fence > fence);
    // A correction of a second is none of this.
    assert!(entry.lock("key", LIFE, back - 1000).is_none());
    // What was forced in the future was forced now.
    assert!(!entry.acquire_forced_refresh(Duration::from_secs(30), 10, back));
    assert!(entry.acquire_forced_refresh(Duration::from_secs(30), 10, back + 30_000));
}

#[test]
fn numbers_grow_even_when_everything_is_lost() {
    let before = full().read(NOW).unwrap().fence;
    let after = Entry::default().lock("key", LIFE, NOW + 1).unwrap().fence;
    assert!(after > before);
}

#[test]
fn force_is_counted_for_a_day() {
    let mut entry = Entry::default();
    let gap = Duration::from_secs(30);
    let granted =
        (0..100).filter(|minute| entry.acquire_forced_refresh(gap, 10, NOW + minute * 60_000)).count();
    assert_eq!(granted, 10);
    assert!(!entry.acquire_forced_refresh(gap, 10, NOW + 24 * HOUR - 1));
    assert!(entry.acquire_forced_refresh(gap, 10, NOW + 24 * HOUR));
    assert!(!entry.acquire_forced_refresh(gap, 10, NOW + 24 * HOUR + 29_999));
}

#[test]
fn what_is_kept_is_read_back() {
    for entry in [Entry::default(), full()] {
        let text = entry.to_json().to_string();
        let json: Value = serde_json::from_str(&text).unwrap();
        assert!(Entry::from_json(&json) == Some(entry));
    }
}

#[test]
fn what_is_damaged_is_nothing() {
    let whole = full().to_json();
    for name in ["token", "lock", "handed", "written", "forced"] {
        for wrong in [json!("x"), json!(-1), json!([{}]), json!({})] {
            let mut json = whole.clone();
            json[name] = wrong;
            assert!(Entry::from_json(&json).is_none(), "{json}");
        }
        let mut json = whole.clone();
        json.as_object_mut().unwrap().retain(|key, _| key != name);
        assert!(Entry::from_json(&json).is_none(), "{json}");
    }
    let mut json = whole;
    json["token"]["value"] = json!(" ");
    assert!(Entry::from_json(&json).is_none());
}

#[test]
fn names_of_files() {
    assert_eq!(FileStore::name("weixin:wx12ab:stable_token"), "weixin.wx12ab.stable_token");
    assert_eq!(FileStore::name("../.A/中"), "%2e%2e%2f%2e%41%2f%e4%b8%ad");
    let keys = ["a:b", "a.b", "a%b", "A:b", "a/b", "a%2eb", "a%2Eb", "%41:b", "a::b", "a:b:", "", "ａ:b"];
    let names: HashSet<String> = keys.iter().map(|key| FileStore::name(key).to_lowercase()).collect();
    assert_eq!(names.len(), keys.len());
}
