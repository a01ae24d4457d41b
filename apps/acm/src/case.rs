//! One request between users of two MC systems, as one ACM server keeps it: TS 23.280 10.17.
//!
//! ```text
//! the initiator's server   asked ─> forwarded ─> stored or decided ─┬─> answered | refused | expired | withdrawn
//!                            └─────────────────────────────────────-┘   as soon as the partner, or what lies between, says so
//! the target's server      waiting ─┬─> decided ─> answered | refused
//!                                   └─> refused | expired | withdrawn
//! ```
//!
//! The target's server owns the outcome: at the initiator's nothing ends a case but what the partner said, a refusal for good on the
//! way there, or that there is nobody any more who could answer, or nothing that could be read.

mod kept;
mod key;
mod record;

pub use kept::Kept;
pub use key::{CaseKey, Seq, Side};
pub use record::Unreadable;

use std::borrow::Cow;

use kit::Cause;
use xml_schemas::{
    acm::{Actor, Addressee, Kind, Request},
    ids::{FunctionalAlias, McServiceId},
};

/// How far a request is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stage {
    /// Asked by our user, and not known to have reached the partner.
    Asked,
    /// The partner's server has accepted it.
    Forwarded,
    /// The partner's server has said that it is stored (process indication).
    Stored,
    /// A partner's user asks; somebody here has to say.
    Waiting,
    /// It has been decided, by a rule there or here; what follows from the decision is being done.
    Decided,
    /// It has been answered.
    Answered,
    /// It has been refused.
    Refused,
    /// Its time ran out before an answer.
    Expired,
    /// Its initiator took it back before an answer.
    Withdrawn,
}

impl Stage {
    /// Whether nothing comes after it.
    #[must_use]
    pub fn is_end(self) -> bool {
        matches!(self, Self::Answered | Self::Refused | Self::Expired | Self::Withdrawn)
    }
}

/// Who decided, and what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// Whether it is a yes.
    pub is_yes: bool,
    /// The user who said so; none where a rule did (10.17.3.2).
    pub by: Option<Actor>,
    /// The name of the rule that decided, or that asked the user.
    pub rule: String,
    /// When, in milliseconds of Unix time.
    pub at: u64,
}

/// A request and what is known of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Case {
    /// Which one.
    pub key: CaseKey,
    /// The other MC system, by its configured name.
    pub partner: String,
    /// What is asked.
    pub kind: Kind,
    /// Who asks.
    pub initiator: Actor,
    /// Whom the request names.
    pub target: Addressee,
    /// Its place among the requests of this server.
    pub seq: Seq,
    /// When this server took it, in milliseconds of Unix time.
    pub since: u64,
    /// Until when an answer is wanted, in milliseconds of Unix time.
    pub expires: Option<u64>,
    /// How far it is.
    pub stage: Stage,
    /// Who has it now. At the target's server, who is to handle the request: the target, the chosen holder of its alias, or whom
    /// policy named. At the initiator's, from its end on, whom the response is for. None where nobody holds the alias.
    pub handler: Option<McServiceId>,
    /// The alias through which that is so; chosen again when its holders change.
    pub role: Option<FunctionalAlias>,
    /// On which of his clients that is active, by the name under which the client holds it; none where that is not known.
    pub client: Option<String>,
    /// What was decided here.
    pub decision: Option<Decision>,
    /// The entity tag of the document that the request refers to, as it was when the request came; none where it refers to none.
    pub meant: Option<String>,
    /// Whether the initiator has asked to take it back, and it is not known what came of that.
    pub is_withdrawing: bool,
    /// Whether he ever has: only then does the partner's word on a withdrawal count.
    pub was_asked_back: bool,
    /// The message in which the initiator's server was last told what came of a withdrawal.
    pub outcome: Option<Seq>,
    /// Whether the initiator's client has accepted the response.
    pub is_told: bool,
    /// Whether it ended by what lies between the two servers, so that the partner's own word would count more.
    pub is_presumed: bool,
    /// Whether it ended as it came: then no more of it is kept than knows its repeat, and for less long.
    pub is_brief: bool,
    /// Why it was refused.
    pub cause: Option<Cause>,
    /// When it ended, in milliseconds of Unix time.
    pub ended: Option<u64>,
    /// The request, as it was taken.
    pub request: Kept,
    /// The person's response while it is decided; from its end on, what the initiator is told.
    pub response: Option<Kept>,
}

impl Case {
    /// A request as it was taken, with nothing done about it.
    #[must_use]
    pub fn new(key: CaseKey, partner: &str, request: &Request, seq: Seq, since: u64, stage: Stage) -> Self {
        let heading = request.heading();
        let expires = heading.expires.map(|expires| u64::try_from(expires.unix_ms()).unwrap_or_default());
        Self {
            key,
            partner: partner.to_owned(),
            kind: request.kind(),
            initiator: heading.initiator.clone(),
            target: heading.target.clone(),
            seq,
            since,
            expires,
            stage,
            handler: None,
            role: None,
            client: None,
            decision: None,
            meant: None,
            is_withdrawing: false,
            was_asked_back: false,
            outcome: None,
            is_told: false,
            is_presumed: false,
            is_brief: false,
            cause: None,
            ended: None,
            request: Kept::request(request),
            response: None,
        }
    }

    /// Whether its time has run out.
    #[must_use]
    pub fn is_over(&self, now: u64) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// For how many it counts once it has ended: the request, and what it was answered.
    #[must_use]
    pub fn weight(&self) -> usize {
        Kept::weight_of(std::iter::once(&self.request).chain(&self.response))
    }

    /// What is kept of it. A partner's request that ended without a person's word is never asked for again, but by its repeat: of what
    /// is long there, digests are left, so that nobody fills a store with what he takes back or lets expire.
    #[must_use]
    pub(crate) fn kept(&self) -> Cow<'_, Self> {
        let is_persons = self.decision.as_ref().is_some_and(|decision| decision.by.is_some());
        if !self.stage.is_end() || is_persons || self.key.side() == Side::Asked {
            return Cow::Borrowed(self);
        }
        let response = self.response.as_ref().map(Kept::brief);
        Cow::Owned(Self { request: self.request.brief(), response, ..self.clone() })
    }

    /// The same, ended.
    #[must_use]
    pub fn end(self, stage: Stage, cause: Option<Cause>, now: u64) -> Self {
        Self { stage, cause, ended: Some(now), is_withdrawing: false, ..self }
    }
}
