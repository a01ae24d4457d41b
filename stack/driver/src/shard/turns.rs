//! Whose request is begun next. Of many that come at once few wait for a first turn of the entity's runtime, and the rest here, one of
//! each address and account after the other: so neither other accounts nor what else the runtime serves waits for all of one burst.

use std::{
    collections::{HashMap, VecDeque},
    future::Future,
    hash::Hash,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use parking_lot::Mutex;
use tokio::runtime::Handle;
use wire::BoxFuture;

use crate::subscriber::subscriber;

/// So many are spawned and have not had their first turn; more where more threads serve.
const BEGUN: usize = 8;

type Work = BoxFuture<'static, ()>;

/// Who sends: the address, and below it whom the request is asserted to be of, which nobody may have proved.
pub(super) type Account = (IpAddr, u64);

/// The requests for one node's entity that are not begun, and how many were that still wait for their first turn.
#[derive(Default)]
pub(super) struct Turns(Mutex<State>);

/// Addresses take turns, and the accounts of each: however many names one address writes, others wait for one of them.
#[derive(Default)]
struct State {
    begun: usize,
    peers: Ring<IpAddr, Ring<u64, VecDeque<Work>>>,
}

/// What waits, in the order of the turns; none is empty.
struct Ring<K, Q> {
    order: VecDeque<K>,
    waiting: HashMap<K, Q>,
}

impl<K, Q> Default for Ring<K, Q> {
    fn default() -> Self {
        Self { order: VecDeque::new(), waiting: HashMap::new() }
    }
}

impl<K: Copy + Eq + Hash, Q: Default> Ring<K, Q> {
    fn of(&mut self, key: K) -> &mut Q {
        let order = &mut self.order;
        self.waiting.entry(key).or_insert_with(|| {
            order.push_back(key);
            Q::default()
        })
    }

    /// Takes from whose turn it is, who has another one if that leaves something.
    fn take<T>(&mut self, from: impl FnOnce(&mut Q) -> Option<T>, is_empty: fn(&Q) -> bool) -> Option<T> {
        let key = self.order.pop_front()?;
        let queue = self.waiting.get_mut(&key)?;
        let taken = from(queue);
        if is_empty(queue) {
            self.waiting.remove(&key);
        } else {
            self.order.push_back(key);
        }
        taken
    }
}

impl State {
    /// What is begun in the place of one that has had its first turn.
    fn next(&mut self) -> Option<Work> {
        let of_account =
            |accounts: &mut Ring<_, VecDeque<Work>>| accounts.take(VecDeque::pop_front, VecDeque::is_empty);
        self.peers.take(of_account, |accounts| accounts.order.is_empty())
    }
}

impl Turns {
    /// Begins the work for this account on the runtime, as soon as it is its turn.
    pub(super) fn begin(
        self: &Arc<Self>,
        runtime: &Handle,
        (peer, account): Account,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        // One end may send from each address of a /64.
        let peer = subscriber(peer);
        let mut state = self.0.lock();
        let most = BEGUN.max(2 * runtime.metrics().num_workers());
        if state.begun < most && state.peers.order.is_empty() {
            state.begun += 1;
            drop(state);
            runtime.spawn(self.first(runtime, Box::pin(work)));
            return;
        }
        state.peers.of(peer).of(account).push_back(Box::pin(work));
    }

    fn first(self: &Arc<Self>, runtime: &Handle, work: Work) -> First {
        First { work, next: Some(Next { turns: Arc::clone(self), runtime: runtime.clone() }) }
    }
}

/// Work that makes room for another once it has had its first turn.
struct First {
    work: Work,
    next: Option<Next>,
}

impl Future for First {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // However the turn ends.
        let _next = self.next.take().map(Pass);
        self.work.as_mut().poll(cx)
    }
}

struct Next {
    turns: Arc<Turns>,
    runtime: Handle,
}

/// Gives the place on. Work that is dropped before it had a turn gives none: then the runtime ends.
struct Pass(Next);

impl Drop for Pass {
    fn drop(&mut self) {
        let Next { turns, runtime } = &self.0;
        let mut state = turns.0.lock();
        match state.next() {
            Some(work) => {
                drop(state);
                runtime.spawn(turns.first(runtime, work));
            }
            None => state.begun -= 1,
        }
    }
}

#[cfg(test)]
mod tests;
