//! The subscriber: RFC 6665 clause 4.1.
//!
//! Subscriptions are not kept over a restart: whoever needs one begins it anew, and the notifier learns by 481 that the old one
//! is gone (RFC 6665 4.2.2).

mod drive;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use dialog::{Dialog, Reason, subscriber};
use futures::{FutureExt as _, channel::mpsc};
use sip::{Message, Name, Response};
use wire::{BoxFuture, Hop, Steady, World};
use xml_schemas::ids::Psi;

use super::Answered;
use crate::{
    peer::{Expected, Peer},
    refusal::{Cause, Refusal},
    stop::Done,
    trace::Tracer,
};

/// What a subscription asks for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The service identity subscribed to.
    pub uri: String,
    /// The next hop towards it.
    pub hop: Hop,
    /// Whose NOTIFYs count.
    pub peer: Expected,
    /// The value of Event.
    pub event: String,
    /// The media type of the bodies that come.
    pub accept: &'static str,
    /// For how long, until it is refreshed.
    pub lifetime: Duration,
    /// Content-Type and body.
    pub body: Option<(String, Bytes)>,
}

/// What a subscription brings.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A NOTIFY, which has a body or not.
    Notified(Box<Message>),
    /// It is over, and no new one is tried: with the status of the refusal, where a response refused it.
    Over(Option<u16>),
}

type Told = Arc<dyn Fn(Outcome) -> BoxFuture<'static, Done<()>> + Send + Sync>;

/// All subscriptions of one entity.
#[derive(Clone)]
pub struct Watcher {
    inner: Arc<Inner>,
}

struct Inner {
    world: World,
    /// Machines wait by it.
    steady: Arc<Steady>,
    own: Psi,
    /// Where a terminal is reached within a dialog; a server at its service identity.
    contact: Option<String>,
    table: Mutex<HashMap<Key, Arc<Watching>>>,
    /// Whom a ladder shows as the sender; none until an entity takes it.
    tracer: OnceLock<Tracer>,
}

/// Call-ID and our tag: RFC 6665 4.4.1, the NOTIFY that makes the dialog matches by these.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Key {
    call_id: String,
    tag: String,
}

struct Watching {
    ask: Ask,
    told: Told,
    now: Mutex<Now>,
    steady: Arc<Steady>,
    wake: mpsc::UnboundedSender<subscriber::Action>,
}

struct Now {
    key: Key,
    machine: subscriber::Subscription,
    dialog: Option<Dialog>,
    /// The CSeq number of the SUBSCRIBE that is to begin the dialog.
    sent: u32,
    /// What the last response refused with.
    refused: Option<u16>,
}

/// Holds on to a subscription.
#[derive(Clone)]
pub struct Held {
    watching: Arc<Watching>,
}

impl Held {
    /// Ends it (RFC 6665 4.1.2.3).
    pub fn unsubscribe(&self, world: &World) {
        let now = self.watching.steady.now(&*world.clock);
        let action = self.watching.now().machine.handle(now, subscriber::Input::Unsubscribe);
        self.watching.push(action);
    }

    /// Whether a NOTIFY has said that it is active.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.watching.now().machine.state() == subscriber::State::Active
    }
}

impl Watching {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, action: subscriber::Action) {
        // Nobody listens once it is over.
        let _ = self.wake.unbounded_send(action);
    }
}

impl Watcher {
    /// A subscriber without subscriptions, under this service identity.
    #[must_use]
    pub fn new(world: World, own: Psi) -> Self {
        Self::reached_at(world, own, None)
    }

    /// A terminal's subscriber: it is reached at its contact, and leaves it to its SIP core to say who it is.
    #[must_use]
    pub fn of_terminal(world: World, own: Psi, contact: &str) -> Self {
        Self::reached_at(world, own, Some(contact.to_owned()))
    }

    fn reached_at(world: World, own: Psi, contact: Option<String>) -> Self {
        let steady = Arc::new(Steady::of(&*world.clock));
        let (table, tracer) = (Mutex::default(), OnceLock::new());
        Self { inner: Arc::new(Inner { world, steady, own, contact, table, tracer }) }
    }

    /// The time that machines are told.
    fn time(&self) -> SystemTime {
        self.inner.steady.now(&*self.inner.world.clock)
    }

    /// What it sends is drawn as sent by this entity.
    pub(crate) fn traced_by(&self, tracer: &Tracer) {
        // An entity that is made twice is drawn as the same.
        let _ = self.inner.tracer.set(tracer.clone());
    }

    /// Subscribes, and stays subscribed until it is refused for good or [`Held::unsubscribe`] is called. `told` hears of every
    /// NOTIFY before it is answered, and refuses what it cannot read.
    pub fn subscribe(
        &self,
        ask: Ask,
        told: impl Fn(Outcome) -> BoxFuture<'static, Done<()>> + Send + Sync + 'static,
    ) -> Held {
        let (machine, first) = subscriber::Subscription::new(self.time(), ask.lifetime);
        let (wake, woken) = mpsc::unbounded();
        let key = self.fresh_key();
        let now = Mutex::new(Now { key, machine, dialog: None, sent: 0, refused: None });
        let watching = Arc::new(Watching {
            ask,
            told: Arc::new(told),
            now,
            steady: Arc::clone(&self.inner.steady),
            wake,
        });
        let drive = self.clone().drive(Arc::clone(&watching), first, woken);
        self.inner.world.tasks.spawn(drive.boxed());
        Held { watching }
    }

    /// Answers a NOTIFY.
    ///
    /// # Errors
    /// What whoever subscribed refuses its body with.
    pub async fn notified(&self, peer: &Peer, request: &Message) -> Done<Answered> {
        let gone = || Ok(Answered::from(Response::new(481)));
        let Some(watching) = self.find(request).filter(|watching| watching.ask.peer.is(peer)) else {
            return gone();
        };
        let state = request.typed::<sip::SubscriptionState<'_>>().ok().flatten();
        let Some(state) = state else {
            return Err(Refusal::at(Cause::MalformedMessage, Name::SubscriptionState.canonical()).into());
        };
        if let Some(refused) = received(&watching, request) {
            return Ok(refused.into());
        }
        (watching.told)(Outcome::Notified(Box::new(request.clone()))).await?;
        let seconds = |value: Option<u32>| value.map(|seconds| Duration::from_secs(seconds.into()));
        let input = if state.is_terminated() {
            subscriber::Input::Ended(state.reason().and_then(Reason::read), seconds(state.retry_after()))
        } else {
            let active = state.state.eq_ignore_ascii_case(b"active");
            subscriber::Input::Notified { active, expires: seconds(state.expires()) }
        };
        let action = watching.now().machine.handle(self.time(), input);
        let after = async move { watching.push(action) }.boxed();
        Ok(Answered { response: Response::new(200), after: Some(after) })
    }

    fn find(&self, request: &Message) -> Option<Arc<Watching>> {
        let to = request.typed::<sip::To<'_>>().ok().flatten()?;
        let tag = std::str::from_utf8(to.tag()?).ok()?.to_owned();
        let call_id = std::str::from_utf8(request.call_id()).ok()?.to_owned();
        self.table().get(&Key { call_id, tag }).cloned()
    }

    fn table(&self) -> MutexGuard<'_, HashMap<Key, Arc<Watching>>> {
        self.inner.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fresh_key(&self) -> Key {
        let ids = &self.inner.world.ids;
        Key { call_id: ids.token(), tag: ids.token() }
    }
}

/// The dialog's part of a NOTIFY: the first one makes it, one of another fork has none (RFC 6665 4.4.1), one that is out of order
/// is told so.
fn received(watching: &Watching, request: &Message) -> Option<Response> {
    let mut now = watching.now();
    let sent = now.sent;
    match &mut now.dialog {
        None => match Dialog::notified(request, sent) {
            Ok(dialog) => {
                now.dialog = Some(dialog);
                None
            }
            Err(_) => Some(Response::new(400)),
        },
        Some(dialog) => {
            let of = dialog::Id::of_request(request).ok().flatten();
            if of.as_ref() != Some(dialog.id()) {
                return Some(Response::new(481));
            }
            dialog.receive(request).err().map(|_| Response::new(500))
        }
    }
}
