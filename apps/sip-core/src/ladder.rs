//! What the SIP core tells whoever watches a procedure: each request that it relays.

use std::sync::Arc;

use kit::carriage;
use sip::Message;
use wire::{Entry, Kind};

use crate::SipCore;

/// Whom a relayed request is for.
pub(crate) enum To<'a> {
    /// A server of this system.
    Server(&'a Arc<str>),
    /// A user, by address of record; drawn under the name that registers it, as the user's own client is.
    User(&'a str),
}

/// A request passes. What is in it was told by who sent it.
pub(crate) fn relayed(core: &SipCore, request: &Message, to: &To<'_>) {
    let recorder = &core.world().recorder;
    if !recorder.is_listening() {
        return;
    }
    let to = match to {
        To::Server(name) => Arc::clone(name),
        To::User(address) => core.users().owner(address).map_or(*address, |user| &user.username).into(),
    };
    let (flow, what) = carriage::passing(request);
    let kind = Kind::Sent { to, what, detail: String::new() };
    recorder.record(Entry { flow, entity: Arc::clone(&core.config().name), kind });
}
