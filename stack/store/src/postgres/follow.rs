//! What is committed, by whichever process, told to who watches in this one.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::FutureExt;
use tokio::{
    join,
    sync::Notify,
    time::{sleep, timeout},
};
use tokio_postgres::Row;

use super::{address::Shared, ask::Ask, faults::Failed, health::Beat, session::Session, transact::unsigned};
use crate::{Event, Happened, Version, watch::Hub};

/// How often is looked for changes. A notification hurries it.
const POLL: Duration = Duration::from_millis(200);

/// How long the answer may take.
const ANSWER: Duration = Duration::from_secs(5);

/// How many changes are fetched at once.
const PAGE: i64 = 1000;

/// Up to where changes have been told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Position {
    version: i64,
    ordinal: i32,
}

impl Position {
    /// After all that has been committed.
    pub(super) async fn now(session: &Session) -> Result<Self, Failed> {
        let row = session.query_one(Ask::Position, []).await;
        let row = row.map_err(|error| Failed::at("cannot look for changes", error))?;
        Ok(Self::after(row.get(0)))
    }

    fn after(version: i64) -> Self {
        Self { version, ordinal: i32::MAX }
    }
}

/// Tells changes for as long as the runtime is there.
pub(super) struct Follower {
    pub(super) address: Shared,
    pub(super) hub: Arc<Hub>,
    pub(super) beat: Arc<Beat>,
    /// Says when it is worth looking.
    pub(super) hurry: Arc<Notify>,
    pub(super) position: Position,
}

impl Follower {
    pub(super) async fn run(mut self) {
        loop {
            let failed = self.follow().await;
            self.beat.broken(&failed.fault);
            sleep(POLL).await;
        }
    }

    /// Until the connection fails.
    async fn follow(&mut self) -> Failed {
        let session = match Session::open_and_hear(&self.address, Arc::clone(&self.hurry)).await {
            Ok(session) => session,
            Err(failed) => return failed,
        };
        if let Err(error) = session.client.batch_execute("LISTEN mcx_store").await {
            return Failed::at("cannot listen for changes", error);
        }
        loop {
            match self.look(&session).await {
                Ok(true) => {}
                Ok(false) => drop(timeout(POLL, self.hurry.notified()).await),
                Err(failed) => return failed,
            }
            self.beat.sound();
        }
    }

    /// Tells a page of changes. Says whether there may be more.
    ///
    /// Changes first: what is forgotten between the two answers makes us read again in vain, the other way round we would miss
    /// it.
    async fn look(&mut self, session: &Session) -> Result<bool, Failed> {
        let Position { version, ordinal } = self.position;
        let looking = async {
            join!(
                biased;
                session.query(Ask::Changes, [&version, &ordinal, &PAGE]),
                session.query_one(Ask::Position, []),
            )
        };
        let what = "cannot look for changes";
        let (changes, about) = timeout(ANSWER, looking.boxed()).await.map_err(|_| Failed::silence(what))?;
        let changes = changes.map_err(|error| Failed::at(what, error))?;
        let about = about.map_err(|error| Failed::at(what, error))?;
        let (newest, forgotten): (i64, i64) = (about.get(0), about.get(1));
        if forgotten > version || newest < version {
            // We were too slow, or a standby has taken over that lacks what we have seen.
            self.hub.lag();
            self.position = Position::after(newest);
            return Ok(false);
        }
        if let Some(last) = changes.last() {
            self.position = Position { version: last.get(0), ordinal: last.get(1) };
        }
        self.hub.publish(&changes.iter().map(event).collect::<Vec<_>>());
        Ok(changes.len() as i64 == PAGE)
    }
}

fn event(row: &Row) -> Event {
    Event {
        key: Bytes::copy_from_slice(row.get(2)),
        version: Version(unsigned(row.get(0))),
        change: if row.get(3) { Happened::Deleted } else { Happened::Put },
    }
}
