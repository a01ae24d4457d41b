//! The border, as two lists.
//!
//! What leaves the system passes `OUTBOUND` (TS 24.379 clause 6.8.2, the exit), what enters it `INBOUND` (6.8.3,
//! the entry). Each step is a named decision; the first that does not continue ends the chain, and its name stands in
//! the log, in the metrics and in no message. Before either list the driver has checked syntax (RFC 3261 16.3), and it
//! looks for loops after.

mod both;
mod inbound;
mod outbound;

pub use both::ALLOWED;
pub(crate) use both::is_ours;
use kit::refusal::{Cause, Refusal};
use sip::{Edits, Message, Response};
use wire::{Arrival, Hop, Vias};

use crate::{
    Gateway, Partner, Partners,
    content::Content,
    metrics::Direction,
    topology::{Dialog, Inward, Stayed},
};

/// The exit: from a server of the own system to a partner.
pub(crate) static OUTBOUND: [Step; 14] = [
    Step { name: "own-system", clause: "TS 33.180 5.12", decide: outbound::own_system },
    Step { name: "options", clause: "RFC 3261 11.2", decide: both::options },
    Step { name: "max-forwards", clause: "RFC 3261 16.3 step 3", decide: both::max_forwards },
    Step { name: "proxy-require", clause: "RFC 3261 16.3 step 5", decide: both::proxy_require },
    Step { name: "method", clause: "RFC 3261 8.2.1", decide: both::method },
    Step { name: "dialog", clause: "RFC 3261 12.2.2", decide: outbound::dialog },
    Step { name: "partner", clause: "TS 24.379 6.8.2 step 1", decide: outbound::partner },
    Step { name: "content", clause: "TS 24.379 6.8.2 step 1", decide: both::content },
    Step { name: "agreement", clause: "TS 24.379 6.8.2 step 2", decide: both::agreement },
    Step { name: "own-identities", clause: "TS 24.379 6.8.2 step 2", decide: outbound::own_identities },
    Step { name: "public-names", clause: "TS 24.379 6.8.2 step 3", decide: outbound::public_names },
    Step { name: "hide-topology", clause: "TS 24.379 6.8.2 step 3", decide: outbound::hide_topology },
    Step { name: "assert-identity", clause: "TS 24.379 6.8.2 step 3", decide: outbound::assert_identity },
    Step { name: "next-hop", clause: "RFC 3261 16.6 step 7", decide: outbound::next_hop },
];

/// The entry: from a partner to a server of the own system.
pub(crate) static INBOUND: [Step; 14] = [
    Step { name: "partner", clause: "RFC 5922 7.2", decide: inbound::partner },
    Step { name: "options", clause: "RFC 3261 11.2", decide: both::options },
    Step { name: "max-forwards", clause: "RFC 3261 16.3 step 3", decide: both::max_forwards },
    Step { name: "proxy-require", clause: "RFC 3261 16.3 step 5", decide: both::proxy_require },
    Step { name: "method", clause: "RFC 3261 8.2.1", decide: both::method },
    Step { name: "route", clause: "RFC 3261 16.4", decide: inbound::route },
    Step { name: "dialog", clause: "RFC 3261 12.2.2", decide: inbound::dialog },
    Step { name: "content", clause: "TS 24.379 6.8.3", decide: both::content },
    Step { name: "agreement", clause: "TS 24.379 6.8.3", decide: both::agreement },
    Step { name: "partners-identities", clause: "TS 24.379 6.8.3", decide: inbound::partners_identities },
    Step { name: "target", clause: "TS 24.379 6.8.3", decide: inbound::target },
    Step { name: "open-topology", clause: "TS 24.379 6.8.3", decide: inbound::open_topology },
    Step { name: "strip-assertions", clause: "RFC 3325 5", decide: inbound::strip_assertions },
    Step { name: "assert-partner", clause: "RFC 3325 9.1", decide: inbound::assert_partner },
];

/// One named decision of a chain.
pub(crate) struct Step {
    /// Its name in logs and metrics.
    pub name: &'static str,
    /// Where the rule comes from.
    pub clause: &'static str,
    /// The decision.
    pub decide: fn(&mut Passage<'_>) -> Verdict,
}

/// What a step decides.
pub(crate) enum Verdict {
    /// The next step may look.
    Continue,
    /// The request goes no further.
    End(End),
}

/// What becomes of a request that goes no further.
pub(crate) enum End {
    /// It is refused.
    Refuse(Refusal),
    /// The gateway itself is whom the request is for, or it refuses with a status that no cause has.
    Respond(Response),
}

impl From<Cause> for Verdict {
    fn from(cause: Cause) -> Self {
        Refusal::from(cause).into()
    }
}

impl From<Refusal> for Verdict {
    fn from(refusal: Refusal) -> Self {
        Self::End(End::Refuse(refusal))
    }
}

impl From<Response> for Verdict {
    fn from(response: Response) -> Self {
        Self::End(End::Respond(response))
    }
}

impl From<Result<(), Refusal>> for Verdict {
    fn from(result: Result<(), Refusal>) -> Self {
        match result {
            Ok(()) => Self::Continue,
            Err(refusal) => refusal.into(),
        }
    }
}

/// One request on its way through a chain, and what the steps have found out about it.
pub(crate) struct Passage<'p> {
    pub gateway: &'p Gateway,
    pub partners: &'p Partners,
    pub request: &'p Message,
    pub arrival: &'p Arrival,
    pub direction: Direction,
    /// Whom it goes to or comes from; set by the step `partner`.
    pub partner: Option<&'p Partner>,
    /// Its bodies; read by the step `content`.
    pub content: Content<'p>,
    /// Every change so far.
    pub edits: Edits,
    pub vias: Vias,
    /// Where it goes; set by the step `next-hop` or `target`.
    pub hop: Option<&'p Hop>,
    /// The dialog that it belongs to; set by the step `dialog`.
    pub dialog: Option<Dialog>,
    /// Where in that dialog it goes inside; set by the same, at the entry.
    pub inward: Option<Box<Inward>>,
    /// What of it stayed inside; counted where it leaves.
    pub stayed: Stayed,
}

/// How a chain ended, and at which step.
pub(crate) struct Ending {
    pub step: &'static Step,
    pub end: End,
}

impl Passage<'_> {
    /// Runs the chain of the request's direction; none where every step continued.
    pub fn run(&mut self) -> Option<Ending> {
        let chain = match self.direction {
            Direction::Outbound => &OUTBOUND,
            Direction::Inbound => &INBOUND,
        };
        chain.iter().find_map(|step| match (step.decide)(self) {
            Verdict::Continue => None,
            Verdict::End(end) => Some(Ending { step, end }),
        })
    }
}
