//! The engine for systems that outgrow one machine: tables in PostgreSQL, or in what speaks its protocol.
//!
//! Each process commits over one connection, several batches in one transaction, and reads over a few others. The database
//! keeps itself available, by a standby that somebody promotes; we look for the server that takes writes, and what was under
//! way when the one before it died is settled by asking the new one. A runtime of the engine's own, on one thread, does all of
//! this.

mod address;
mod archive;
mod ask;
mod committer;
mod faults;
mod follow;
mod health;
mod lanes;
mod plan;
mod rows;
mod schema;
mod session;
mod tls;
mod transact;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::channel,
    },
    thread,
    time::Duration,
};

use bytes::Bytes;
use futures::{FutureExt, channel::oneshot, future::BoxFuture, stream::BoxStream};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::{Notify, mpsc},
    time::interval,
};

use crate::{
    Batch, Clock, CommitError, Entry, Event, Fault, Health, Kind, Record, Store, Version, clock::Moment,
    watch::Hub,
};

pub use address::Address;
pub(crate) use archive::{export, import};
pub use schema::Migration;

use address::Shared;
use ask::Ask;
use committer::{Committed, Committer, Work};
use faults::Failed;
use follow::{Follower, Position};
use health::Beat;
use lanes::Lanes;
use rows::{end_of, moment, octets, record};
use session::Session;
use transact::signed;

/// How many batches may wait. More wait only while the database is away.
const QUEUE: usize = 8192;

/// How often is looked for what has expired.
const SWEEP: Duration = Duration::from_secs(1);

/// How many expired records are deleted at once.
const SWEPT: i64 = 256;

/// A store in a database, which other processes may use at the same time. Dropping it waits for the batches that have been
/// handed in, unless the database is away.
pub struct Postgres {
    shared: Arc<Inner>,
    runtime: Handle,
    queue: Option<mpsc::Sender<Work>>,
    thread: Option<thread::JoinHandle<()>>,
}

struct Inner {
    clock: Clock,
    hub: Arc<Hub>,
    beat: Arc<Beat>,
    /// The last version that was acknowledged here.
    newest: Arc<AtomicU64>,
    lanes: Lanes,
}

impl Postgres {
    /// Connects to a database whose tables have been made. What expires by `clock` is deleted about every second; processes on
    /// one database want clocks that agree.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be reached ([`Kind::Unreachable`]), has no tables of ours ([`Kind::Unprepared`]) or those of a
    /// later version of this program ([`Kind::Newer`]).
    pub fn open(address: Address, clock: Clock) -> Result<Self, Fault> {
        let (tell, told) = channel();
        let thread = thread::Builder::new().name("store-postgres".to_owned()).spawn(move || {
            let runtime = match runtime() {
                Ok(runtime) => runtime,
                Err(fault) => return drop(tell.send(Err(fault))),
            };
            match runtime.block_on(start(Arc::new(address), clock)) {
                Ok((shared, queue, committer)) => {
                    let _ = tell.send(Ok((shared, queue, runtime.handle().clone())));
                    runtime.block_on(committer.run());
                }
                Err(failed) => drop(tell.send(Err(failed.fault))),
            }
        });
        let thread = thread.map_err(|why| Fault::new(Kind::Io, "cannot start the store").because(why))?;
        let (shared, queue, runtime) = told.recv().unwrap_or_else(|_| Err(stopped()))?;
        Ok(Self { shared, runtime, queue: Some(queue), thread: Some(thread) })
    }

    /// Makes the tables in a database that has none.
    ///
    /// # Errors
    /// As [`Postgres::open`].
    pub fn migrate(address: &Address) -> Result<Migration, Fault> {
        apart(async {
            let what = format!("cannot use the database {address}");
            let (mut client, _) = session::connect(address, Arc::default(), &what).await?;
            schema::migrate(&mut client).await
        })
    }

    /// Says how the store is: now, and from then on whenever it breaks, could not be reached again, or has been. It is called
    /// on the thread that found out, must not block, and must not use the store.
    pub fn on_health(&self, tell: impl Fn(&Health) + Send + 'static) {
        self.shared.beat.on_health(Box::new(tell));
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed by its own thread, and there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

impl Store for Postgres {
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<Record>, Fault>> {
        let (shared, key, now) = (Arc::clone(&self.shared), key.to_vec(), self.shared.clock.moment());
        self.run(async move {
            let read = |session: Arc<Session>| {
                let key = &key;
                async move { session.query_opt(Ask::Get, [key]).await }
            };
            let found = shared.lanes.read("cannot read a record", read).await?;
            let is_there = |expires: Option<Moment>| expires.is_none_or(|expires| expires > now);
            Ok(found.filter(|row| is_there(moment(row, 1))).map(|row| record(&row, 0)))
        })
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Entry>, Fault>> {
        let (shared, now) = (Arc::clone(&self.shared), signed(self.shared.clock.moment().0));
        let after = after.filter(|after| *after >= prefix);
        let (from, itself) = (after.unwrap_or(prefix).to_vec(), after.is_none());
        let (end, limit) = (end_of(prefix), i64::try_from(limit).unwrap_or(i64::MAX));
        self.run(async move {
            let read = |session: Arc<Session>| {
                let (from, end) = (&from, &end);
                async move {
                    match end {
                        Some(end) => session.query(Ask::Scan, [from, &itself, end, &limit, &now]).await,
                        None => session.query(Ask::ScanToEnd, [from, &itself, &limit, &now]).await,
                    }
                }
            };
            let found = shared.lanes.read("cannot read a range", read).await?;
            let entry = |row| Entry { key: octets(row, 0), record: record(row, 1) };
            Ok(found.iter().map(entry).collect())
        })
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        let refused = |fault: Fault| std::future::ready(Err(fault.into())).boxed();
        let (waits, committed) = oneshot::channel();
        let queued = match &self.queue {
            Some(queue) => queue.try_send(Work::Batch(batch, waits)),
            None => return refused(stopped()),
        };
        match queued {
            Ok(()) => committed.map(|verdict| verdict.unwrap_or_else(|_| Err(stopped().into()))).boxed(),
            Err(mpsc::error::TrySendError::Closed(_)) => refused(stopped()),
            Err(mpsc::error::TrySendError::Full(_)) => refused(Fault::new(
                Kind::Overloaded,
                format!("{QUEUE} commits already wait for the database"),
            )),
        }
    }

    fn watch(&self, prefix: &[u8]) -> BoxStream<'static, Result<Event, Fault>> {
        self.shared.hub.watch(prefix, Version(self.shared.newest.load(Ordering::Acquire)))
    }
}

impl Postgres {
    fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Fault>> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Fault>> {
        let work = self.runtime.spawn(work);
        work.map(|done| done.unwrap_or_else(|_| Err(stopped()))).boxed()
    }
}

type Started = (Arc<Inner>, mpsc::Sender<Work>, Committer);

async fn start(address: Shared, clock: Clock) -> Result<Started, Failed> {
    let session = Session::open(&address).await?;
    let position = Position::now(&session).await?;
    let (hub, beat, hurry) = (Arc::new(Hub::default()), Arc::new(Beat::default()), Arc::new(Notify::new()));
    let (queue, waiting) = mpsc::channel(QUEUE);
    let newest = Arc::new(AtomicU64::new(0));
    let lanes = Lanes::new(Arc::clone(&address), Arc::clone(&beat));
    let committed = Committed { newest: Arc::clone(&newest), tell: Arc::clone(&hurry) };
    let committer =
        Committer::new(Arc::clone(&address), clock.clone(), Arc::clone(&beat), committed, waiting);
    let follower = Follower { address, hub: Arc::clone(&hub), beat: Arc::clone(&beat), hurry, position };
    tokio::spawn(follower.run());
    let shared = Arc::new(Inner { clock, hub, beat, newest, lanes });
    tokio::spawn(sweep(Arc::clone(&shared), queue.downgrade()));
    Ok((shared, queue, committer))
}

/// Hands what has expired to the committer. Where it cannot be read now it is the next time.
async fn sweep(shared: Arc<Inner>, queue: mpsc::WeakSender<Work>) {
    let mut times = interval(SWEEP);
    loop {
        times.tick().await;
        let now = signed(shared.clock.moment().0);
        let read = |session: Arc<Session>| async move { session.query(Ask::Expired, [&now, &SWEPT]).await };
        let Ok(expired) = shared.lanes.read("cannot look for what has expired", read).await else { continue };
        let keys: Vec<Bytes> = expired.iter().map(|row| octets(row, 0)).collect();
        let Some(queue) = queue.upgrade().filter(|_| !keys.is_empty()) else { continue };
        let _ = queue.try_send(Work::Expired(keys));
    }
}

fn runtime() -> Result<Runtime, Fault> {
    let built = Builder::new_current_thread().enable_all().build();
    built.map_err(|why| Fault::new(Kind::Io, "cannot start the store").because(why))
}

/// Does something on a thread and a runtime of its own, whatever the caller's may be.
fn apart<T: Send>(work: impl Future<Output = Result<T, Failed>> + Send) -> Result<T, Fault> {
    let done = thread::scope(|scope| {
        let thread = scope.spawn(|| runtime()?.block_on(work).map_err(|failed| failed.fault));
        thread.join()
    });
    done.unwrap_or_else(|_| Err(stopped()))
}

fn stopped() -> Fault {
    Fault::new(Kind::Closed, "the store was closed")
}
