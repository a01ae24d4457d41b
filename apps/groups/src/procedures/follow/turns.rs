//! The subscriptions that are held, and whose turn it is to get a group: one GET at a time for each, so that no older answer
//! takes the place of a newer one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::channel::mpsc;
use kit::events::{Held, Watcher};
use wire::World;

use crate::group::GroupId;

/// The subscriptions of this server to partners' groups.
#[derive(Clone)]
pub struct Followed {
    watcher: Watcher,
    held: Arc<Mutex<HashMap<GroupId, Following>>>,
    wake: mpsc::UnboundedSender<()>,
    woken: Arc<Mutex<Option<mpsc::UnboundedReceiver<()>>>>,
}

/// Which of the subscriptions to one group that followed each other.
#[derive(Clone)]
pub(super) struct Life(Arc<()>);

/// Who gets a group. Whoever takes the turn later takes it from who only waits to repeat.
pub(super) struct Turn(Arc<()>);

/// What follows upon an attempt to get a group.
pub(super) enum Next {
    /// Nothing: it is had, or others care for it.
    Over,
    /// Another one, since it has changed meanwhile.
    AtOnce,
    /// Another one after a pause; so many have failed in a row.
    Later(u32),
}

struct Following {
    life: Arc<()>,
    turn: Arc<()>,
    held: Option<Held>,
    is_getting: bool,
    /// Whether a NOTIFY has come since the GET that is under way began.
    is_stale: bool,
    /// How many GETs have failed in a row, whoever made them.
    failed: u32,
}

impl Followed {
    /// None yet. NOTIFYs are to be given to the same watcher.
    #[must_use]
    pub fn new(watcher: Watcher) -> Self {
        let (wake, woken) = mpsc::unbounded();
        Self { watcher, held: Arc::default(), wake, woken: Arc::new(Mutex::new(Some(woken))) }
    }

    pub(super) fn watcher(&self) -> &Watcher {
        &self.watcher
    }

    /// What tells that a subscription is to be begun anew; once.
    pub(super) fn take_woken(&self) -> Option<mpsc::UnboundedReceiver<()>> {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn has(&self, group: &GroupId) -> bool {
        self.all().contains_key(group)
    }

    /// Unsubscribes from the others.
    pub(super) fn keep(&self, world: &World, stays: impl Fn(&GroupId) -> bool) {
        self.all().retain(|group, following| {
            let stays = stays(group);
            if let (false, Some(held)) = (stays, &following.held) {
                held.unsubscribe(world);
            }
            stays
        });
    }

    /// The group is about to be subscribed to: known before its first NOTIFY can come.
    pub(super) fn begin(&self, group: &GroupId) -> Life {
        let (life, turn) = (Arc::new(()), Arc::new(()));
        let (is_getting, is_stale, failed) = (false, false, 0);
        let following = Following { life: Arc::clone(&life), turn, held: None, is_getting, is_stale, failed };
        self.all().insert(group.clone(), following);
        Life(life)
    }

    /// The group is subscribed to; a subscription that nobody wants any more ends.
    pub(super) fn hold(&self, world: &World, group: &GroupId, life: &Life, held: Held) {
        match self.all().get_mut(group).filter(|following| Arc::ptr_eq(&following.life, &life.0)) {
            Some(following) => following.held = Some(held),
            None => held.unsubscribe(world),
        }
    }

    /// The subscription is no more.
    pub(super) fn over(&self, group: &GroupId, life: &Life) {
        let mut all = self.all();
        if all.get(group).is_some_and(|following| Arc::ptr_eq(&following.life, &life.0)) {
            all.remove(group);
            // Nobody listens once the store is gone.
            let _ = self.wake.unbounded_send(());
        }
    }

    /// The subscription to this group, where there is one, is begun anew: its notifier may have lost it, which nobody here can tell from
    /// one that has nothing to say.
    pub(crate) fn anew(&self, world: &World, group: &GroupId) {
        let Some(following) = self.all().remove(group) else { return };
        if let Some(held) = following.held {
            held.unsubscribe(world);
        }
        // Nobody listens once the store is gone.
        let _ = self.wake.unbounded_send(());
    }

    /// None where the subscription is no more, or where a GET is under way: then another one follows upon it.
    pub(super) fn take_turn(&self, group: &GroupId, life: &Life) -> Option<Turn> {
        let mut all = self.all();
        let following = all.get_mut(group).filter(|following| Arc::ptr_eq(&following.life, &life.0))?;
        if following.is_getting {
            following.is_stale = true;
            return None;
        }
        (following.is_getting, following.turn) = (true, Arc::new(()));
        Some(Turn(Arc::clone(&following.turn)))
    }

    /// A GET has ended.
    pub(super) fn settle(&self, group: &GroupId, turn: &Turn, is_done: bool) -> Next {
        let mut all = self.all();
        let following = all.get_mut(group).filter(|following| Arc::ptr_eq(&following.turn, &turn.0));
        let Some(following) = following else { return Next::Over };
        following.is_getting = std::mem::take(&mut following.is_stale);
        following.failed = if is_done { 0 } else { following.failed.saturating_add(1) };
        match (following.is_getting, is_done) {
            (true, _) => Next::AtOnce,
            (false, true) => Next::Over,
            (false, false) => Next::Later(following.failed),
        }
    }

    /// After a pause: whether it is still this one's turn.
    pub(super) fn resume(&self, group: &GroupId, turn: &Turn) -> bool {
        let mut all = self.all();
        let following = all.get_mut(group).filter(|following| Arc::ptr_eq(&following.turn, &turn.0));
        following.map(|following| following.is_getting = true).is_some()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<GroupId, Following>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
