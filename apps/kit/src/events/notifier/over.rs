//! How subscriptions end: by their time, with another replica, for good. RFC 6665 clauses 4.2.2 and 4.2.3.

use std::pin::pin;

use dialog::{Id, notifier::Input};
use futures::{
    FutureExt as _, StreamExt as _,
    channel::mpsc,
    future::{self, Either},
};
use store::{Batch, CommitError};

use super::{ADOPTED, Notifier, PAGE};
use crate::{
    events::{Package, record::Record},
    stop::Fault,
};

impl<P: Package> Notifier<P> {
    /// Ends it when its time is over, or goes on when a wait that the subscriber asked for is.
    pub(super) fn watch_over(&self, id: Id) {
        let woken = self.inner.book().get_mut(&id).map(crate::events::book::Entry::woken);
        let Some(woken) = woken else { return };
        let this = self.clone();
        self.inner.setup.world.tasks.spawn(async move { this.follow(id, woken).await }.boxed());
    }

    /// Sleeps until the next timeout, whatever it becomes, for as long as the subscription is in the book: one that has none while
    /// its last NOTIFY is under way has one again where that is put off.
    async fn follow(&self, id: Id, mut woken: mpsc::Receiver<()>) {
        let clock = &self.inner.setup.world.clock;
        loop {
            let due = self.inner.book().get(&id).map(|entry| entry.record.machine.timeout());
            let Some(due) = due else { return };
            let Some(due) = due else {
                if woken.next().await.is_none() {
                    return;
                }
                continue;
            };
            let left = due.duration_since(self.time()).unwrap_or_default();
            if left.is_zero() {
                // What is sent then may take as long as its transaction: the next timeout does not wait for it.
                self.drive(vec![id.clone()], Input::Fired);
                continue;
            }
            match future::select(pin!(woken.next()), clock.sleep(left)).await {
                Either::Left((None, _)) => return,
                Either::Left((Some(()), _)) | Either::Right(_) => {}
            }
        }
    }

    /// Another replica has written this record of the store: a subscription that it tells is no longer told here.
    ///
    /// # Errors
    /// [`Fault`] where the store cannot be read.
    pub async fn written(&self, key: &[u8]) -> Result<(), Fault> {
        let kept = self.inner.setup.store.get(key).await.map_err(Fault::from)?;
        if let Some(kept) = kept {
            self.leave(&kept.value);
        }
        Ok(())
    }

    /// What other replicas have written is not known: whatever they tell by the store is no longer told here.
    ///
    /// # Errors
    /// [`Fault`] where the store cannot be read.
    pub async fn all_written(&self) -> Result<(), Fault> {
        let prefix = self.prefix();
        let mut after: Option<Vec<u8>> = None;
        while !self.is_empty() {
            let page = self.inner.setup.store.scan(prefix.as_bytes(), after.as_deref(), PAGE).await;
            let page = page.map_err(Fault::from)?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.to_vec());
            page.iter().for_each(|entry| self.leave(&entry.record.value));
        }
        Ok(())
    }

    fn leave(&self, kept: &[u8]) {
        let record: Option<Record> = serde_json::from_slice(kept).ok();
        if let Some(record) = record.filter(|record| record.owner != self.inner.setup.replica) {
            self.inner.book().remove(record.dialog.id());
        }
    }

    pub(super) async fn forget(&self, id: &Id) {
        self.inner.book().remove(id);
        if let Err(fault) = self.delete(id).await {
            tracing::error!(target: "mcx::fault", package = P::NAME, %fault, "a subscription that is over is still kept");
        }
    }

    /// A record that another replica has taken up meanwhile is that one's: its subscriber has turned there.
    async fn delete(&self, id: &Id) -> Result<(), Fault> {
        let store = &self.inner.setup.store;
        let key = self.key(id);
        for _ in 0..ADOPTED {
            let Some(kept) = store.get(key.as_bytes()).await? else { return Ok(()) };
            let record: Option<Record> = serde_json::from_slice(&kept.value).ok();
            if record.is_some_and(|record| record.owner != self.inner.setup.replica) {
                return Ok(());
            }
            let as_read = Batch::new().expect_version(key.clone(), kept.version).delete(key.clone());
            match store.commit(as_read).await {
                Err(CommitError::Conflict(_)) => {}
                done => return Ok(done.map(drop)?),
            }
        }
        Err(Fault::new("others write it at the same time"))
    }
}
