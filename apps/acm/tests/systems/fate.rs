//! Gateways between the systems, and what becomes of what passes them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use bytes::BytesMut;
use futures::FutureExt as _;
use kit::{Cause, testing::arrival};
use sip::{Edits, Message, Name};
use wire::{Arrival, BoxFuture, Reply, Service};

/// What becomes of requests towards a system.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Way {
    #[default]
    Open,
    /// Nothing gets through, and whoever asks is told.
    Down,
    /// Nothing gets through, and nobody is told.
    Mute,
    /// Nothing gets through, and whoever asks is told that it never will.
    Refused,
    /// Everything gets through, and instead of its response a failure comes back.
    Lossy,
    /// Everything gets through twice.
    Twice,
}

pub type Servers = Arc<Mutex<HashMap<String, (Arc<dyn Service>, Way)>>>;

/// How many requests have passed between the systems, and what becomes of one of them.
pub type Fate = Arc<Mutex<(usize, Option<(usize, Way)>)>>;

/// The gateways between a system and the other: they assert where a request came from.
pub struct Gateways {
    pub from: String,
    pub servers: Servers,
    pub fate: Fate,
}

impl Gateways {
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
        let came = move || arrival("inner", &gateway);
        async move {
            match way {
                Way::Down => Cause::PartnerUnreachable.response("gateway").into(),
                Way::Refused => Cause::NotPermitted.response("gateway").into(),
                Way::Mute => futures::future::pending().await,
                Way::Open => server.serve(message, came()).await,
                Way::Lossy => {
                    if let Some(after) = server.serve(message, came()).await.after {
                        after.await;
                    }
                    Cause::TimedOut.response("gateway").into()
                }
                Way::Twice => {
                    if let Some(after) = server.serve(message.clone(), came()).await.after {
                        after.await;
                    }
                    server.serve(message, came()).await
                }
            }
        }
        .boxed()
    }
}

pub fn asserted(request: &Message, identity: &str) -> Message {
    let mut edits = Edits::new();
    edits.set(Name::PAssertedIdentity, format!("<{identity}>").as_bytes());
    let mut out = BytesMut::new();
    edits.apply(request, &mut out);
    Message::parse(out.freeze(), &sip::Limits::STREAM).expect("valid")
}
