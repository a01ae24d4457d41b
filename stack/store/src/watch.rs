//! Who is told of changes.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use futures::{
    Stream,
    stream::{BoxStream, StreamExt},
};
use parking_lot::Mutex;

use crate::{Fault, Kind, Version};

/// A record was put or deleted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// Of which key.
    pub key: Bytes,
    /// The commit that did it. Events of one commit share it.
    pub version: Version,
    /// What was done.
    pub change: Happened,
}

/// What was done to a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Happened {
    /// It was put, whether there was one or not.
    Put,
    /// It was deleted, or has expired.
    Deleted,
}

/// How many events wait for one watcher before it is told that it lags.
pub(crate) const WAITING: usize = 4096;

/// Those who watch one store. When it is dropped, their streams end.
#[derive(Default)]
pub(crate) struct Hub {
    watchers: Mutex<Vec<Watcher>>,
}

struct Watcher {
    prefix: Bytes,
    after: Version,
    /// Gone once the stream is dropped.
    backlog: Weak<Mutex<Backlog>>,
}

#[derive(Default)]
struct Backlog {
    events: VecDeque<Event>,
    lags: bool,
    ended: bool,
    waker: Option<Waker>,
}

impl Hub {
    /// What is published from now on, came after the version `after`, and concerns keys that begin with `prefix`.
    pub(crate) fn watch(&self, prefix: &[u8], after: Version) -> BoxStream<'static, Result<Event, Fault>> {
        let backlog = Arc::new(Mutex::new(Backlog::default()));
        let watcher =
            Watcher { prefix: Bytes::copy_from_slice(prefix), after, backlog: Arc::downgrade(&backlog) };
        self.watchers.lock().push(watcher);
        Watching(backlog).boxed()
    }

    /// They find it from now on, and are woken when what is returned is dropped: not while anything is held that they would wait for.
    pub(crate) fn publish(&self, events: &[Event]) -> Told {
        if events.is_empty() {
            return Told::default();
        }
        self.for_each(|watcher, backlog| {
            let mut wanted = events.iter().filter(|event| watcher.wants(event)).peekable();
            let is_news = wanted.peek().is_some();
            wanted.for_each(|event| backlog.push(event));
            is_news
        })
    }

    /// Something may have happened that nobody knows of.
    pub(crate) fn lag(&self) {
        drop(self.for_each(|_, backlog| {
            backlog.lag();
            true
        }));
    }

    /// Whom there is news for, as `act` says, is to be woken.
    fn for_each(&self, mut act: impl FnMut(&Watcher, &mut Backlog) -> bool) -> Told {
        let mut told = Told::default();
        self.watchers.lock().retain(|watcher| {
            let Some(backlog) = watcher.backlog.upgrade() else { return false };
            let mut backlog = backlog.lock();
            if act(watcher, &mut backlog) {
                told.0.extend(backlog.waker.take());
            }
            true
        });
        told
    }
}

/// Those who have been told and sleep still. Dropping it wakes them.
#[derive(Default)]
pub(crate) struct Told(Vec<Waker>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.drain(..).for_each(Waker::wake);
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        drop(self.for_each(|_, backlog| {
            backlog.ended = true;
            true
        }));
    }
}

impl Watcher {
    fn wants(&self, event: &Event) -> bool {
        event.version > self.after && event.key.starts_with(&self.prefix)
    }
}

impl Backlog {
    fn push(&mut self, event: &Event) {
        if self.lags {
            return;
        }
        if self.events.len() >= WAITING {
            return self.lag();
        }
        self.events.push_back(event.clone());
    }

    /// What waits is dropped with the rest: it is found by reading again.
    fn lag(&mut self) {
        self.events = VecDeque::new();
        self.lags = true;
    }
}

struct Watching(Arc<Mutex<Backlog>>);

impl Stream for Watching {
    type Item = Result<Event, Fault>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut backlog = self.0.lock();
        if std::mem::take(&mut backlog.lags) {
            let what = "changes were missed: read again what is watched";
            return Poll::Ready(Some(Err(Fault::new(Kind::Lagged, what))));
        }
        if let Some(event) = backlog.events.pop_front() {
            return Poll::Ready(Some(Ok(event)));
        }
        if backlog.ended {
            return Poll::Ready(None);
        }
        backlog.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests;
