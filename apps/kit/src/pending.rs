//! Questions that await their answer: a report comes as a message of its own and finds its question by who was asked
//! and by `request-id`.

use std::{
    any::Any,
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use futures::channel::oneshot;
use xml_schemas::ids::RequestId;

use crate::{
    load::{Load, Slot},
    peer::Peer,
    refusal::Cause,
};

/// What an answer is found by: whom we asked, and the `request-id`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Key<P> {
    /// Whom we asked.
    pub peer: P,
    /// The question's `request-id`.
    pub request_id: RequestId,
}

type Sender = oneshot::Sender<Box<dyn Any + Send>>;

struct Table<P> {
    open: HashMap<Key<P>, (u64, Sender)>,
    serial: u64,
}

/// The table of open questions, bounded: no request's sender has more than half of them open, however many it names in one
/// request. What is in it is lost at a restart, and times out at the asker.
pub struct Pending<P> {
    table: Arc<Mutex<Table<P>>>,
    load: Arc<Load>,
}

/// One open question. Dropping it takes the question out of the table.
pub struct Awaited<P: Clone + Eq + Hash> {
    key: Key<P>,
    serial: u64,
    table: Arc<Mutex<Table<P>>>,
    answer: oneshot::Receiver<Box<dyn Any + Send>>,
    _slot: Slot,
}

impl<P: Clone + Eq + Hash> Pending<P> {
    /// A table of at most `limit` open questions.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            table: Arc::new(Mutex::new(Table { open: HashMap::new(), serial: 0 })),
            load: Arc::new(Load::new(limit)),
        }
    }

    /// Opens a question, before it is sent, for the sake of `origin`'s request; none: of our own accord.
    ///
    /// # Errors
    /// [`Cause::Overloaded`] where the table is full, or half of it is `origin`'s; [`Cause::RepeatedRequest`] where the same question
    /// is open.
    pub fn open(&self, key: Key<P>, origin: Option<&Peer>) -> Result<Awaited<P>, Cause> {
        let (sender, answer) = oneshot::channel();
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if table.open.contains_key(&key) {
            return Err(Cause::RepeatedRequest);
        }
        let slot = self.load.take(origin)?;
        table.serial += 1;
        let serial = table.serial;
        table.open.insert(key.clone(), (serial, sender));
        Ok(Awaited { key, serial, table: Arc::clone(&self.table), answer, _slot: slot })
    }

    /// How many are open.
    pub(crate) fn load(&self) -> Arc<Load> {
        Arc::clone(&self.load)
    }

    /// Hands an answer to its question, which is closed by it.
    ///
    /// # Errors
    /// [`Cause::UnmatchedReport`] where no such question is open.
    pub fn answer(&self, key: &Key<P>, answer: Box<dyn Any + Send>) -> Result<(), Cause> {
        let waiting = self.table.lock().unwrap_or_else(PoisonError::into_inner).open.remove(key);
        waiting.and_then(|(_, sender)| sender.send(answer).ok()).ok_or(Cause::UnmatchedReport)
    }
}

impl<P: Clone + Eq + Hash> Awaited<P> {
    /// The answer. None where it is of another type than was asked for.
    pub async fn answer<T: 'static>(&mut self) -> Option<T> {
        let answer = (&mut self.answer).await.ok()?;
        answer.downcast::<T>().ok().map(|answer| *answer)
    }
}

impl<P: Clone + Eq + Hash> Drop for Awaited<P> {
    fn drop(&mut self) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if table.open.get(&self.key).is_some_and(|(serial, _)| *serial == self.serial) {
            table.open.remove(&self.key);
        }
    }
}
