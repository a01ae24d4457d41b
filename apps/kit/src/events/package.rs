//! What a package of events knows: RFC 6665 clause 5.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use wire::BoxFuture;

use crate::{peer::Peer, stop::Done};

/// What a subscription is about.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Watch {
    /// Names of resources. One that ends in `/` stands for all that begin with it.
    pub resources: Vec<String>,
    /// What else the SUBSCRIBE said of how it wants to be told; the package's own word.
    pub mode: String,
}

impl Watch {
    /// About how many octets it takes.
    #[must_use]
    pub(super) fn octets(&self) -> usize {
        self.resources.iter().map(String::len).fold(self.mode.len(), usize::saturating_add)
    }
}

/// Which state of each resource the subscriber has been told: its entity tag, or nothing for one that is absent.
pub type Told = BTreeMap<String, Option<String>>;

/// Begins what [`once_more`] makes. No entity tag holds it (RFC 9110 clause 8.8.3).
const ONCE_MORE: char = '\u{1}';

/// In [`Told`]: a state that the subscriber knows and is told once more, by a NOTIFY to come. Nothing has such a state. What is gone
/// before its turn comes was known all the while, so that he is told of that.
#[must_use]
pub fn once_more(state: &str) -> String {
    format!("{ONCE_MORE}{}", known(state))
}

/// Whether a state is told once more.
#[must_use]
pub fn is_once_more(state: &str) -> bool {
    state.starts_with(ONCE_MORE)
}

/// The state that the subscriber knows, told once more or not.
#[must_use]
pub fn known(state: &str) -> &str {
    state.strip_prefix(ONCE_MORE).unwrap_or(state)
}

/// The body of a NOTIFY, and what the subscriber knows once it has it.
#[derive(Clone, Debug)]
pub struct Body {
    /// The document; none where there is nothing to tell and the NOTIFY has no body.
    pub bytes: Option<Bytes>,
    /// What is told with it.
    pub told: Told,
    /// Whether it says anything that the subscriber does not know. Where not, no NOTIFY goes for a change alone.
    pub is_news: bool,
    /// Whether there is more to tell than one NOTIFY holds: what `told` lacks follows by another, once this one has been answered. A
    /// fetch, which has one NOTIFY only, is told nothing of what it would get a part of.
    pub is_part: bool,
}

/// The step of a procedure that a NOTIFY is, as a ladder shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// The clause.
    pub clause: &'static str,
    /// Its number there.
    pub number: u8,
    /// The flow that led to it; empty where none did.
    pub flow: String,
}

/// One package.
pub trait Package: Send + Sync + 'static {
    /// The value of Event.
    const NAME: &'static str;
    /// The media type of bodies in NOTIFYs.
    const MEDIA_TYPE: &'static str;

    /// What a SUBSCRIBE of this peer is about, as far as policy lets it.
    ///
    /// Refuses with the cause that the subscriber is told.
    fn watch<'a>(&'a self, peer: &'a Peer, request: &'a sip::Message) -> BoxFuture<'a, Done<Watch>>;

    /// Whether the peer may go on watching: asked at every refresh without a body.
    fn may_still<'a>(&'a self, peer: &'a Peer, watch: &'a Watch) -> BoxFuture<'a, Done<()>>;

    /// Whether the peer may be told now: asked before every NOTIFY that tells anything. A refusal ends the subscription.
    fn may_hear<'a>(&'a self, peer: &'a Peer, watch: &'a Watch) -> BoxFuture<'a, Done<()>> {
        self.may_still(peer, watch)
    }

    /// What a refresh without a body changes of how the peer wants to be told.
    fn renewed(&self, peer: &Peer, request: &sip::Message, watch: Watch) -> Watch {
        let _ = (peer, request);
        watch
    }

    /// What is to be told to whoever knows `told`: everything where that is empty. With `is_whole` everything, known or not, and what
    /// of the known is there no more. A refusal ends the subscription; after a fault it is tried again.
    fn body<'a>(&'a self, watch: &'a Watch, told: &'a Told, is_whole: bool) -> BoxFuture<'a, Done<Body>>;

    /// Which steps it is that this peer, who knew `before`, is told `now`. Asked when the NOTIFY is about to be sent, for ladder and
    /// log alone.
    fn steps<'a>(&'a self, peer: &'a Peer, before: &'a Told, now: &'a Told) -> BoxFuture<'a, Vec<Step>> {
        let _ = (peer, before, now);
        Box::pin(std::future::ready(Vec::new()))
    }
}
