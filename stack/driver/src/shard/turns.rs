//! Whose request is begun next. Of many that come at once few wait for a first turn of the entity's runtime, and the rest here, one of
//! each account after the other: so neither other accounts nor what else the runtime serves waits for all of one burst.

use std::{
    collections::{HashMap, VecDeque},
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use parking_lot::Mutex;
use tokio::runtime::Handle;
use wire::BoxFuture;

/// So many are spawned and have not had their first turn.
const BEGUN: usize = 8;

/// The requests for one node's entity that are not begun, and how many were that still wait for their first turn.
#[derive(Default)]
pub(super) struct Turns(Mutex<State>);

#[derive(Default)]
struct State {
    begun: usize,
    /// In the order of their turns; none is without a request that waits.
    accounts: VecDeque<u64>,
    waiting: HashMap<u64, VecDeque<BoxFuture<'static, ()>>>,
}

impl State {
    /// What is begun in the place of one that has had its first turn.
    fn next(&mut self) -> Option<BoxFuture<'static, ()>> {
        let account = self.accounts.pop_front()?;
        let waiting = self.waiting.get_mut(&account)?;
        let next = waiting.pop_front();
        if waiting.is_empty() {
            self.waiting.remove(&account);
        } else {
            self.accounts.push_back(account);
        }
        next
    }
}

impl Turns {
    /// Begins the work for this account on the runtime, as soon as it is its turn.
    pub(super) fn begin(
        self: &Arc<Self>,
        runtime: &Handle,
        account: u64,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        let mut state = self.0.lock();
        if state.begun < BEGUN && state.accounts.is_empty() {
            state.begun += 1;
            drop(state);
            runtime.spawn(self.first(runtime, Box::pin(work)));
            return;
        }
        let waiting = state.waiting.entry(account).or_default();
        waiting.push_back(Box::pin(work));
        if waiting.len() == 1 {
            state.accounts.push_back(account);
        }
    }

    fn first(self: &Arc<Self>, runtime: &Handle, work: BoxFuture<'static, ()>) -> First {
        First { work, next: Some(Next { turns: Arc::clone(self), runtime: runtime.clone() }) }
    }
}

/// Work that makes room for another once it has had its first turn.
struct First {
    work: BoxFuture<'static, ()>,
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
