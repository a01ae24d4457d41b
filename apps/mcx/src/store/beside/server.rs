//! The side of the process that has the file.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use store::{CommitError, Store};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{UnixListener, UnixStream},
    sync::Semaphore,
    task::AbortHandle,
    time::timeout,
};

use super::{
    frame::{Answer, LARGEST, Question},
    socket,
};

/// Who uses it at once; whoever comes then waits until one of them has gone.
const CONNECTIONS: usize = 8;

/// How long somebody who has a place may say nothing, or not take what he is told: a command line that hangs keeps nobody out.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long accepting rests when the machine has no room for another connection.
const REST: Duration = Duration::from_millis(100);

/// An open socket beside a store's file; closed, and gone, when dropped.
pub(crate) struct Door {
    path: PathBuf,
    task: AbortHandle,
}

impl Door {
    /// Lets the owner of this file in, who may read it as well by himself. On the runtime that this is called in.
    ///
    /// # Errors
    /// The socket cannot be made.
    pub(crate) fn open(file: &Path, store: Arc<dyn Store>) -> io::Result<Self> {
        Self::patient(file, store, PATIENCE)
    }

    pub(super) fn patient(file: &Path, store: Arc<dyn Store>, patience: Duration) -> io::Result<Self> {
        let (path, owner) = (socket(file), fs::metadata(file)?.uid());
        // The file is ours: what lies there is of a process that is no more.
        match fs::remove_file(&path) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        let task = tokio::spawn(accept(listener, (store, patience), owner)).abort_handle();
        Ok(Self { path, task })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort();
        let _ = fs::remove_file(&self.path);
    }
}

async fn accept(listener: UnixListener, (store, patience): (Arc<dyn Store>, Duration), owner: u32) {
    let free = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // Nobody closes it.
        let Ok(place) = Arc::clone(&free).acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(why) => {
                tracing::warn!(%why, "accepting an operator's connection to the store");
                tokio::time::sleep(REST).await;
                continue;
            }
        };
        // Between its making and its mode somebody else may have come.
        let is_owner = stream.peer_cred().is_ok_and(|peer| peer.uid() == owner || peer.uid() == 0);
        if is_owner {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                if let Err(why) = serve(stream, &*store, patience).await {
                    tracing::debug!(%why, "an operator's connection to the store ended");
                }
                drop(place);
            });
        }
    }
}

async fn serve(mut stream: UnixStream, store: &dyn Store, patience: Duration) -> io::Result<()> {
    while let Some(question) = timeout(patience, question(&mut stream)).await?? {
        let answer = fitting(answer(question, store).await.encode());
        let length = u32::try_from(answer.len()).unwrap_or(u32::MAX).to_be_bytes();
        for part in [&length[..], &answer] {
            timeout(patience, stream.write_all(part)).await??;
        }
    }
    Ok(())
}

/// None where there is none any more.
async fn question(stream: &mut UnixStream) -> io::Result<Option<Question>> {
    let mut length = [0; 4];
    match stream.read_exact(&mut length).await {
        Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    };
    let length = u32::from_be_bytes(length);
    if length > LARGEST {
        return Err(io::Error::other("a message that is too long"));
    }
    let mut question = Vec::new();
    stream.take(length.into()).read_to_end(&mut question).await?;
    let question = Question::decode(Bytes::from(question));
    question.map(Some).ok_or_else(|| io::Error::other("a message of another release"))
}

fn fitting(answer: Bytes) -> Bytes {
    if answer.len() <= LARGEST as usize {
        answer
    } else {
        Answer::Fault("there is more than one message holds".to_owned()).encode()
    }
}

async fn answer(question: Question, store: &dyn Store) -> Answer {
    let read = match question {
        Question::Get(key) => store.get(&key).await.map(Answer::Record),
        Question::Scan { prefix, after, limit } => {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            store.scan(&prefix, after.as_deref(), limit).await.map(Answer::Entries)
        }
        Question::Commit(batch) => match store.commit(batch).await {
            Ok(version) => Ok(Answer::Done(version)),
            Err(CommitError::Conflict(conflict)) => Ok(Answer::Conflict(conflict.key)),
            Err(CommitError::Fault(fault)) => Err(fault),
        },
    };
    read.unwrap_or_else(|fault| Answer::Fault(fault.to_string()))
}
