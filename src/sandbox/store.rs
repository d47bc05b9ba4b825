//! What the flows remember: one value of each type, made when it is first asked for, behind a lock of its own.
//! What the values are, and by which rules they change, is known to the flows only.

use std::any::Any;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// A list that only grows: a flow has one value or two, so it stays short, and what it holds never moves.
#[derive(Default)]
pub(crate) struct Store(OnceLock<Box<Cell>>);

struct Cell {
    value: Box<dyn Any + Send + Sync>,
    next: Store,
}

impl Store {
    /// The value of this type.
    ///
    /// No flow takes a lock while it holds another, so that none waits for one that waits for it; but mass messages
    /// hold the lock of their jobs, which nobody else takes, until they are sent. A panic while a value was locked
    /// leaves it usable: no flow stops half-way through a change.
    pub(crate) fn of<T: Default + Send + 'static>(&self) -> MutexGuard<'_, T> {
        let mut store = self;
        loop {
            let cell = store.0.get_or_init(|| Box::new(Cell::new(T::default())));
            if let Some(value) = cell.value.downcast_ref::<Mutex<T>>() {
                return value.lock().unwrap_or_else(PoisonError::into_inner);
            }
            store = &cell.next;
        }
    }
}

impl Cell {
    fn new<T: Send + 'static>(value: T) -> Self {
        Self { value: Box::new(Mutex::new(value)), next: Store::default() }
    }
}
