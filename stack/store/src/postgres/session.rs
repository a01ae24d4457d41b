//! One connection to the server that takes writes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::poll_fn;
use tokio::{sync::Notify, time::timeout};
use tokio_postgres::{AsyncMessage, Client, Connection, Error, Row, Socket, error::SqlState, types::ToSql};

use super::{
    address::Address,
    ask::{Ask, Statements},
    faults::Failed,
    schema,
    tls::{Stream, Tls},
};

/// How long finding the server, over all hosts, and preparing the connection may take.
const OPENING: Duration = Duration::from_secs(8);

/// What holds for each connection: a lock is waited for so long only, since its holder may be gone without the server knowing; a
/// transaction that waits for us is ended, since it keeps others from committing; and what is acknowledged is on disk.
const MANNERS: &str = "
SET lock_timeout = '5s';
SET idle_in_transaction_session_timeout = '10s';
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
";

/// What a statement takes.
type With<'w, const N: usize> = [&'w (dyn ToSql + Sync); N];

/// An open connection.
pub(super) struct Session {
    pub(super) client: Client,
    statements: Statements,
    /// Whether the server has warned of something since [`Session::forget_warnings`].
    warned: Arc<AtomicBool>,
}

impl Session {
    /// Connects, and makes sure that the tables are ours.
    pub(super) async fn open(address: &Address) -> Result<Self, Failed> {
        Self::open_and_hear(address, Arc::default()).await
    }

    /// The same, and tells `heard` when a notification comes or the connection ends.
    pub(super) async fn open_and_hear(address: &Address, heard: Arc<Notify>) -> Result<Self, Failed> {
        let what = format!("cannot use the database {address}");
        let opened = timeout(OPENING, Self::set_up(address, heard, &what));
        opened.await.unwrap_or_else(|_| Err(Failed::silence(&what)))
    }

    async fn set_up(address: &Address, heard: Arc<Notify>, what: &str) -> Result<Self, Failed> {
        let (client, warned) = connect(address, heard, what).await?;
        schema::check(&client).await?;
        client.batch_execute(MANNERS).await.map_err(|error| Failed::at(what, error))?;
        let statements = Statements::prepare(&client).await.map_err(|error| Failed::at(what, error))?;
        Ok(Self { client, statements, warned })
    }

    /// Sends a statement at the first poll, and comes back with what was found.
    pub(super) async fn query<const N: usize>(&self, ask: Ask, with: With<'_, N>) -> Result<Vec<Row>, Error> {
        self.client.query(self.statements.of(ask), &with).await
    }

    /// The same where there is one row.
    pub(super) async fn query_one<const N: usize>(&self, ask: Ask, with: With<'_, N>) -> Result<Row, Error> {
        self.client.query_one(self.statements.of(ask), &with).await
    }

    /// The same where there is one row or none.
    pub(super) async fn query_opt<const N: usize>(
        &self,
        ask: Ask,
        with: With<'_, N>,
    ) -> Result<Option<Row>, Error> {
        self.client.query_opt(self.statements.of(ask), &with).await
    }

    /// The same where nothing is found but something done.
    pub(super) async fn execute<const N: usize>(&self, ask: Ask, with: With<'_, N>) -> Result<(), Error> {
        self.client.execute(self.statements.of(ask), &with).await.map(|_| ())
    }

    pub(super) fn forget_warnings(&self) {
        self.warned.store(false, Ordering::Release);
    }

    /// A commit that no standby has confirmed, although it was to, is warned of and nothing else.
    pub(super) fn was_warned(&self) -> bool {
        self.warned.load(Ordering::Acquire)
    }
}

/// A connection whose tables may be anything.
pub(super) async fn connect(
    address: &Address,
    heard: Arc<Notify>,
    what: &str,
) -> Result<(Client, Arc<AtomicBool>), Failed> {
    let connected = address.config.connect::<Tls>(address.tls.clone()).await;
    let (client, connection) = connected.map_err(|error| Failed::at(what, error))?;
    let warned = Arc::new(AtomicBool::new(false));
    tokio::spawn(drive(connection, Arc::clone(&warned), heard));
    Ok((client, warned))
}

/// What goes wrong here is told to who waits for an answer.
async fn drive(mut connection: Connection<Socket, Stream>, warned: Arc<AtomicBool>, heard: Arc<Notify>) {
    loop {
        let next: Option<Result<AsyncMessage, Error>> =
            poll_fn(|context| connection.poll_message(context)).await;
        match next {
            Some(Ok(AsyncMessage::Notification(_))) => heard.notify_one(),
            Some(Ok(AsyncMessage::Notice(notice))) if *notice.code() == SqlState::WARNING => {
                tracing::warn!(message = notice.message(), "the database warns");
                warned.store(true, Ordering::Release);
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return heard.notify_one(),
        }
    }
}
