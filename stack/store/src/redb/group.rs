//! The writer's thread: group commit, and the way back after a fault.

mod pause;

use std::{
    convert::Infallible,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError, channel, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use futures::{FutureExt, channel::oneshot, future::BoxFuture};

use super::{
    engine::{Engine, Failed},
    writer::Writer,
};
use crate::{Batch, Clock, CommitError, Fault, Kind, Version, clock::Moment};
use pause::Pause;

/// How many batches may wait. More wait only when the disk has stopped answering.
const QUEUE: usize = 8192;

/// How many batches share one transaction, so that the first does not wait long for the last.
const GROUP: usize = 256;

/// How long the writer waits for the next of those who have just been answered and come again: together they cost one
/// transaction, and one by one many.
const LINGER: Duration = Duration::from_micros(300);

/// How often the writer looks for what has expired.
const SWEEP: Duration = Duration::from_secs(1);

/// How many pieces of what has expired are deleted in a row.
const PIECES: usize = 8;

/// The way to the writer's thread.
pub(super) struct Group {
    engine: Arc<Engine>,
    queue: Option<SyncSender<Work>>,
    /// Dropped to cut a pause short.
    open: Option<Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

enum Work {
    Commit(Waiting),
    /// A reader has failed; the database may have to be opened again.
    Look(Failed),
}

struct Waiting {
    batch: Batch,
    answer: oneshot::Sender<Result<Version, CommitError>>,
}

impl Group {
    pub(super) fn start(writer: Writer, clock: Clock) -> Result<Self, Fault> {
        let engine = writer.engine();
        let (queue, waiting) = sync_channel(QUEUE);
        let (open, closing) = channel();
        let mut writing = Writing {
            clock,
            swept: Moment(0),
            writer,
            waiting,
            closing,
            group: Vec::with_capacity(GROUP),
            together: 1,
            pause: Pause::default(),
        };
        writing.sweep();
        let thread = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writing.run())
            .map_err(|error| Fault::new(Kind::Io, "cannot start the store's writer").because(error))?;
        Ok(Self { engine, queue: Some(queue), open: Some(open), thread: Some(thread) })
    }

    pub(super) fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        let refused = |fault: Fault| std::future::ready(Err(fault.into())).boxed();
        if let Some(fault) = self.engine.fault() {
            return refused(fault);
        }
        let (answer, committed) = oneshot::channel();
        let stopped = || Fault::new(Kind::Closed, "the store's writer has stopped");
        let queued = match &self.queue {
            Some(queue) => queue.try_send(Work::Commit(Waiting { batch, answer })),
            None => return refused(stopped()),
        };
        match queued {
            Ok(()) => committed.map(move |verdict| verdict.unwrap_or_else(|_| Err(stopped().into()))).boxed(),
            Err(TrySendError::Disconnected(_)) => refused(stopped()),
            Err(TrySendError::Full(_)) => {
                refused(Fault::new(Kind::Overloaded, format!("{QUEUE} commits already wait for the disk")))
            }
        }
    }

    /// Has the writer look after what a reader ran into.
    pub(super) fn look(&self, failed: Failed) {
        if let Some(queue) = &self.queue {
            // Where so many commits wait, the writer runs into the same.
            let _ = queue.try_send(Work::Look(failed));
        }
    }
}

/// What has been handed in is written before the file is closed.
impl Drop for Group {
    fn drop(&mut self) {
        self.queue = None;
        self.open = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the writer has been printed by its own thread, and there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

/// What the writer's thread has.
struct Writing {
    clock: Clock,
    /// When it looked last for what has expired.
    swept: Moment,
    writer: Writer,
    waiting: Receiver<Work>,
    closing: Receiver<Infallible>,
    group: Vec<Waiting>,
    /// How many there were in the last group.
    together: usize,
    pause: Pause,
}

impl Writing {
    fn run(mut self) {
        loop {
            match self.waiting.recv_timeout(SWEEP) {
                Ok(first) => self.serve(first),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.sweep();
            self.mend();
        }
    }

    fn serve(&mut self, first: Work) {
        self.take(first);
        while self.group.len() < GROUP
            && let Some(next) = self.next()
        {
            self.take(next);
        }
        self.together = self.group.len();
        self.mend();
        self.commit();
        self.mend();
    }

    /// Deletes what has expired, in pieces between which commits have their turn. Where it fails the store is mended.
    fn sweep(&mut self) {
        let now = self.clock.moment();
        if u128::from(now.0.abs_diff(self.swept.0)) < SWEEP.as_millis() {
            return;
        }
        for _ in 0..PIECES {
            match self.writer.sweep() {
                Ok(true) => {}
                Ok(false) => return self.swept = now,
                Err(_) => return,
            }
        }
    }

    /// What waits, or comes soon where as many as before have not come yet.
    fn next(&self) -> Option<Work> {
        let waits = self.waiting.try_recv().ok();
        if waits.is_some() || self.group.len() >= self.together {
            return waits;
        }
        self.waiting.recv_timeout(LINGER).ok()
    }

    fn take(&mut self, work: Work) {
        match work {
            Work::Commit(waiting) => self.group.push(waiting),
            Work::Look(failed) => self.writer.engine().close(failed),
        }
    }

    fn commit(&mut self) {
        if self.group.is_empty() {
            return;
        }
        // An answer that nobody waits for any more is no loss: the batch is committed all the same.
        match self.writer.commit(self.group.iter().map(|waiting| &waiting.batch)) {
            Ok((verdicts, told)) => {
                self.pause = Pause::default();
                self.group.drain(..).zip(verdicts).for_each(|(waiting, verdict)| {
                    let _ = waiting.answer.send(verdict.map_err(CommitError::Conflict));
                });
                // After those who wait for their answers: whoever watches what he writes himself knows it by then.
                drop(told);
            }
            Err(fault) => self.refuse(&fault),
        }
    }

    fn refuse(&mut self, fault: &Fault) {
        for waiting in self.group.drain(..) {
            let _ = waiting.answer.send(Err(CommitError::Fault(fault.clone())));
        }
    }

    /// Comes back once the database is open, or the store is being dropped. The first attempt is made at once; whoever
    /// waits through a later one is told so.
    fn mend(&mut self) {
        while let Some(fault) = self.writer.engine().fault() {
            let pause = self.pause.next();
            if !pause.is_zero() {
                self.writer.engine().rest();
                self.refuse_all(&fault);
            }
            let is_closing = self.closing.recv_timeout(pause) != Err(RecvTimeoutError::Timeout);
            if let Err(fault) = self.writer.mend()
                && is_closing
            {
                return self.refuse_all(&fault);
            }
        }
    }

    fn refuse_all(&mut self, fault: &Fault) {
        self.refuse(fault);
        while let Ok(work) = self.waiting.try_recv() {
            self.take(work);
            self.refuse(fault);
        }
    }
}
