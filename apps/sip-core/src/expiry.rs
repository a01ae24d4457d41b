//! Bindings that end by themselves: one task waits for whichever ends next.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use futures::{
    StreamExt as _,
    channel::mpsc::{Receiver, Sender, channel},
    future::{Either, select},
};
use parking_lot::Mutex;

use crate::{
    SipCore,
    binding::Binding,
    keep::{Commit, Fault},
    register,
};

/// How long the store is left alone after it could not be written.
const RETRY: u64 = 1_000;

/// When whose bindings end.
pub(crate) struct Expiry {
    due: Mutex<Due>,
    wake: Mutex<Sender<()>>,
    woken: Mutex<Option<Receiver<()>>>,
}

impl Default for Expiry {
    fn default() -> Self {
        let (wake, woken) = channel(1);
        Self { due: Mutex::default(), wake: Mutex::new(wake), woken: Mutex::new(Some(woken)) }
    }
}

/// At most one time for each address of record, however often it registers.
#[derive(Default)]
struct Due {
    in_order: BTreeSet<(u64, Arc<str>)>,
    of: HashMap<Arc<str>, u64>,
}

impl Due {
    /// The earlier of two times stays: who looks too early finds the later one in the bindings. Whether this one is the
    /// next of all.
    fn add(&mut self, at: u64, address: &str) -> bool {
        match self.of.get_key_value(address) {
            Some((_, earlier)) if *earlier <= at => return false,
            Some((who, later)) => {
                let later = (*later, Arc::clone(who));
                self.in_order.remove(&later);
            }
            None => {}
        }
        let address: Arc<str> = address.into();
        self.of.insert(Arc::clone(&address), at);
        self.in_order.insert((at, Arc::clone(&address)));
        self.in_order.first().is_some_and(|(_, who)| *who == address)
    }

    fn take(&mut self, now: u64) -> Vec<Arc<str>> {
        let later = self.in_order.split_off(&(now + 1, Arc::from("")));
        let ended = std::mem::replace(&mut self.in_order, later);
        for (_, address) in &ended {
            self.of.remove(address);
        }
        ended.into_iter().map(|(_, address)| address).collect()
    }
}

impl Expiry {
    /// Looks at this address of record again at `at`, in milliseconds of Unix time, or earlier.
    pub(crate) fn expect(&self, at: u64, address: &str) {
        let is_next = self.due.lock().add(at, address);
        if is_next {
            // A full channel has a wake-up in it already.
            let _ = self.wake.lock().try_send(());
        }
    }

    /// Looks at it again when the first of these bindings ends.
    pub(crate) fn expect_next(&self, address: &str, bindings: &[Binding]) {
        if let Some(next) = bindings.iter().map(|binding| binding.expires_at).min() {
            self.expect(next, address);
        }
    }

    /// Whose bindings have ended by `now`, each once.
    fn take(&self, now: u64) -> Vec<Arc<str>> {
        self.due.lock().take(now)
    }

    fn next(&self) -> Option<u64> {
        self.due.lock().in_order.first().map(|(at, _)| *at)
    }
}

/// Starts the task. It ends when the core is gone.
pub(crate) fn watch(core: &SipCore) {
    let Some(mut woken) = core.0.expiry.woken.lock().take() else { return };
    let weak = Arc::downgrade(&core.0);
    core.world().tasks.spawn(Box::pin(async move {
        while let Some(core) = weak.upgrade().map(SipCore) {
            for address in core.0.expiry.take(core.now()) {
                expire(&core, &address).await;
            }
            let wait = core.0.expiry.next().map(|at| Duration::from_millis(at.saturating_sub(core.now())));
            let sleep = wait.map(|wait| core.world().clock.sleep(wait));
            drop(core);
            let is_over = match sleep {
                Some(sleep) => matches!(select(sleep, woken.next()).await, Either::Right((None, _))),
                None => woken.next().await.is_none(),
            };
            if is_over {
                return;
            }
        }
    }));
}

/// Takes the ended bindings out of the store and tells the servers; the proxy has passed them over since they ended.
async fn expire(core: &SipCore, address: &str) {
    match without_ended(core, address).await {
        Ok(()) => core.0.courier.wake_all(core, address),
        Err(Fault::Conflict) => core.0.expiry.expect(core.now(), address),
        Err(fault) => {
            tracing::error!(%fault, "ended bindings could not be taken out");
            core.0.expiry.expect(core.now() + RETRY, address);
        }
    }
}

async fn without_ended(core: &SipCore, address: &str) -> Result<(), Fault> {
    let kept = core.0.keep.bindings(address).await?;
    let now = core.now();
    let before = kept.bindings.len();
    let is_user = core.users().owner(address).is_some();
    let live: Vec<_> = kept.bindings.into_iter().filter(|binding| is_user && binding.is_live(now)).collect();
    core.0.expiry.expect_next(address, &live);
    match (live.len(), before) {
        (live, before) if live == before => Ok(()),
        // The others were told until when the user is registered by the bindings that remain.
        (0, _) => register::replace(core, address, kept.version, live, ("", Bytes::new())).await,
        _ => {
            let version =
                core.0.keep.commit(Commit::default().bindings(address, kept.version, &live)).await?;
            core.0.registry.put(address, version, live);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
