//! The rules of the cache as tables: what happens at which time, and what is to be done then.
//! That it is done is tested in the other files.

use super::super::clock::Moment;
use super::super::state::{Action, Event, State, Step, Trouble};
use super::super::{Lease, StoredToken};
use super::*;

/// What happens: an event of a caller, or a step of the refresh under way.
enum Happens {
    Wanted,
    Due,
    /// The platform refuses the token at hand.
    Rejected,
    Invalidated,
    Abandoned,
    Step(Step),
    /// A step of another refresh than the one under way.
    Late(Step),
}
use Happens::{Abandoned, Due, Invalidated, Late, Rejected, Wanted};

const BEGUN: Happens = Happens::Step(Step::Begun);
const SLEPT: Happens = Happens::Step(Step::Slept);

fn fetched(value: &str) -> Happens {
    Happens::Step(Step::Fetched(Ok(Grant::new(value, Duration::from_secs(7200)))))
}

fn failed() -> Happens {
    Happens::Step(Step::Fetched(Err(Trouble::Failure(outage()))))
}

fn panicked() -> Happens {
    Happens::Step(Step::Fetched(Err(Trouble::Panic)))
}

fn empty() -> Happens {
    Happens::Step(Step::Read(Ok(None)))
}

/// The store has this token under this number, written so many seconds ago.
fn stored(value: &str, fence: u64, age: u64) -> Happens {
    let (left, age) = (Duration::from_secs(7200 - age), Duration::from_secs(age));
    Happens::Step(Step::Read(Ok(Some(StoredToken::new(value, fence, left, age)))))
}

fn locked(fence: u64) -> Happens {
    Happens::Step(Step::Locked(Ok(Some(Lease::new("key", "owner", fence)))))
}

fn locked_out() -> Happens {
    Happens::Step(Step::Locked(Ok(None)))
}

fn written(done: bool) -> Happens {
    Happens::Step(Step::Written(Ok(done)))
}

fn unlocked() -> Happens {
    Happens::Step(Step::Unlocked(Ok(())))
}

fn discarded() -> Happens {
    Happens::Step(Step::Discarded(Ok(true)))
}

fn force(granted: bool) -> Happens {
    Happens::Step(Step::ForceAcquired(Ok(granted)))
}

/// A machine, and the refresh under way.
struct Machine {
    state: State,
    id: u64,
}

impl Machine {
    fn new(policy: TokenPolicy, kind: SourceKind, shared: bool) -> Self {
        let mut state = State::new(kind, policy);
        state.key = shared.then(|| "key".to_owned());
        Self { state, id: 0 }
    }

    fn on(&mut self, seconds: f64, happens: Happens) -> Action {
        let event = match happens {
            Wanted => Event::Wanted,
            Due => Event::Due(self.state.held.clone().expect("there is a token")),
            Rejected => Event::Rejected(self.state.held.as_ref().expect("there is a token").token()),
            Invalidated => Event::Invalidated,
            Abandoned => Event::Abandoned(self.id),
            Happens::Step(step) => Event::Step(self.id, step),
            Late(step) => Event::Step(self.id + 7, step),
        };
        let action = self.state.on(event, Moment { now: Duration::from_secs_f64(seconds), chance: 0 });
        if let Action::Start(id) = action {
            self.id = id;
        }
        action
    }
}

/// An action in words.
fn named(action: Action) -> String {
    match action {
        Action::Nothing => "nothing".to_owned(),
        Action::Use(token) => format!("use {}", token.expose()),
        Action::Fail(error) => format!("fail: {}", error.message()),
        Action::Join => "join".to_owned(),
        Action::Start(_) => "start".to_owned(),
        Action::Sleep(time) => format!("sleep {}", time.as_secs_f64()),
        Action::Fetch { force: true, .. } => "fetch with force".to_owned(),
        Action::Fetch { limit, .. } => format!("fetch within {}", limit.as_secs_f64()),
        Action::Read => "read".to_owned(),
        Action::Lock(life) => format!("lock for {}", life.as_secs_f64()),
        Action::Write(lease, value, _) => format!("write {value} as {}", lease.fence),
        Action::Unlock(lease) => format!("unlock {}", lease.fence),
        Action::Discard(fence) => format!("discard {fence}"),
        Action::AcquireForce => "acquire force".to_owned(),
        Action::Finish(finish) => {
            let mut text = match finish.outcome {
                Some(Ok(token)) => format!("finish with {}", token.expose()),
                Some(Err(error)) => format!("finish: {}", error.message()),
                None => "finish with nothing".to_owned(),
            };
            if let Some((lease, value, _)) = finish.publish {
                text += &format!(", write {value} as {}", lease.fence);
            }
            if let Some(lease) = finish.unlock {
                text += &format!(", unlock {}", lease.fence);
            }
            text
        }
        Action::Stop => "stop".to_owned(),
    }
}

#[track_caller]
fn follow<const N: usize>(kind: SourceKind, shared: bool, table: [(f64, Happens, &str); N]) -> Machine {
    follow_with(TokenPolicy::new(kind), kind, shared, table)
}

#[track_caller]
fn follow_with<const N: usize>(
    policy: TokenPolicy,
    kind: SourceKind,
    shared: bool,
    table: [(f64, Happens, &str); N],
) -> Machine {
    let mut machine = Machine::new(policy, kind, shared);
    for (row, (seconds, happens, expected)) in table.into_iter().enumerate() {
        assert_eq!(named(machine.on(seconds, happens)), expected, "row {row}, at {seconds} s");
    }
    machine
}

use SourceKind::{Custom, Legacy, Stable};

#[test]
fn a_token_from_the_source() {
    follow(
        Stable,
        false,
        [
            (0.0, Wanted, "start"),
            (0.0, Wanted, "join"),
            (0.0, BEGUN, "fetch within 15"),
            (0.5, Wanted, "join"),
            (0.5, fetched("one"), "finish with one"),
            (0.5, Wanted, "use one"),
            (7199.0, Wanted, "use one"),
            // Renewed behind the callers.
            (7000.0, Due, "start"),
            (7000.0, BEGUN, "fetch within 15"),
            (7000.0, Due, "nothing"),
            (7000.0, Wanted, "use one"),
            (7001.0, fetched("two"), "finish with two"),
        ],
    );
}

#[test]
fn failures_of_the_source() {
    follow(
        Stable,
        false,
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "fetch within 15"),
            (0.2, failed(), "finish: no route"),
            (1.1, Wanted, "fail: no route"),
            (1.2, Wanted, "start"),
            (1.2, BEGUN, "fetch within 15"),
            (1.3, fetched(" \n"), "finish: the source of access tokens answered an empty token"),
            (3.2, Wanted, "fail: the source of access tokens answered an empty token"),
            (3.3, Wanted, "start"),
            (3.3, BEGUN, "fetch within 15"),
            (3.3, panicked(), "finish with nothing"),
            // A waiter tries again, but not within the second.
            (3.3, Wanted, "start"),
            (3.3, BEGUN, "sleep 1"),
            (4.3, SLEPT, "fetch within 15"),
            (4.3, panicked(), "finish: the source of access tokens panicked"),
            (4.4, Wanted, "fail: the source of access tokens panicked"),
        ],
    );
}

#[test]
fn a_failure_in_the_background_answers_nobody() {
    follow(
        Stable,
        false,
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "fetch within 15"),
            (0.0, fetched("one"), "finish with one"),
            (7190.0, Due, "start"),
            (7190.0, BEGUN, "fetch within 15"),
            // The token expires while a fetch in the background is under way: who joins it is not told of its failure.
            (7200.0, Wanted, "join"),
            (7205.0, failed(), "finish with nothing"),
            (7205.0, Wanted, "start"),
            (7205.0, BEGUN, "fetch within 15"),
            // In the foreground it is everybody's answer, and has not forgotten the one before.
            (7205.0, failed(), "finish: no route"),
            (7206.9, Wanted, "fail: no route"),
            (7207.0, Wanted, "start"),
        ],
    );
}

#[test]
fn a_refused_token_comes_back_and_is_forced() {
    follow(
        Stable,
        false,
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "fetch within 15"),
            (0.0, fetched("one"), "finish with one"),
            (0.4, Rejected, "nothing"),
            (0.4, Wanted, "start"),
            (0.4, BEGUN, "sleep 0.6"),
            (1.0, SLEPT, "fetch within 15"),
            // At once: the platform was just asked, and said nothing new.
            (1.1, fetched("one"), "fetch with force"),
            (1.2, fetched("two"), "finish with two"),
            (1.3, Rejected, "nothing"),
            (1.3, Wanted, "start"),
            // The forced one counts too.
            (1.35, BEGUN, "sleep 0.75"),
            (2.1, SLEPT, "fetch within 15"),
            // Force has an interval: the token is handed out again.
            (2.2, fetched("two"), "finish with two"),
            (2.2, Rejected, "nothing"),
            (2.3, Wanted, "use two"),
        ],
    );
}

#[test]
fn a_token_refused_while_it_is_fetched_is_asked_for_again() {
    follow(
        Stable,
        false,
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "fetch within 15"),
            (0.0, fetched("one"), "finish with one"),
            (6990.0, Due, "start"),
            (6990.0, BEGUN, "fetch within 15"),
            (6990.3, Rejected, "nothing"),
            (6990.5, Wanted, "join"),
            (6990.5, fetched("one"), "sleep 0.5"),
            (6991.0, SLEPT, "fetch within 14.5"),
            (6991.1, fetched("two"), "finish with two"),
        ],
    );
}

#[test]
fn who_gives_up_is_succeeded_and_not_heard_again() {
    follow(
        Stable,
        true,
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "read"),
            (0.0, empty(), "lock for 18"),
            (0.0, locked(5), "read"),
            (0.0, empty(), "fetch within 15"),
            (2.0, Abandoned, "nothing"),
            (2.0, fetched("one"), "stop"),
            // With the lock that was left behind.
            (2.0, Wanted, "start"),
            (2.0, BEGUN, "read"),
            (2.0, empty(), "read"),
            (2.0, Late(Step::Read(Ok(None))), "stop"),
            (2.0, empty(), "fetch within 15"),
            (2.0, fetched("one"), "write one as 5"),
            (2.0, written(true), "finish with one, unlock 5"),
        ],
    );
}

#[test]
fn the_user_may_invalidate() {
    follow(
        Stable,
        false,
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "fetch within 15"),
            (0.0, failed(), "finish: no route"),
            (0.5, Wanted, "fail: no route"),
            (0.5, Invalidated, "nothing"),
            (0.5, Wanted, "start"),
            // That forgets failures, but not when the platform was asked.
            (0.5, BEGUN, "sleep 0.5"),
            (1.0, SLEPT, "fetch within 15"),
        ],
    );
}

#[test]
fn the_store_has_it() {
    follow(
        Stable,
        true,
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "read"),
            (0.0, stored("one", 5, 100), "finish with one"),
            // A look a minute: the same, lost, newer.
            (60.0, Due, "start"),
            (60.0, BEGUN, "read"),
            (60.0, stored("one", 5, 160), "finish with one"),
            (120.0, Due, "start"),
            (120.0, BEGUN, "read"),
            (120.0, empty(), "write one as 5"),
            (120.0, written(true), "finish with one"),
            (180.0, Due, "start"),
            (180.0, BEGUN, "read"),
            (180.0, stored("two", 6, 0), "finish with two"),
            // Discarded by another process, which the store remembers: a new one is fetched.
            (240.0, Due, "start"),
            (240.0, BEGUN, "read"),
            (240.0, empty(), "write two as 6"),
            (240.0, written(false), "lock for 18"),
            (240.0, locked(7), "read"),
            (240.0, empty(), "write two as 6"),
            (240.0, written(false), "fetch within 15"),
            (240.0, fetched("three"), "write three as 7"),
            (240.0, written(true), "finish with three, unlock 7"),
        ],
    );
}

#[test]
fn somebody_else_has_the_lock() {
    follow(
        Stable,
        true,
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "read"),
            (0.0, empty(), "lock for 18"),
            (0.0, locked_out(), "sleep 0.01"),
            (0.01, SLEPT, "read"),
            (0.01, empty(), "lock for 18"),
            (0.01, locked_out(), "sleep 0.02"),
            (0.03, SLEPT, "read"),
            (0.03, stored("one", 5, 0), "finish with one"),
        ],
    );
}

#[test]
fn a_lock_that_never_ends() {
    let table = |end| {
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "read"),
            (19.9, empty(), "lock for 18"),
            (19.9, locked_out(), "sleep 0.01"),
            (20.0, SLEPT, "read"),
            (20.0, empty(), "lock for 18"),
            (20.0, locked_out(), end),
        ]
    };
    follow(Legacy, true, table("finish: another process has held the lock of the token store for too long"));
    for kind in [Stable, Custom] {
        let mut machine = follow(kind, true, table("fetch within 15"));
        assert_eq!(named(machine.on(20.0, fetched("one"))), "finish with one");
        assert!(machine.state.store_failure.is_some());
    }
}

#[test]
fn a_refused_write_costs_a_pause_and_a_new_lock_once() {
    for kind in [Stable, Legacy] {
        let machine = follow(
            kind,
            true,
            [
                (0.0, Wanted, "start"),
                (0.0, BEGUN, "read"),
                (0.0, empty(), "lock for 18"),
                (0.0, locked(5), "read"),
                (0.0, empty(), "fetch within 15"),
                (0.1, fetched("one"), "write one as 5"),
                (0.1, written(false), "unlock 5"),
                (0.1, unlocked(), "read"),
                (0.1, empty(), "sleep 0.9"),
                (1.0, SLEPT, "read"),
                (1.0, empty(), "lock for 18"),
                (1.0, locked(6), "read"),
                (1.0, empty(), "fetch within 15"),
                (1.1, fetched("two"), "write two as 6"),
                // It is of no use, and what was fetched is.
                (1.1, written(false), "finish with two, unlock 6"),
                (2.0, Wanted, "use two"),
                // A minute later the store gets another chance, and no token is fetched for that.
                (61.2, Due, "start"),
                (61.2, BEGUN, "read"),
                (61.2, empty(), "lock for 18"),
                (61.2, locked(7), "read"),
                (61.2, empty(), "write two as 7"),
                (61.2, written(false), "finish with two, unlock 7"),
            ],
        );
        assert!(machine.state.store_failure.is_some());
    }
}

#[test]
fn who_was_overtaken_takes_what_is_newer() {
    follow(
        Legacy,
        true,
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "read"),
            (0.0, empty(), "lock for 18"),
            (0.0, locked(5), "read"),
            (0.0, empty(), "fetch within 15"),
            (14.0, fetched("one"), "write one as 5"),
            (14.0, written(false), "unlock 5"),
            (14.0, unlocked(), "read"),
            (14.0, stored("two", 6, 0), "finish with two"),
        ],
    );
}

#[test]
fn a_lock_that_ran_out_before_the_fetch_is_taken_again() {
    follow(
        Legacy,
        true,
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "read"),
            (0.0, empty(), "lock for 18"),
            (0.0, locked(5), "read"),
            // The process stood still.
            (18.0, empty(), "read"),
            (18.0, empty(), "lock for 18"),
            (18.0, locked(6), "read"),
            (18.0, empty(), "fetch within 15"),
        ],
    );
}

fn within(milliseconds: u64, kind: SourceKind) -> TokenPolicy {
    TokenPolicy::new(kind).fetch_timeout(Duration::from_millis(milliseconds))
}

/// The pauses between two requests are no time of the source's.
#[test]
fn a_timeout_below_the_pause_leaves_time_for_the_next_request() {
    follow_with(
        within(500, Stable),
        Stable,
        false,
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "fetch within 0.5"),
            (0.0, fetched("one"), "finish with one"),
            (6990.0, Due, "start"),
            (6990.0, BEGUN, "fetch within 0.5"),
            (6990.1, Rejected, "nothing"),
            (6990.2, fetched("one"), "sleep 0.8"),
            (6991.0, SLEPT, "fetch within 0.3"),
            (6991.1, fetched("two"), "finish with two"),
        ],
    );
}

/// Neither a place of the pace nor one of the few forced requests is spent on a request that nobody can wait for.
#[test]
fn no_request_is_made_with_no_time_left() {
    let mut machine = follow_with(
        within(0, Stable),
        Stable,
        false,
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "finish: the source of access tokens did not answer within 0 s"),
        ],
    );
    assert_eq!(machine.state.pace.wait(Duration::ZERO, false), Duration::ZERO);
    assert_eq!(named(machine.on(0.5, Wanted)), "fail: the source of access tokens did not answer within 0 s");
    // The plain request took all of it, though it was answered: there is no time for a forced one.
    for spent in [14.0, 14.999] {
        follow(
            Stable,
            true,
            [
                (0.0, Wanted, "start"),
                (0.0, BEGUN, "read"),
                (0.0, stored("one", 5, 100), "finish with one"),
                (10.0, Rejected, "nothing"),
                (10.0, Wanted, "start"),
                (10.0, BEGUN, "discard 5"),
                (10.0, discarded(), "read"),
                (10.0, empty(), "lock for 18"),
                (10.0, locked(7), "read"),
                (10.0, empty(), "fetch within 15"),
                if spent > 14.5 {
                    (10.0 + spent, fetched("one"), "finish with one, write one as 7, unlock 7")
                } else {
                    (10.0 + spent, fetched("one"), "acquire force")
                },
            ],
        );
    }
    // Nor for another plain one.
    follow(
        Stable,
        false,
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "fetch within 15"),
            (0.0, fetched("one"), "finish with one"),
            (7000.0, Due, "start"),
            (7000.0, BEGUN, "fetch within 15"),
            (7000.1, Rejected, "nothing"),
            (7014.9, fetched("one"), "finish with nothing"),
        ],
    );
}

/// What is left of the lock is a limit too: with too little of it there is another one first.
#[test]
fn no_request_outlives_its_lock() {
    follow(
        Legacy,
        true,
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "read"),
            (0.0, empty(), "lock for 18"),
            (2.0, locked(5), "read"),
            (4.0, empty(), "fetch within 14"),
            (4.1, fetched("one"), "write one as 5"),
            (4.1, written(true), "finish with one, unlock 5"),
            (8000.0, Wanted, "start"),
            (8000.0, BEGUN, "read"),
            (8000.0, empty(), "lock for 18"),
            (8000.0, locked(6), "read"),
            // The process stood still.
            (8017.5, empty(), "unlock 6"),
            (8017.5, unlocked(), "read"),
            (8017.5, empty(), "lock for 18"),
            (8017.5, locked(7), "read"),
            (8017.5, empty(), "fetch within 15"),
        ],
    );
}

#[test]
fn refused_tokens_in_the_store() {
    follow(
        Stable,
        true,
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "read"),
            (0.0, stored("one", 5, 100), "finish with one"),
            (10.0, Rejected, "nothing"),
            (10.0, Wanted, "start"),
            (10.0, BEGUN, "discard 5"),
            (10.0, discarded(), "read"),
            // Written again under another number, before the refusal.
            (10.0, stored("one", 6, 50), "discard 6"),
            (10.0, discarded(), "lock for 18"),
            (10.0, locked(7), "read"),
            (10.0, empty(), "fetch within 15"),
            (10.0, fetched("one"), "acquire force"),
            (10.0, force(false), "finish with one, write one as 7, unlock 7"),
            // Another process was given it again since: it is the valid one.
            (200.0, Rejected, "nothing"),
            (201.0, Wanted, "start"),
            (201.0, BEGUN, "discard 7"),
            (202.0, discarded(), "read"),
            (203.0, stored("one", 8, 1), "finish with one"),
        ],
    );
}

#[test]
fn all_processes_count_force_together() {
    let table = |granted: Happens, then: &'static str| {
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "read"),
            (0.0, stored("one", 5, 100), "finish with one"),
            (10.0, Rejected, "nothing"),
            (10.0, Wanted, "start"),
            (10.0, BEGUN, "discard 5"),
            (10.0, discarded(), "read"),
            (10.0, empty(), "lock for 18"),
            (10.0, locked(7), "read"),
            (10.0, empty(), "fetch within 15"),
            (10.0, fetched("one"), "acquire force"),
            (10.0, granted, then),
        ]
    };
    follow(Stable, true, table(force(true), "fetch with force"));
    follow(Stable, true, table(force(false), "finish with one, write one as 7, unlock 7"));
    // A store that can't say is no reason to leave a dead token in place.
    let down = Happens::Step(Step::ForceAcquired(Err(outage())));
    follow(Stable, true, table(down, "fetch with force"));
}

#[test]
fn a_forced_token_that_the_store_refuses_is_not_forced_again() {
    follow(
        Stable,
        true,
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "read"),
            (0.0, stored("one", 5, 100), "finish with one"),
            (10.0, Rejected, "nothing"),
            (10.0, Wanted, "start"),
            (10.0, BEGUN, "discard 5"),
            (10.0, discarded(), "read"),
            (10.0, empty(), "lock for 18"),
            (10.0, locked(7), "read"),
            (10.0, empty(), "fetch within 15"),
            (10.0, fetched("one"), "acquire force"),
            (10.1, force(true), "fetch with force"),
            (10.2, fetched("two"), "write two as 7"),
            (10.2, written(false), "unlock 7"),
            (10.2, Happens::Step(Step::Unlocked(Err(outage()))), "sleep 0.9"),
            (11.1, SLEPT, "fetch within 14.9"),
            (11.1, fetched("two"), "finish with two"),
        ],
    );
}

#[test]
fn a_store_that_is_down() {
    let down = || Happens::Step(Step::Read(Err(outage())));
    follow(
        Stable,
        true,
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "read"),
            (0.0, down(), "fetch within 15"),
            (0.0, fetched("one"), "finish with one"),
            (60.0, Due, "start"),
            (60.0, BEGUN, "read"),
            (60.0, down(), "finish with one"),
            // It fails between the lock and the fetch: the lock is given back as well as that goes.
            (6990.0, Due, "start"),
            (6990.0, BEGUN, "read"),
            (6990.0, empty(), "lock for 18"),
            (6990.0, locked(5), "read"),
            (6990.0, down(), "fetch within 15"),
            (6990.0, fetched("two"), "finish with two, unlock 5"),
            // It is back, and gets the token.
            (7050.0, Due, "start"),
            (7050.0, BEGUN, "read"),
            (7050.0, empty(), "lock for 18"),
            (7050.0, locked(6), "read"),
            (7050.0, empty(), "write two as 6"),
            (7050.0, written(true), "finish with two, unlock 6"),
        ],
    );
    let refused =
        "finish: the token store is down, and fetching legacy tokens without it would make those of \
                   other processes invalid";
    follow(
        Legacy,
        true,
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "read"),
            (0.0, down(), "fetch within 15"),
            (0.0, fetched("one"), "finish with one"),
            (10.0, Rejected, "nothing"),
            (10.0, Wanted, "start"),
            (10.0, BEGUN, "read"),
            (10.0, down(), refused),
            (300.0, Wanted, "start"),
            (300.0, BEGUN, "read"),
            (300.0, down(), "fetch within 15"),
        ],
    );
}

#[test]
fn a_refused_token_that_the_store_could_not_drop_is_not_taken_again() {
    let down = || Happens::Step(Step::Discarded(Err(outage())));
    let before = || {
        [
            (0.0, Wanted, "start"),
            (0.0, BEGUN, "read"),
            (0.0, stored("one", 5, 100), "finish with one"),
            (10.0, Rejected, "nothing"),
            (10.0, Wanted, "start"),
            (10.0, BEGUN, "discard 5"),
            (10.0, down(), "fetch within 15"),
            (10.0, fetched("two"), "finish with two"),
        ]
    };
    // The store is back, with what it had: it gets the newer token.
    let mut machine = follow(Stable, true, before());
    for (happens, expected) in [
        (Due, "start"),
        (BEGUN, "read"),
        (stored("one", 5, 170), "lock for 18"),
        (locked(7), "read"),
        (stored("one", 5, 170), "write two as 7"),
        (written(true), "finish with two, unlock 7"),
    ] {
        assert_eq!(named(machine.on(70.0, happens)), expected);
    }
    // The newer one is refused too, before the store has heard of it.
    let mut machine = follow(Stable, true, before());
    for (happens, expected) in [
        (Rejected, "nothing"),
        (Wanted, "start"),
        (BEGUN, "read"),
        (stored("one", 5, 150), "lock for 18"),
        (locked(7), "read"),
        (stored("one", 5, 150), "fetch within 15"),
    ] {
        assert_eq!(named(machine.on(50.0, happens)), expected);
    }
}

/// Numbers that only look random, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    fn likely(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn token(&mut self) -> String {
        format!("token {}", self.below(4))
    }
}

/// Whatever a store, a source and callers do: the answer to an action, out of the blue.
fn anything(action: Action, dice: &mut Dice, sane: u64) -> Option<Step> {
    let store_fails = dice.likely(20);
    Some(match action {
        Action::Sleep(_) => Step::Slept,
        Action::Fetch { .. } => Step::Fetched(match dice.below(4) {
            0 => Err(Trouble::Failure(outage())),
            1 if !dice.likely(sane) => Err(Trouble::Panic),
            _ => Ok(Grant::new(dice.token(), Duration::from_secs(dice.below(3)))),
        }),
        Action::Read if store_fails => Step::Read(Err(outage())),
        Action::Read => Step::Read(Ok(dice.likely(30).then(|| {
            let (fence, left) = (dice.below(1000), Duration::from_secs(dice.below(3)));
            StoredToken::new(dice.token(), fence, left, Duration::ZERO)
        }))),
        Action::Lock(_) if store_fails => Step::Locked(Err(outage())),
        Action::Lock(_) => {
            Step::Locked(Ok(dice.likely(80).then(|| Lease::new("key", "owner", dice.below(1000)))))
        }
        Action::Write(..) if store_fails => Step::Written(Err(outage())),
        Action::Write(..) => Step::Written(Ok(dice.likely(sane))),
        Action::Unlock(_) if store_fails => Step::Unlocked(Err(outage())),
        Action::Unlock(_) => Step::Unlocked(Ok(())),
        Action::Discard(_) if store_fails => Step::Discarded(Err(outage())),
        Action::Discard(_) => Step::Discarded(Ok(dice.likely(sane))),
        Action::AcquireForce => Step::ForceAcquired(Ok(true)),
        _ => return None,
    })
}

/// The requests of twenty thousand steps with the given dice, and whether each was forced.
fn requests(seed: u64) -> Vec<(Duration, bool)> {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d ^ (seed << 20));
    let kind = [Stable, Legacy, Custom][seed as usize % 3];
    let policy = within([100, 500, 1500, 15_000][seed as usize % 4], kind);
    let policy = policy.min_forced_refresh_interval(Duration::ZERO).max_forced_refreshes_per_day(u32::MAX);
    let mut machine = Machine::new(policy.can_force(true), kind, !seed.is_multiple_of(5));
    let (sane, mut now, mut pending) = (dice.below(100), 0.0, None);
    let mut requests = Vec::new();
    for _ in 0..20_000 {
        let happens = match pending.take().and_then(|action| anything(action, &mut dice, sane)) {
            Some(step) => Happens::Step(step),
            None => Wanted,
        };
        let action = machine.on(now, happens);
        match &action {
            Action::Fetch { force, limit, .. } => {
                assert!(!limit.is_zero(), "seed {seed}: no time left");
                requests.push((Duration::from_secs_f64(now), *force));
            }
            // As long as that, or a little less: a timer may be early.
            Action::Sleep(time) => now += time.as_secs_f64() * if dice.likely(50) { 1.0 } else { 0.9 },
            Action::Use(_) if dice.likely(80) => drop(machine.on(now, Rejected)),
            Action::Use(_) => drop(machine.on(now, Invalidated)),
            Action::Fail(_) if dice.likely(50) => drop(machine.on(now, Invalidated)),
            Action::Fail(_) => now += 0.5,
            _ => {}
        }
        pending = Some(match action {
            Action::Start(_) => match machine.on(now, BEGUN) {
                Action::Fetch { force, at, limit } => {
                    requests.push((Duration::from_secs_f64(now), force));
                    Action::Fetch { force, at, limit }
                }
                action => action,
            },
            // Taken over by somebody else.
            _ if dice.likely(3) => named_nothing(machine.on(now, Abandoned)),
            action => action,
        });
        now += dice.below(50) as f64 / 1000.0;
    }
    requests
}

fn named_nothing(action: Action) -> Action {
    assert_eq!(named(action), "nothing");
    Action::Nothing
}

#[test]
fn nothing_gets_around_the_pace() {
    let (second, ten) = (Duration::from_secs(1), Duration::from_secs(10));
    let mut forced = 0;
    for seed in 1..=60 {
        let requests = requests(seed);
        assert!(requests.len() > 100, "seed {seed}: {}", requests.len());
        for (index, (at, force)) in requests.iter().enumerate() {
            let close = requests[..index].iter().rev().take_while(|(before, _)| *at - *before < ten);
            assert!(close.count() < 10, "seed {seed}: eleven in ten seconds at {at:?}");
            if let Some((before, before_forced)) = index.checked_sub(1).map(|index| requests[index]) {
                // One request may be forced within the second, and none after that one.
                let allowed = *at - before >= second || (*force && !before_forced);
                assert!(allowed, "seed {seed}: {:?}", &requests[index.saturating_sub(3)..=index]);
            }
            forced += usize::from(*force);
        }
    }
    assert!(forced > 1000, "{forced}");
}
