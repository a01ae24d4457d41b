//! The connections over which is read.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};

use super::{address::Shared, faults::Failed, health::Beat, session::Session};
use crate::Fault;

/// How many connections. Each carries many reads at once, so that few do.
const LANES: usize = 4;

/// How long a read is tried again while the database is away.
const PATIENCE: Duration = Duration::from_secs(5);

/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(100);

/// A few connections, each opened when it is needed.
pub(super) struct Lanes {
    address: Shared,
    beat: Arc<Beat>,
    lanes: [Mutex<Option<Arc<Session>>>; LANES],
    turn: AtomicUsize,
}

impl Lanes {
    pub(super) fn new(address: Shared, beat: Arc<Beat>) -> Self {
        Self { address, beat, lanes: Default::default(), turn: AtomicUsize::new(0) }
    }

    /// Reads, and tries again while what goes wrong may pass.
    pub(super) async fn read<T, F>(&self, what: &str, read: impl Fn(Arc<Session>) -> F) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, tokio_postgres::Error>>,
    {
        let mut last = None;
        let reading = async {
            loop {
                match self.once(what, &read).await {
                    Ok(done) => return Ok(done),
                    Err(failed) if failed.passes => last = Some(failed.fault),
                    Err(failed) => return Err(failed.fault),
                }
                sleep(PAUSE).await;
            }
        };
        match timeout(PATIENCE, reading).await {
            Ok(done) => done,
            Err(_) => Err(last.unwrap_or_else(|| Failed::silence(what).fault)),
        }
    }

    async fn once<T, F>(&self, what: &str, read: &impl Fn(Arc<Session>) -> F) -> Result<T, Failed>
    where
        F: Future<Output = Result<T, tokio_postgres::Error>>,
    {
        let session = self.session().await.inspect_err(|failed| self.beat.broken(&failed.fault))?;
        read(session).await.map_err(|error| Failed::at(what, error))
    }

    async fn session(&self) -> Result<Arc<Session>, Failed> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % LANES;
        let mut lane = self.lanes[turn].lock().await;
        if let Some(session) = lane.as_ref().filter(|session| !session.client.is_closed()) {
            return Ok(Arc::clone(session));
        }
        let session = Arc::new(Session::open(&self.address).await?);
        *lane = Some(Arc::clone(&session));
        Ok(session)
    }
}
