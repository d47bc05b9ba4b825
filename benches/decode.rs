//! What decoding an answer of 2 KB costs, beside serde derive followed by a check of the error code.
//! `cargo bench --bench decode`; see `benches/README.md`.

#[path = "support/hand.rs"]
mod hand;
#[path = "support/valgrind.rs"]
mod valgrind;

use std::hint::black_box;
use std::time::Instant;

use weixin::user::{BatchGetUsers, BatchGetUsersResponse};
use weixin::Endpoint;

const USERS: &[u8] = include_bytes!("support/users.json");

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.as_slice() {
        [who, times] => {
            run(who, times.parse().expect("a number"));
        }
        _ => compare(),
    }
}

fn run(who: &str, times: u32) {
    for _ in 0..times {
        if who == "ours" {
            let users =
                weixin::__private::decode::<BatchGetUsersResponse>(black_box(USERS), BatchGetUsers::META);
            black_box(users).expect("the answer is right");
        } else {
            black_box(hand::decode::<hand::Users>(black_box(USERS))).expect("the answer is right");
        }
    }
}

fn compare() {
    const ROUNDS: usize = 31;
    const TIMES: u32 = 5000;
    println!("an answer of {} bytes", USERS.len());
    let mut times = [Vec::new(), Vec::new()];
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let [ours, hand] = ["ours", "hand"].map(|who| {
            let began = Instant::now();
            run(who, TIMES);
            began.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES)
        });
        times[0].push(ours);
        times[1].push(hand);
        ratios.push(ours / hand);
    }
    let [ours, hand] = times.map(median);
    println!(
        "time          {ours:9.2} µs  derive {hand:9.2} µs  ratio {:.3} (median of pairs)",
        median(ratios)
    );
    for (name, count) in [
        ("instructions", valgrind::instructions as fn(&[&str]) -> Option<u64>),
        ("allocations", valgrind::allocations),
    ] {
        match ["ours", "hand"].map(|who| each(count, who)) {
            [Some(ours), Some(hand)] => {
                println!("{name:12}  {ours:9.1}     derive {hand:9.1}     ratio {:.3}", ours / hand);
            }
            _ => println!("{name}: valgrind is not installed"),
        }
    }
}

/// Counts of one decoding: the difference between two runs, so that starting up does not count.
fn each(count: fn(&[&str]) -> Option<u64>, who: &str) -> Option<f64> {
    Some((count(&[who, "1100"])? as f64 - count(&[who, "100"])? as f64) / 1000.0)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
