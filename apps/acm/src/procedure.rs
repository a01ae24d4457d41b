//! What one procedure of TS 23.280 10.17 adds to the life that every request has.
//!
//! ```text
//! the initiator's server   ask ─> may_ask ─> kept ─> forwarded           returned ─> learn ─> kept ─> told
//! the target's server              may_be_asked ─> kept ─> by rule or by a person ─> carry_out ─> returned
//! ```
//!
//! A procedure is a file in [`crate::procedures`] that implements [`Procedure`] and stands in [`crate::procedures::all`]. What it
//! promises is kept by the engine: it is asked again after a restart, at any commit point, until it has said what came of it.

use std::{collections::HashMap, future::Future, sync::Arc};

use kit::{Cause, Cx, Done, Entity, Partner, Permit};
use store::Version;
use wire::BoxFuture;
use xml_schemas::acm::{AcmRequest, Actor, Kind, Refusal};

use crate::{
    Acm,
    book::Effects,
    case::{Case, CaseKey},
    engine,
    policy::HandleRequest,
};

/// The numbers of a clause's steps, by what happens there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Steps {
    /// The clause.
    pub clause: &'static str,
    /// The initiator's client asks.
    pub asked: u8,
    /// His server checks that he may.
    pub authorized: u8,
    /// It forwards the request.
    pub forwarded: u8,
    /// The target's server verifies and keeps it.
    pub kept: u8,
    /// The target logs on, and is notified; where the clause has steps of their own for that.
    pub target_returns: Option<[u8; 2]>,
    /// The request reaches the target's client.
    pub delivered: u8,
    /// The target's client answers.
    pub answered: u8,
    /// The target's server returns the response.
    pub returned: u8,
    /// The initiator's server keeps it.
    pub stored: u8,
    /// The initiator logs off before the answer; where the clause counts that.
    pub initiator_leaves: Option<u8>,
    /// The initiator logs on, and is notified; where the clause has steps of their own for that.
    pub initiator_returns: Option<[u8; 2]>,
    /// The response reaches the initiator's client.
    pub told: u8,
}

/// One procedure of 10.17.
pub trait Procedure: Send + Sync + 'static {
    /// What is asked; its response says what comes back.
    type Request: AcmRequest;

    /// Where in its clause it is.
    const STEPS: Steps;

    /// Whether our user may ask this, apart from whether he may ask at all.
    ///
    /// # Errors
    /// [`kit::Stop`] with the cause that his client is told.
    fn may_ask(cx: &Cx<Acm>, request: &Self::Request) -> impl Future<Output = Done<()>> + Send {
        let _ = (cx, request);
        async { Ok(()) }
    }

    /// Whether that system may ask this, apart from who asks and whom: those are checked before. Where it refers to a document, the
    /// entity tag of that: it is kept with the case ([`Case::meant`]). Nothing may be written for what is not kept yet.
    ///
    /// # Errors
    /// [`kit::Stop::Refused`] with the cause of the refusal that is returned; a fault lets the partner come again.
    fn may_be_asked(
        cx: &Cx<Acm>,
        partner: &Partner,
        request: &Self::Request,
    ) -> impl Future<Output = Done<Option<String>>> + Send {
        let _ = (cx, partner, request);
        async { Ok(None) }
    }

    /// Whether a response is about what the request is about: the same user, users among its users. Who answers whom is checked
    /// apart from that.
    fn fits(request: &Self::Request, response: &<Self::Request as AcmRequest>::Response) -> bool {
        let _ = (request, response);
        true
    }

    /// Does what was decided with a yes, by a rule or by a person alike, and says what came of it. It is called again until it has,
    /// or is called for the last time, so that what it does elsewhere must be safe to repeat; what it changes here goes with the response, in one commit.
    ///
    /// # Errors
    /// [`kit::Stop::Refused`] with a cause below 500: it comes to nothing, for that cause. Whatever else: it is tried again, for as
    /// long as the configuration says; then it comes to nothing too.
    fn carry_out(
        cx: &Cx<Acm>,
        approved: &Approved<Self::Request>,
    ) -> impl Future<Output = Done<CarriedOut<Self::Request>>> + Send;

    /// What was decided has come to this end, whatever it is: what becomes of the procedure's own records of how it was carried out, in
    /// the commit that keeps the end.
    ///
    /// # Errors
    /// A fault has it tried again.
    fn ended(cx: &Cx<Acm>, case: &Case) -> impl Future<Output = Done<Effects>> + Send {
        let _ = (cx, case);
        async { Ok(Effects::none()) }
    }

    /// The response is there: what our own system has to know of it, in the commit that keeps it.
    ///
    /// # Errors
    /// A fault lets the partner come again.
    fn learn(
        cx: &Cx<Acm>,
        case: &Case,
        request: &Self::Request,
        response: &<Self::Request as AcmRequest>::Response,
    ) -> impl Future<Output = Done<Effects>> + Send {
        let _ = (cx, case, request, response);
        async { Ok(Effects::none()) }
    }
}

/// A request that was decided with a yes.
#[derive(Debug)]
pub struct Approved<R: AcmRequest> {
    /// The case.
    pub case: Case,
    /// Which writing of it.
    pub seen: Version,
    /// The system that asks.
    pub partner: Arc<Partner>,
    /// What it asks.
    pub request: R,
    /// What the person answered; none where a rule decided.
    pub said: Option<R::Response>,
    /// Who stands in the response as handler: the person, or this server where a rule decided.
    pub handler: Actor,
    /// Whether it is tried for the last time: what cannot be done now is refused.
    pub is_last: bool,
    /// The proof; effects read their subject here.
    pub permit: Permit<HandleRequest>,
}

impl<R: AcmRequest> Approved<R> {
    /// What the initiator is told of a cause: an agreement may merge unknown with refused.
    #[must_use]
    pub fn refusal(&self, cause: Cause) -> Refusal {
        engine::refusal(cause.seen_by(self.partner.merge_unknown_and_refused))
    }

    /// Why all of this comes to nothing, where each user is refused for a cause: that of the first. Of one who is refused while
    /// others are not the log says it, without naming him.
    pub(crate) fn cause_of(&self, cx: &Cx<Acm>, refused: &[Option<Cause>]) -> Option<Cause> {
        let all: Option<Vec<Cause>> = refused.iter().copied().collect();
        if all.is_none() {
            for cause in refused.iter().flatten() {
                tracing::info!(target: "mcx::acm", entity = %cx.profile().name, flow = cx.flow_id(), %cause, "one of several users is refused");
            }
        }
        all.and_then(|causes| causes.first().copied())
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct CarriedOut<R: AcmRequest> {
    /// What the initiator is answered.
    pub response: R::Response,
    /// What changes here, in the same commit.
    pub effects: Effects,
    /// Why it came to nothing, where the initiator may be told less than that.
    pub cause: Option<Cause>,
    /// Which writing of the case this rests on, where the procedure has written it meanwhile.
    pub seen: Option<Version>,
}

impl<R: AcmRequest> CarriedOut<R> {
    /// This is answered, and nothing else changes here.
    #[must_use]
    pub fn with(response: R::Response) -> Self {
        Self { response, effects: Effects::none(), cause: None, seen: None }
    }
}

/// Every procedure of a server.
#[derive(Default)]
pub struct Procedures {
    rows: HashMap<Kind, Row>,
}

struct Row {
    steps: Steps,
    register: fn(Entity<Acm>) -> Entity<Acm>,
    work: fn(Cx<Acm>, CaseKey) -> BoxFuture<'static, Done<()>>,
}

impl Procedures {
    /// And this one.
    #[must_use]
    pub fn with<P: Procedure>(mut self) -> Self {
        let row = Row { steps: P::STEPS, register: engine::register::<P>, work: engine::work::<P> };
        self.rows.insert(P::Request::KIND, row);
        self
    }

    pub(crate) fn steps(&self, kind: Kind) -> Option<Steps> {
        self.rows.get(&kind).map(|row| row.steps)
    }

    /// Their flows, by the types of their handlers' arguments.
    pub(crate) fn register(&self, entity: Entity<Acm>) -> Entity<Acm> {
        self.rows.values().fold(entity, |entity, row| (row.register)(entity))
    }

    /// What follows from a decision.
    pub(crate) fn work(
        &self,
        kind: Kind,
        cx: Cx<Acm>,
        case: CaseKey,
    ) -> Option<BoxFuture<'static, Done<()>>> {
        self.rows.get(&kind).map(|row| (row.work)(cx, case))
    }
}
