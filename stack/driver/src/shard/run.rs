//! One shard and its tasks.

use std::{
    cell::RefCell,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::{Rc, Weak},
    sync::Arc,
};

use tokio::{
    sync::{mpsc::UnboundedReceiver, watch},
    task::LocalSet,
};

use super::{
    alarm::Alarm, common::Common, core::Core, egress::Names, inbox::Letter, listen::Accepting, udp::Port,
};
use crate::tasks::{caught, describe};

/// Letters taken at once.
const LETTERS: usize = 64;

pub(super) struct Shard {
    pub(super) common: Arc<Common>,
    core: RefCell<Core>,
    alarm: Alarm,
}

/// What a shard has bound, before it runs.
pub(super) struct Sockets {
    pub(super) ports: Vec<Rc<Port>>,
    pub(super) listeners: Vec<Accepting>,
    pub(super) names: Names,
}

/// Says, when it goes, that a shard's sockets are closed.
struct Running(Arc<Common>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.send_modify(|running| *running = running.saturating_sub(1));
    }
}

impl Shard {
    /// Runs until the node stops. Dropping the task set then ends whatever the shard has started.
    pub(super) async fn run(
        common: Arc<Common>,
        index: u16,
        sockets: Sockets,
        inbox: UnboundedReceiver<Letter>,
    ) {
        let mut stopped = common.stopped.subscribe();
        // Dropped last, when the tasks and their sockets are gone.
        let _running = Running(common.clone());
        let tasks = LocalSet::new();
        let main = async {
            let Sockets { ports, listeners, names } = sockets;
            let shard = Rc::new_cyclic(|me: &Weak<Self>| Self {
                core: RefCell::new(Core::new(common.clone(), index, me.clone(), names, ports.clone())),
                alarm: Alarm::default(),
                common,
            });
            ports.into_iter().for_each(|port| shard.spawn(port.receive(shard.clone())));
            listeners.into_iter().for_each(|listener| shard.spawn(listener.accept(shard.clone())));
            shard.spawn(shard.clone().watch_timers());
            shard.spawn(shard.clone().read_letters(inbox));
            wait(&mut stopped).await;
        };
        tasks.run_until(main).await;
    }

    /// Handles one event, or a batch of events that came together.
    pub(super) fn enter<R>(&self, handle: impl FnOnce(&mut Core) -> R) -> R {
        let mut core = self.core.borrow_mut();
        core.now = self.common.env.clock.now();
        let outcome = handle(&mut core);
        core.flush();
        let next = core.next_timeout();
        drop(core);
        self.alarm.set(next);
        outcome
    }

    /// Runs a task of this shard. A panic in it ends only itself and is counted.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        let metrics = self.common.metrics.clone();
        tokio::task::spawn_local(async move {
            if let Err(what) = caught(task).await {
                metrics.panicked();
                tracing::error!(panic = %what, "a shard's task panicked");
            }
        });
    }

    async fn watch_timers(self: Rc<Self>) {
        loop {
            self.alarm.ring().await;
            while self.enter(Core::expire) {
                tokio::task::yield_now().await;
            }
        }
    }

    async fn read_letters(self: Rc<Self>, mut inbox: UnboundedReceiver<Letter>) {
        let mut letters = Vec::with_capacity(LETTERS);
        while inbox.recv_many(&mut letters, LETTERS).await > 0 {
            self.enter(|core| letters.drain(..).for_each(|letter| core.guarded(|core| core.letter(letter))));
        }
    }
}

impl Core {
    /// Handles one message of a batch so that a panic costs that message only.
    pub(super) fn guarded(&mut self, handle: impl FnOnce(&mut Self)) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| handle(self))) {
            self.common.metrics.panicked();
            tracing::error!(panic = %describe(&*panic), "a message made the shard panic");
        }
    }
}

async fn wait(stopped: &mut watch::Receiver<bool>) {
    // An error means that nobody is left who could stop the node, which is the same.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
