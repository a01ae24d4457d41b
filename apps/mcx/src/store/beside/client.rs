//! The command line's side: a store like any other, whose calls wait for the process that has the file.

use std::{
    io::{self, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use driver::SystemClock;
use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::BoxStream};
use store::{Batch, CommitError, Conflict, Entry, Event, Fault, Kind, Record, Store, Version};
use wire::Clock as _;

use super::frame::{Answer, LARGEST, Question};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// After so long without a question another connection is made for the next: the process has no patience for one that says nothing.
const RESTED: Duration = Duration::from_secs(5);

/// A store that another process has. Nobody watches it from here.
///
/// There is no connection any more once an exchange has failed on it: what comes late would answer the next question.
pub(crate) struct Beside {
    socket: PathBuf,
    patience: Duration,
    rested: Duration,
    /// With the time of its last answer.
    connection: Mutex<Option<(UnixStream, Instant)>>,
}

impl Beside {
    /// By the socket of this name.
    ///
    /// # Errors
    /// Nobody listens there, or does not let us in.
    pub(crate) fn connect(socket: &Path) -> io::Result<Self> {
        Self::patient(socket, PATIENCE, RESTED)
    }

    pub(super) fn patient(socket: &Path, patience: Duration, rested: Duration) -> io::Result<Self> {
        let connection = Mutex::new(Some((open(socket, patience)?, SystemClock.now())));
        Ok(Self { socket: socket.to_owned(), patience, rested, connection })
    }

    fn ask(&self, question: &Question) -> Result<Answer, Fault> {
        let failed = |why: io::Error| {
            Fault::new(Kind::Unreachable, format!("the process that has the store does not answer: {why}"))
        };
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut stream, last) =
            connection.take().ok_or_else(|| failed(io::ErrorKind::NotConnected.into()))?;
        if SystemClock.now().saturating_duration_since(last) >= self.rested {
            stream = open(&self.socket, self.patience).map_err(failed)?;
        }
        let answer = exchange(&mut stream, question).map_err(failed)?;
        *connection = Some((stream, SystemClock.now()));
        match answer {
            Answer::Fault(why) => Err(Fault::new(Kind::Io, why)),
            answer => Ok(answer),
        }
    }
}

fn open(socket: &Path, patience: Duration) -> io::Result<UnixStream> {
    let stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    Ok(stream)
}

fn exchange(stream: &mut UnixStream, question: &Question) -> io::Result<Answer> {
    let question = question.encode();
    let length = u32::try_from(question.len()).ok().filter(|length| *length <= LARGEST);
    let length = length.ok_or_else(|| io::Error::other("it is too much for one message"))?;
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(&question)?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length > LARGEST {
        return Err(io::Error::other("the answer is too long"));
    }
    let mut answer = vec![0; length as usize];
    stream.read_exact(&mut answer)?;
    Answer::decode(Bytes::from(answer)).ok_or_else(|| io::Error::other("what it says is of another release"))
}

fn strange<T>() -> Result<T, Fault> {
    Err(Fault::new(Kind::Io, "the process that has the store answers another question"))
}

impl Store for Beside {
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<Record>, Fault>> {
        let question = Question::Get(Bytes::copy_from_slice(key));
        async move {
            match self.ask(&question)? {
                Answer::Record(record) => Ok(record),
                _ => strange(),
            }
        }
        .boxed()
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Entry>, Fault>> {
        let (prefix, after) = (Bytes::copy_from_slice(prefix), after.map(Bytes::copy_from_slice));
        let question = Question::Scan { prefix, after, limit: limit as u64 };
        async move {
            match self.ask(&question)? {
                Answer::Entries(entries) => Ok(entries),
                _ => strange(),
            }
        }
        .boxed()
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        async move {
            match self.ask(&Question::Commit(batch)).map_err(CommitError::Fault)? {
                Answer::Done(version) => Ok(version),
                Answer::Conflict(key) => Err(CommitError::Conflict(Conflict { key })),
                _ => strange().map_err(CommitError::Fault),
            }
        }
        .boxed()
    }

    fn watch(&self, _: &[u8]) -> BoxStream<'static, Result<Event, Fault>> {
        futures::stream::pending().boxed()
    }
}
