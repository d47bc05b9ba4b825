//! What reading a cached token costs, on one thread and on several at once.
//! `cargo bench --bench token_read`; prints nanoseconds a read, seen by each thread.

use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use weixin::{BoxFuture, Grant, Result, TokenCache, TokenProvider, TokenSource};

/// Short rounds, and many: the best of them had its cores to itself.
const READS: u32 = 200_000;
const ROUNDS: usize = 100;

struct Fixed;

impl TokenSource for Fixed {
    fn fetch(&self, _force: bool) -> BoxFuture<'static, Result<Grant>> {
        Box::pin(async { Ok(Grant::new("87_".repeat(45), Duration::from_secs(7200))) })
    }
}

/// Nanoseconds a read: the slowest thread of one round in which all read at the same time.
fn round(cache: &Arc<TokenCache>, threads: usize) -> f64 {
    let start = Arc::new(Barrier::new(threads));
    let readers: Vec<_> = (0..threads)
        .map(|_| {
            let (cache, start) = (cache.clone(), start.clone());
            thread::spawn(move || {
                start.wait();
                let began = Instant::now();
                for _ in 0..READS {
                    drop(black_box(black_box(&*cache).cached()));
                }
                began.elapsed()
            })
        })
        .collect();
    let slowest = readers.into_iter().map(|reader| reader.join().expect("a reader panicked")).max();
    slowest.unwrap_or_default().as_nanos() as f64 / f64::from(READS)
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let cache = Arc::new(TokenCache::new(Fixed));
    runtime.block_on(cache.get()).expect("the source always grants");
    let cores = thread::available_parallelism().map_or(1, usize::from);
    println!("{cores} cores; best of {ROUNDS} rounds of {READS} reads a thread");
    for threads in [1, 2, 4] {
        let best = (0..ROUNDS).map(|_| round(&cache, threads)).fold(f64::INFINITY, f64::min);
        let note = if threads > cores { "  (threads take turns: more of them than cores)" } else { "" };
        println!("{threads} threads: {best:6.1} ns a read{note}");
    }
}
