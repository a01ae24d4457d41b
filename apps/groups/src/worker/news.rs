//! What has happened since the worker looked last.

use std::{collections::BTreeSet, time::Duration};

use futures::{
    FutureExt as _, StreamExt as _,
    channel::mpsc,
    future::{self, Either},
    stream::BoxStream,
};
use store::{Event, Happened};
use wire::World;

use crate::{group::GroupId, keys};

/// What is to be looked at.
#[derive(Default)]
pub(super) struct News {
    /// Something may have happened that nobody told.
    is_everything: bool,
    /// Deliveries and requests, of which some may be due.
    is_due: bool,
    changed: BTreeSet<GroupId>,
}

impl News {
    pub(super) fn everything() -> Self {
        Self { is_everything: true, ..Self::default() }
    }

    pub(super) fn is_everything(&self) -> bool {
        self.is_everything
    }

    /// Whether deliveries and requests are to be looked at.
    pub(super) fn is_due(&self) -> bool {
        self.is_everything || self.is_due
    }

    /// Groups of our own that were marked as changed.
    pub(super) fn changed(&self) -> impl Iterator<Item = &GroupId> {
        self.changed.iter()
    }

    fn hear(&mut self, event: Result<Event, store::Fault>) {
        match event {
            Err(_) => self.is_everything = true,
            // What is done needs nothing more to be done.
            Ok(Event { change: Happened::Deleted, .. }) => {}
            Ok(Event { key, .. }) => match keys::group_below(keys::CHANGED, &key) {
                Some(group) => drop(self.changed.insert(group)),
                None => self.is_due = true,
            },
        }
    }
}

/// By what the worker hears of it.
pub(super) struct Ears {
    changes: BoxStream<'static, Result<Event, store::Fault>>,
    /// Something that was under way has ended.
    woken: mpsc::UnboundedReceiver<()>,
}

impl Ears {
    pub(super) fn new(
        changes: BoxStream<'static, Result<Event, store::Fault>>,
        woken: mpsc::UnboundedReceiver<()>,
    ) -> Self {
        Self { changes, woken }
    }

    /// Until there is something to look at, or so long. False once the store is gone.
    pub(super) async fn wait(&mut self, world: &World, longest: Option<Duration>, news: &mut News) -> bool {
        let sleep = match longest {
            Some(longest) => world.clock.sleep(longest),
            None => future::pending().boxed(),
        };
        let first = future::select(self.changes.next(), future::select(self.woken.next(), sleep)).await;
        match first {
            Either::Left((Some(event), _)) => news.hear(event),
            Either::Right((Either::Left((Some(()), _)) | Either::Right(((), _)), _)) => news.is_due = true,
            Either::Left((None, _)) | Either::Right((Either::Left((None, _)), _)) => return false,
        }
        // All that has happened meanwhile is looked at once.
        while let Some(event) = self.changes.next().now_or_never().flatten() {
            news.hear(event);
        }
        while self.woken.next().now_or_never().flatten().is_some() {
            news.is_due = true;
        }
        true
    }
}
