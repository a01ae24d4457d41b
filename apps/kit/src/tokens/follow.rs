//! Keys that are fetched: over HTTP from where the operator says, never from where a token says.
//!
//! The set is fetched every [`RemoteConfig::every`], so that a key that is withdrawn is known here soon. A token of a key that is
//! not known has it fetched at once, but not again within [`LEAST`]: whoever sends such tokens causes no more than that.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures::{
    StreamExt as _,
    channel::{mpsc, oneshot},
    future::{Either, select},
};
use http::{Request, StatusCode};
use wire::{Hop, World};

use super::{Inner, Tokens, issuer::Issuer, revoked::Revoked};

/// Not more often than this are keys fetched because a token names one that is not known.
const LEAST: Duration = Duration::from_secs(5);

/// So often is tried again what has never been had: the server may start after us.
const SOON: Duration = Duration::from_secs(1);

/// So many fetches fail before anybody is told.
const PATIENCE: u32 = 3;

/// Larger than any set of keys.
const LARGEST_SET: usize = 256 << 10;

/// More pages than a list of what is revoked has.
const PAGES: usize = 1_024;

/// How many wait for a fetch at once. Beyond, nobody waits: the token does not count.
const WAITING: usize = 1_024;

/// Where an issuer's keys are fetched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RemoteConfig {
    /// Its JSON Web Key Set: `jwks_uri` of its discovery document.
    pub jwks: String,
    /// What it has revoked, where it tells (`revoked_uri`).
    pub revoked: Option<String>,
    /// The hop that both are fetched by.
    pub server: crate::config::HopConfig,
    /// How often.
    pub every: Duration,
    /// How long keys count that could not be fetched again.
    pub keep: Duration,
}

/// An issuer's keys, from afar.
pub(super) struct Remote {
    config: RemoteConfig,
    wake: mpsc::Sender<()>,
    woken: Mutex<Option<mpsc::Receiver<()>>>,
    state: Mutex<State>,
    /// How many fetches have failed one after the other.
    fails: AtomicU32,
}

#[derive(Default)]
struct State {
    /// When the last fetch ended, well or not.
    ended: Option<SystemTime>,
    /// When the last one ended well.
    fetched: Option<SystemTime>,
    waiting: Vec<oneshot::Sender<()>>,
}

impl Remote {
    pub(super) fn new(config: RemoteConfig) -> Self {
        let (wake, woken) = mpsc::channel(1);
        let (woken, state) = (Mutex::new(Some(woken)), Mutex::default());
        Self { config, wake, woken, state, fails: AtomicU32::new(0) }
    }

    /// Has the keys fetched, unless they just have been. What is returned resolves once they are. Keys that were never had are
    /// waited for until the next attempt, which comes by itself.
    pub(super) fn ask(&self, now: SystemTime) -> Option<oneshot::Receiver<()>> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.state();
        let just = |ended: SystemTime| now.duration_since(ended).is_ok_and(|since| since < LEAST);
        let (just, begun) = (state.ended.is_some_and(just), state.fetched.is_some());
        if state.waiting.len() >= WAITING {
            state.waiting.retain(|waiter| !waiter.is_canceled());
        }
        if just && begun || state.waiting.len() >= WAITING {
            return None;
        }
        state.waiting.push(sender);
        drop(state);
        if !just {
            // A full channel has somebody's wish in it already.
            let _ = self.wake.clone().try_send(());
        }
        Some(receiver)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes wrong again and again, told once: a server that starts with us, or ends with us, is not there at some moment.
    fn told(&self, issuer: &str, failed: Option<&str>) {
        match failed {
            Some(why) => {
                if self.fails.fetch_add(1, Ordering::Relaxed) + 1 == PATIENCE {
                    tracing::warn!(%issuer, %why, "the keys of access tokens cannot be fetched");
                }
            }
            None => {
                if self.fails.swap(0, Ordering::Relaxed) >= PATIENCE {
                    tracing::info!(%issuer, "the keys of access tokens can be fetched again");
                }
            }
        }
    }
}

impl Tokens {
    /// Begins to fetch the keys of those issuers whose keys are fetched, and goes on for as long as somebody holds these tokens.
    /// Once.
    pub fn follow(&self, world: &World) {
        for (index, issuer) in self.0.issuers.iter().enumerate() {
            let Some(remote) = &issuer.remote else { continue };
            let woken = remote.woken.lock().unwrap_or_else(PoisonError::into_inner).take();
            let Some(woken) = woken else { continue };
            let work = follow(Arc::downgrade(&self.0), index, world.clone(), woken);
            world.tasks.spawn(Box::pin(work));
        }
    }
}

async fn follow(tokens: Weak<Inner>, index: usize, world: World, mut woken: mpsc::Receiver<()>) {
    loop {
        let every = {
            let Some(held) = tokens.upgrade() else { return };
            let Some((issuer, remote)) = held.remote(index) else { return };
            let failed = fetch(&held, index, issuer, remote, &world).await.err();
            remote.told(&issuer.name, failed.as_deref());
            ended(&held, index, remote, failed.is_none(), world.clock.wall());
            let is_begun = remote.state().fetched.is_some();
            if is_begun { remote.config.every } else { remote.config.every.min(SOON) }
        };
        if let Either::Left((None, _)) = select(woken.next(), world.clock.sleep(every)).await {
            return;
        }
    }
}

/// Whoever waits is told, and keys that could not be fetched for too long are forgotten.
fn ended(tokens: &Inner, index: usize, remote: &Remote, well: bool, now: SystemTime) {
    let (waiting, outdated) = {
        let mut state = remote.state();
        state.ended = Some(now);
        if well {
            state.fetched = Some(now);
        }
        let outdated =
            |fetched: SystemTime| now.duration_since(fetched).is_ok_and(|age| age > remote.config.keep);
        (std::mem::take(&mut state.waiting), state.fetched.is_some_and(outdated))
    };
    if outdated && tokens.issuers.get(index).is_some_and(Issuer::forget) {
        tokens.withdraw(index);
    }
    for waiter in waiting {
        let _ = waiter.send(());
    }
}

async fn fetch(
    tokens: &Inner,
    index: usize,
    issuer: &Issuer,
    remote: &Remote,
    world: &World,
) -> Result<(), String> {
    let hop = remote.config.server.hop();
    let jwks = keys(world, remote, hop.clone()).await;
    // What is revoked is had before any key counts: a token that was revoked before we began is never taken.
    let listed = match &remote.config.revoked {
        Some(uri) => revoked(world, &issuer.name, (uri, hop)).await,
        None => Ok(Revoked::default()),
    };
    if listed.is_err() && remote.state().fetched.is_none() {
        return listed.map(drop);
    }
    // Neither waits for the other: where the keys cannot be had, those that are known go on, and what is revoked ends.
    let is_new = listed.as_ref().is_ok_and(|revoked| revoked.says_more_than(&issuer.revoked.load()));
    let listed = listed.map(|revoked| issuer.revoked.store(Arc::new(revoked)));
    let replaced = jwks.and_then(|jwks| issuer.replace(&jwks));
    if is_new || replaced.as_ref().is_ok_and(|is_changed| *is_changed) {
        tokens.withdraw(index);
    }
    if is_new {
        tokens.tell();
    }
    replaced.map(drop).and(listed)
}

async fn keys(world: &World, remote: &Remote, hop: Hop) -> Result<Bytes, String> {
    let jwks = get(world, &remote.config.jwks, hop).await?;
    if jwks.len() > LARGEST_SET {
        return Err(format!("the key set has more than {LARGEST_SET} octets"));
    }
    Ok(jwks)
}

/// All pages of the list of what an issuer has revoked.
async fn revoked(world: &World, issuer: &str, (uri, hop): (&str, Hop)) -> Result<Revoked, String> {
    let (mut all, mut page) = (Revoked::default(), get(world, uri, hop.clone()).await?);
    for _ in 0..PAGES {
        let Some(next) = all.take(issuer, &page)? else { return Ok(all) };
        page = get(world, &format!("{uri}?after={next}"), hop.clone()).await?;
    }
    Err(format!("what is revoked has more than {PAGES} pages"))
}

/// # Errors
/// What has failed, with the URI: keys and what is revoked may be had of one and not of the other.
async fn get(world: &World, uri: &str, hop: Hop) -> Result<Bytes, String> {
    let request = Request::get(uri).header("accept", "application/json").body(Bytes::new());
    let request = request.map_err(|why| why.to_string())?;
    let response = world.web.fetch(request, hop).await.map_err(|why| format!("{uri}: {why}"))?;
    if response.status() != StatusCode::OK {
        return Err(format!("{uri} is answered {}", response.status()));
    }
    Ok(response.into_body())
}

#[cfg(test)]
mod tests;
