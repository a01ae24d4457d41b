//! What the store holds of a subscription, so that it goes on over a restart.

use std::time::Duration;

use dialog::Id;
use store::{Batch, CommitError};

use super::{ADOPTED, Notifier};
use crate::{
    events::{Package, record::Record},
    stop::Fault,
};

/// How long a subscription is kept beyond its end, so that its subscriber is told of that after a restart, too.
const LINGERS: Duration = Duration::from_secs(600);

impl<P: Package> Notifier<P> {
    /// A subscription that has just begun.
    pub(super) async fn keep_first(&self, record: &Record) -> Result<(), Fault> {
        let first = Batch::new().expect_absent(self.key(record.dialog.id()));
        let is_first = self.keep_on(first, record).await?;
        if is_first { Ok(()) } else { Err(Fault::new("a subscription of this dialog is kept already")) }
    }

    /// A subscription whose subscriber has turned here, whichever replica told it before. False where there is none any more.
    pub(super) async fn keep_own(&self, record: &Record) -> Result<bool, Fault> {
        let key = self.key(record.dialog.id());
        for _ in 0..ADOPTED {
            let Some(kept) = self.inner.setup.store.get(key.as_bytes()).await? else { return Ok(false) };
            let as_read = Batch::new().expect_version(key.clone(), kept.version);
            if self.keep_on(as_read, record).await? {
                return Ok(true);
            }
        }
        Err(Fault::new("others write a subscription at the same time"))
    }

    /// A subscription as it is now, for as long as this replica tells it: where another has taken it up meanwhile, or it is over,
    /// it is left to be that.
    pub(super) async fn keep_on_telling(&self, id: &Id) -> Result<(), Fault> {
        let key = self.key(id);
        for _ in 0..ADOPTED {
            let kept = self.inner.setup.store.get(key.as_bytes()).await?;
            let owner = kept.as_ref().and_then(|kept| serde_json::from_slice(&kept.value).ok());
            let is_ours = owner.is_some_and(|kept: Record| kept.owner == self.inner.setup.replica);
            let Some(kept) = kept.filter(|_| is_ours) else {
                self.inner.book().remove(id);
                return Ok(());
            };
            let record = self.inner.book().get(id).map(|entry| entry.record.clone());
            let Some(record) = record else { return Ok(()) };
            let as_read = Batch::new().expect_version(key.clone(), kept.version);
            if self.keep_on(as_read, &record).await? {
                return Ok(());
            }
        }
        Err(Fault::new("others write a subscription at the same time"))
    }

    /// False where a condition of the batch does not hold.
    pub(super) async fn keep_on(&self, batch: Batch, record: &Record) -> Result<bool, Fault> {
        let bytes = record.bytes().map_err(|error| Fault::new(error.to_string()))?;
        // One that nobody takes up goes by itself, soon after its end.
        let until = record.machine.expires().checked_add(LINGERS);
        let key = self.key(record.dialog.id());
        let batch = match until {
            Some(until) => batch.put_until(key, bytes, until),
            None => batch.put(key, bytes),
        };
        match self.inner.setup.store.commit(batch).await {
            Ok(_) => Ok(true),
            Err(CommitError::Conflict(_)) => Ok(false),
            Err(CommitError::Fault(fault)) => Err(fault.into()),
        }
    }
}
