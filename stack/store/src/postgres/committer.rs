//! The one connection of this process that commits: groups, attempts, and what becomes of those that wait.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::channel::oneshot;
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{
    address::Shared,
    faults::Failed,
    health::Beat,
    plan::{Item, Plan},
    session::Session,
    transact::{Signature, transact},
};
use crate::{Batch, Change, Clock, CommitError, Fault, Version};

/// How many batches share one transaction, so that the first does not wait long for the last.
const GROUP: usize = 256;

/// How many octets of values share one transaction.
const OCTETS: usize = 8 << 20;

/// How long a group is tried again while the database is away: as long as a standby takes to be promoted.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long is waited for those who have just been answered and come again: together they cost one transaction, and one by one
/// many.
const LINGER: Duration = Duration::from_millis(1);

/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(100);

/// What is handed to the committer.
pub(super) enum Work {
    /// What a user commits, and who waits for it.
    Batch(Batch, oneshot::Sender<Result<Version, CommitError>>),
    /// Keys that have expired.
    Expired(Vec<Bytes>),
}

impl Work {
    fn item(&self) -> Item<'_> {
        match self {
            Self::Batch(batch, _) => Item::Batch(batch),
            Self::Expired(keys) => Item::Expired(keys),
        }
    }

    fn octets(&self) -> usize {
        let of = |change: &Change| match change {
            Change::Put { key, value, .. } => key.len() + value.len(),
            Change::Delete { key } => key.len(),
        };
        match self {
            Self::Batch(batch, _) => batch.changes().iter().map(of).sum(),
            Self::Expired(_) => 0,
        }
    }

    /// An answer that nobody waits for any more is no loss: the batch is committed all the same.
    fn answer(self, verdict: Result<Version, CommitError>) {
        if let Self::Batch(_, waits) = self {
            let _ = waits.send(verdict);
        }
    }
}

/// What our own watchers want to know.
pub(super) struct Committed {
    /// The last version that was acknowledged.
    pub(super) newest: Arc<AtomicU64>,
    /// Told of each commit.
    pub(super) tell: Arc<Notify>,
}

/// Commits what is handed in.
pub(super) struct Committer {
    address: Shared,
    clock: Clock,
    beat: Arc<Beat>,
    committed: Committed,
    queue: mpsc::Receiver<Work>,
    session: Option<Session>,
    /// Our name in the database: none has been given yet to who has never committed.
    writer: Option<String>,
    /// Counts groups.
    serial: i64,
}

impl Committer {
    pub(super) fn new(
        address: Shared,
        clock: Clock,
        beat: Arc<Beat>,
        committed: Committed,
        queue: mpsc::Receiver<Work>,
    ) -> Self {
        Self { address, clock, beat, committed, queue, session: None, writer: None, serial: 0 }
    }

    /// Goes on until nobody can hand anything in any more, and all that was is answered.
    pub(super) async fn run(mut self) {
        let (mut waiting, mut together) = (Vec::new(), 1);
        while self.queue.recv_many(&mut waiting, GROUP).await > 0 {
            let rest = self.rest(&mut waiting, together);
            // Those who do not come in time have no reason to be waited for.
            let _ = timeout(LINGER, rest).await;
            together = waiting.len();
            while !waiting.is_empty() {
                let rest = waiting.split_off(fitting(&waiting));
                self.serve(std::mem::replace(&mut waiting, rest)).await;
            }
        }
    }

    /// Until as many wait as before.
    async fn rest(&mut self, waiting: &mut Vec<Work>, together: usize) {
        let all = together.min(GROUP);
        while waiting.len() < all && self.queue.recv_many(waiting, all - waiting.len()).await > 0 {}
    }

    async fn serve(&mut self, group: Vec<Work>) {
        match self.commit(&group).await {
            Ok(plan) => answer(group, plan),
            Err(failed) if failed.passes => self.refuse(group, &failed.fault),
            // Each by itself would find what all of them wrote, and take it for another's.
            Err(failed) if failed.is_written => refuse(group, &failed.fault),
            // One that the database does not take is no reason to refuse the others.
            Err(_) if group.len() > 1 => {
                for work in group {
                    let alone = vec![work];
                    match self.commit(&alone).await {
                        Ok(plan) => answer(alone, plan),
                        Err(failed) => refuse(alone, &failed.fault),
                    }
                }
            }
            Err(failed) => refuse(group, &failed.fault),
        }
    }

    /// Whoever has come to wait meanwhile has waited long enough, too.
    fn refuse(&mut self, group: Vec<Work>, fault: &Fault) {
        refuse(group, fault);
        while let Ok(work) = self.queue.try_recv() {
            refuse(vec![work], fault);
        }
    }

    /// Attempts until the outcome is known, or for as long as anybody can be expected to wait.
    async fn commit(&mut self, group: &[Work]) -> Result<Plan, Failed> {
        self.serial += 1;
        let items: Vec<Item<'_>> = group.iter().map(Work::item).collect();
        let end = Instant::now() + PATIENCE;
        let mut sent = None;
        loop {
            let failed = match timeout_at(end, self.attempt(&items, &mut sent)).await {
                Ok(Ok(plan)) => {
                    self.beat.sound();
                    self.committed.newest.fetch_max(plan.version, Ordering::AcqRel);
                    self.committed.tell.notify_one();
                    return Ok(plan);
                }
                Ok(Err(failed)) => failed,
                Err(_) => Failed::silence("cannot commit"),
            };
            self.recover().await;
            if failed.passes && self.session.is_none() {
                self.beat.broken(&failed.fault);
            }
            if !failed.passes || self.queue.is_closed() || Instant::now() + PAUSE >= end {
                return Err(failed);
            }
            sleep(PAUSE).await;
        }
    }

    async fn attempt(&mut self, items: &[Item<'_>], sent: &mut Option<Plan>) -> Result<Plan, Failed> {
        let session = match self.session.take() {
            Some(session) if !session.client.is_closed() => session,
            _ => Session::open(&self.address).await?,
        };
        if self.writer.is_none() {
            self.writer = Some(name(&session).await?);
        }
        let signature = Signature { writer: self.writer.as_deref().unwrap_or_default(), serial: self.serial };
        let done = transact(&session, signature, items, self.clock.moment(), sent).await;
        self.session = Some(session);
        done
    }

    /// After a failure the connection is used again if the server has left the transaction with us.
    async fn recover(&mut self) {
        if let Some(session) = self.session.take()
            && session.client.batch_execute("ROLLBACK").await.is_ok()
        {
            self.session = Some(session);
        }
    }
}

/// A new name. Names that have long not been used are dropped.
async fn name(session: &Session) -> Result<String, Failed> {
    let failed = |error| Failed::at("cannot take a name in the database", error);
    let old = "DELETE FROM mcx_writers WHERE seen < now() - interval '1 day'";
    session.client.batch_execute(old).await.map_err(failed)?;
    let row = session.client.query_one("SELECT gen_random_uuid()::text", &[]).await.map_err(failed)?;
    Ok(row.get(0))
}

/// How many fit into one transaction: one at least.
fn fitting(waiting: &[Work]) -> usize {
    let mut octets = 0;
    let fit = waiting.iter().take_while(|work| {
        octets += work.octets();
        octets <= OCTETS
    });
    fit.count().max(1)
}

fn answer(group: Vec<Work>, plan: Plan) {
    for (work, verdict) in group.into_iter().zip(plan.verdicts) {
        work.answer(verdict.map_err(CommitError::Conflict));
    }
}

fn refuse(group: Vec<Work>, fault: &Fault) {
    for work in group {
        work.answer(Err(CommitError::Fault(fault.clone())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(octets: usize) -> Work {
        Work::Batch(Batch::new().put("", vec![0; octets]), oneshot::channel().0)
    }

    #[test]
    fn a_transaction_is_bounded_in_octets_but_takes_one_batch_whatever_its_size() {
        assert_eq!(fitting(&[put(OCTETS + 1), put(1)]), 1);
        assert_eq!(fitting(&[put(OCTETS - 1), put(1), put(1)]), 2);
        assert_eq!(fitting(&[Work::Expired(vec![]), put(1)]), 2);
    }
}
