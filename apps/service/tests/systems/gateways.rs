//! The gateways between the systems: they only assert where a request came from, and do with it what the test wants.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::BytesMut;
use futures::FutureExt as _;
use kit::{Cause, testing::arrival};
use sip::{Edits, Message, Name};
use wire::{Arrival, BoxFuture, Clock, Reply, Service};

/// What becomes of requests towards a system.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Way {
    #[default]
    Open,
    /// Nothing gets through, and whoever asks is told.
    Down,
    /// Nothing gets through, and nobody is told.
    Mute,
    /// Nothing gets through, and whoever asks hears so when its transaction ends: RFC 3261 17.1.2.2, timer F.
    Late,
    /// Everything gets through, and no response comes back.
    Lossy,
    /// Whoever asks is refused for good.
    Refused,
}

pub(super) type Servers = Arc<Mutex<HashMap<String, (Arc<dyn Service>, Way)>>>;

/// How many requests have passed between the systems, and what becomes of one of them.
pub(super) type Fate = Arc<Mutex<(usize, Option<(usize, Way)>)>>;

/// The gateways between a system and all others: they assert where a request came from.
pub(super) struct Gateways {
    pub(super) from: String,
    pub(super) servers: Servers,
    pub(super) fate: Fate,
    pub(super) clock: Arc<dyn Clock>,
}

impl Gateways {
    /// What becomes of this request.
    fn way(&self, usual: Way) -> Way {
        let mut fate = self.fate.lock().unwrap();
        fate.0 += 1;
        match fate.1 {
            Some((number, way)) if number == fate.0 => way,
            _ => usual,
        }
    }
}

impl Service for Gateways {
    fn serve(&self, request: Message, _: Arrival) -> BoxFuture<'static, Reply> {
        let to = String::from_utf8_lossy(request.request_uri()).split('@').nth(1).unwrap().to_owned();
        let (server, way) = self.servers.lock().unwrap().get(&to).cloned().expect("a system");
        let way = self.way(way);
        let message = asserted(&request, &format!("sip:{}", self.from));
        let gateway = format!("mcgw.{to}");
        let silence = self.clock.sleep(Duration::from_secs(32));
        async move {
            match way {
                Way::Late => {
                    silence.await;
                    Cause::TimedOut.response("gateway").into()
                }
                Way::Down => Cause::PartnerUnreachable.response("gateway").into(),
                Way::Mute => futures::future::pending().await,
                Way::Refused => Cause::ProtectionInvalid.response("gateway").into(),
                Way::Open => server.serve(message, arrival("inner", &gateway)).await,
                Way::Lossy => {
                    if let Some(after) = server.serve(message, arrival("inner", &gateway)).await.after {
                        after.await;
                    }
                    futures::future::pending().await
                }
            }
        }
        .boxed()
    }
}

pub(super) fn asserted(request: &Message, identity: &str) -> Message {
    let mut edits = Edits::new();
    edits.set(Name::PAssertedIdentity, format!("<{identity}>").as_bytes());
    let mut out = BytesMut::new();
    edits.apply(request, &mut out);
    Message::parse(out.freeze(), &sip::Limits::STREAM).expect("valid")
}
