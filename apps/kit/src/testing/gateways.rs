//! The gateways between the systems of a test: they only assert where a request came from, and do with it what the test wants.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::BytesMut;
use futures::{FutureExt as _, future};
use sip::{Edits, Message, Name};
use wire::{Arrival, BoxFuture, Clock, Reply, Service};

use super::arrival;
use crate::Cause;

/// A client transaction's patience (RFC 3261 17.1.2.2, timer F).
const PATIENCE: Duration = Duration::from_secs(32);

/// What becomes of requests towards a system.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Way {
    /// Everything gets through.
    #[default]
    Open,
    /// Nothing gets through, and whoever asks is told.
    Down,
    /// Nothing gets through, and nobody is told.
    Mute,
    /// Nothing gets through, and whoever asks hears so when its transaction ends.
    Late,
    /// Nothing gets through, and whoever asks is refused so for good.
    Refused(Cause),
    /// Everything gets through, and no response comes back.
    Unanswered,
    /// Everything gets through, and instead of its response a failure comes back.
    Lossy,
    /// Everything gets through twice.
    Twice,
}

/// The server of each system by its domain, and what becomes of requests to it.
pub type Servers = Arc<Mutex<HashMap<String, (Arc<dyn Service>, Way)>>>;

/// How many requests have passed between the systems, and what becomes of one of them.
pub type Fate = Arc<Mutex<(usize, Option<(usize, Way)>)>>;

/// The gateways between a system and all others.
pub struct Gateways {
    /// The domain of the system whose requests come.
    pub from: String,
    /// Where they go.
    pub servers: Servers,
    /// What becomes of one among all.
    pub fate: Fate,
    /// For what takes its time.
    pub clock: Arc<dyn Clock>,
}

impl Gateways {
    /// What becomes of this request.
    fn way(&self, usual: Way) -> Way {
        let mut fate = self.fate.lock().unwrap_or_else(PoisonError::into_inner);
        fate.0 += 1;
        match fate.1 {
            Some((number, way)) if number == fate.0 => way,
            _ => usual,
        }
    }
}

impl Service for Gateways {
    fn serve(&self, request: Message, _: Arrival) -> BoxFuture<'static, Reply> {
        let uri = String::from_utf8_lossy(request.request_uri()).into_owned();
        let to = uri.split('@').nth(1).expect("a domain").to_owned();
        let known = self.servers.lock().unwrap_or_else(PoisonError::into_inner).get(&to).cloned();
        let (server, way) = known.expect("a system");
        let way = self.way(way);
        let message = asserted(&request, &format!("sip:{}", self.from));
        let gateway = format!("mcgw.{to}");
        let came = move || arrival("inner", &gateway);
        let clock = Arc::clone(&self.clock);
        async move {
            match way {
                Way::Open => server.serve(message, came()).await,
                Way::Down => Cause::PartnerUnreachable.response("gateway").into(),
                Way::Mute => future::pending().await,
                Way::Late => {
                    clock.sleep(PATIENCE).await;
                    Cause::TimedOut.response("gateway").into()
                }
                Way::Refused(cause) => cause.response("gateway").into(),
                Way::Unanswered => {
                    finish(server.serve(message, came()).await).await;
                    future::pending().await
                }
                Way::Lossy => {
                    finish(server.serve(message, came()).await).await;
                    Cause::TimedOut.response("gateway").into()
                }
                Way::Twice => {
                    finish(server.serve(message.clone(), came()).await).await;
                    server.serve(message, came()).await
                }
            }
        }
        .boxed()
    }
}

/// What follows once it has been answered.
async fn finish(reply: Reply) {
    if let Some(after) = reply.after {
        after.await;
    }
}

/// A request as an element on its way asserts who sent it.
#[must_use]
pub fn asserted(request: &Message, identity: &str) -> Message {
    let mut edits = Edits::new();
    edits.set(Name::PAssertedIdentity, format!("<{identity}>").as_bytes());
    let mut out = BytesMut::new();
    edits.apply(request, &mut out);
    Message::parse(out.freeze(), &sip::Limits::STREAM).expect("an edited request is valid")
}
