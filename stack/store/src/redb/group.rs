//! The writer's thread: group commit.

use std::{
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    thread::{self, JoinHandle},
};

use futures::{FutureExt, channel::oneshot, future::BoxFuture};

use super::writer::Writer;
use crate::{Batch, CommitError, Fault, Kind, Version};

/// How many batches may wait. More wait only when the disk has stopped answering.
const QUEUE: usize = 8192;

/// How many batches share one transaction, so that the first does not wait long for the last.
const GROUP: usize = 256;

/// The way to the writer's thread.
pub(super) struct Group {
    queue: Option<SyncSender<Waiting>>,
    thread: Option<JoinHandle<()>>,
}

struct Waiting {
    batch: Batch,
    answer: oneshot::Sender<Result<Version, CommitError>>,
}

impl Group {
    pub(super) fn start(writer: Writer) -> Result<Self, Fault> {
        let (queue, waiting) = sync_channel(QUEUE);
        let thread = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run(writer, &waiting))
            .map_err(|error| Fault::new(Kind::Io, "cannot start the store's writer").because(error))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub(super) fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        let (answer, committed) = oneshot::channel();
        let closed = || Fault::new(Kind::Closed, "the store's writer has stopped").into();
        let queued = match &self.queue {
            Some(queue) => queue.try_send(Waiting { batch, answer }),
            None => return std::future::ready(Err(closed())).boxed(),
        };
        match queued {
            Ok(()) => committed.map(move |verdict| verdict.unwrap_or_else(|_| Err(closed()))).boxed(),
            Err(TrySendError::Disconnected(_)) => std::future::ready(Err(closed())).boxed(),
            Err(TrySendError::Full(_)) => {
                let what = format!("{QUEUE} commits already wait for the disk");
                std::future::ready(Err(Fault::new(Kind::Overloaded, what).into())).boxed()
            }
        }
    }
}

/// What has been handed in is written before the file is closed.
impl Drop for Group {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the writer has been printed by its own thread, and there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

fn run(mut writer: Writer, waiting: &Receiver<Waiting>) {
    let mut group = Vec::with_capacity(GROUP);
    while let Ok(first) = waiting.recv() {
        group.push(first);
        group.extend(waiting.try_iter().take(GROUP - 1));
        commit(&mut writer, &mut group);
    }
}

fn commit(writer: &mut Writer, group: &mut Vec<Waiting>) {
    let verdicts = writer.commit(group.iter().map(|waiting| &waiting.batch));
    // An answer that nobody waits for any more is no loss: the batch is committed all the same.
    match verdicts {
        Ok(verdicts) => group.drain(..).zip(verdicts).for_each(|(waiting, verdict)| {
            let _ = waiting.answer.send(verdict.map_err(CommitError::Conflict));
        }),
        Err(fault) => group.drain(..).for_each(|waiting| {
            let _ = waiting.answer.send(Err(CommitError::Fault(fault.clone())));
        }),
    }
}
