//! One pool of connections for each tokio runtime that sends.
//! What a pool is, and how its connections are made, is known to the transport alone.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, Id};
use tokio::task::AbortHandle;

use super::{OwnConnection, RequestBody, TransportError};
use crate::error::Result;

/// The pools of a transport, for all who send by it.
pub(super) struct SharedPools<C> {
    pools: Mutex<Pools<C>>,
    idle: Duration,
}

impl<C: Clone> SharedPools<C> {
    /// Built with the client of the first runtime, so that what is wrong shows at once. `idle`: how long connections
    /// are kept.
    pub(super) fn new(first: C, idle: Duration) -> Self {
        Self { pools: Mutex::new(Pools::new(first)), idle }
    }

    /// The client for a request that is sent on the runtime of the caller.
    pub(super) fn claim(
        &self,
        request: &http::Request<RequestBody>,
        make: Make<'_, C>,
    ) -> Result<C, TransportError> {
        let runtime = Handle::try_current().map_err(TransportError::unsent)?;
        let own = request.extensions().get::<OwnConnection>().is_some();
        let kept = if own { Kept::No } else { Kept::Yes };
        self.lock().client(&runtime, kept, self.idle, make).map_err(TransportError::unsent)
    }

    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, Pools<C>> {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The HTTP clients of the runtimes that send.
///
/// Connections belong to the runtime on which they were opened: when nobody drives it, they are dead, and who waits for
/// one waits for ever. So each has a client of its own, which is dropped when the runtime has ended or has sent nothing
/// for as long as idle connections are kept.
struct Pools<C> {
    /// Built before there was a runtime.
    unclaimed: Option<C>,
    of: Vec<Pool<C>>,
}

/// The connections of one runtime.
struct Pool<C> {
    runtime: Id,
    client: C,
    /// For requests with a connection of their own.
    keepless: Option<C>,
    used: Instant,
    /// Ends with the runtime.
    witness: AbortHandle,
}

impl<C> Drop for Pool<C> {
    fn drop(&mut self) {
        self.witness.abort();
    }
}

/// Makes a client; one that keeps no connection if it is told so.
pub(super) type Make<'a, C> = &'a dyn Fn(Kept) -> Result<C>;

/// Whether a connection is kept for the next request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    Yes,
    No,
}

impl<C: Clone> Pools<C> {
    fn new(first: C) -> Self {
        Self { unclaimed: Some(first), of: Vec::new() }
    }

    fn len(&self) -> usize {
        self.of.len()
    }

    /// The client of the runtime. What nobody uses any more is dropped.
    fn client(&mut self, runtime: &Handle, kept: Kept, idle: Duration, make: Make<'_, C>) -> Result<C> {
        let pool = self.of(runtime, Instant::now(), idle, make)?;
        Ok(match (kept, &pool.keepless) {
            (Kept::Yes, _) => pool.client.clone(),
            (Kept::No, Some(client)) => client.clone(),
            (Kept::No, None) => pool.keepless.insert(make(Kept::No)?).clone(),
        })
    }

    fn of(
        &mut self,
        runtime: &Handle,
        now: Instant,
        idle: Duration,
        make: Make<'_, C>,
    ) -> Result<&mut Pool<C>> {
        let id = runtime.id();
        self.of.retain(|pool| {
            let unused = now.saturating_duration_since(pool.used) > idle;
            pool.runtime == id || !(unused || pool.witness.is_finished())
        });
        let at = match self.of.iter().position(|pool| pool.runtime == id) {
            Some(at) => at,
            None => {
                let client = self.unclaimed.take().map_or_else(|| make(Kept::Yes), Ok)?;
                let witness = runtime.spawn(std::future::pending::<()>()).abort_handle();
                self.of.push(Pool { runtime: id, client, keepless: None, used: now, witness });
                self.of.len() - 1
            }
        };
        let pool = &mut self.of[at];
        pool.used = now;
        Ok(pool)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    const IDLE: Duration = Duration::from_secs(15);

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
    }

    fn make(_: Kept) -> Result<()> {
        Ok(())
    }

    #[test]
    fn each_runtime_has_a_pool_until_it_ends() {
        let (mut pools, now) = (Pools::new(()), Instant::now());
        let (first, second) = (runtime(), runtime());
        for _ in 0..2 {
            for runtime in [&first, &second] {
                let id = runtime.handle().id();
                assert!(pools.of(runtime.handle(), now, IDLE, &make).unwrap().runtime == id);
            }
        }
        assert_eq!(pools.len(), 2);
        drop(first);
        pools.of(second.handle(), now, IDLE, &make).unwrap();
        assert_eq!(pools.len(), 1);
        for _ in 0..20 {
            let passing = runtime();
            pools.of(passing.handle(), now, IDLE, &make).unwrap();
        }
        assert_eq!(pools.len(), 2);
    }

    #[test]
    fn a_pool_that_is_not_used_is_dropped() {
        let (mut pools, now) = (Pools::new(()), Instant::now());
        let (first, second) = (runtime(), runtime());
        pools.of(first.handle(), now, IDLE, &make).unwrap();
        let witness = pools.of[0].witness.clone();
        pools.of(second.handle(), now + IDLE, IDLE, &make).unwrap();
        assert_eq!(pools.len(), 2);
        pools.of(second.handle(), now + IDLE * 2, IDLE, &make).unwrap();
        assert_eq!(pools.len(), 1);
        first.block_on(tokio::task::yield_now());
        assert!(witness.is_finished());
    }

    #[test]
    fn a_client_is_made_once_for_each_runtime_and_purpose() {
        let made = RefCell::new(Vec::new());
        let make = |kept| {
            made.borrow_mut().push(kept);
            Ok(made.borrow().len())
        };
        let mut pools = Pools::new(0);
        let (first, second) = (runtime(), runtime());
        for _ in 0..2 {
            for (runtime, due) in [(&first, [0, 1]), (&second, [2, 3])] {
                let clients =
                    [Kept::Yes, Kept::No].map(|kept| pools.client(runtime.handle(), kept, IDLE, &make));
                assert_eq!(clients.map(Result::unwrap), due);
            }
        }
        assert_eq!(*made.borrow(), [Kept::No, Kept::Yes, Kept::No]);
    }
}
