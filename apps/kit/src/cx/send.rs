//! Sending a flow, in a SIP MESSAGE of its own.

use std::{collections::BTreeMap, sync::Arc};

use wire::{Hop, WireError};
use xml_schemas::{
    flow::Flow,
    ids::{Psi, RequestId},
};

use super::{Cx, Profile};
use crate::{
    carriage::{self, Envelope, Protection},
    partner::{Partner, Way},
    peer::{Impu, Peer},
    pending::Key,
    permit::Permitted,
    refusal::Cause,
    stop::{Done, Fault, Stop},
};

/// Whom a flow is for.
#[derive(Clone, Copy, Debug)]
pub enum To<'a> {
    /// The same function of an interconnected MC system, at its public service identity.
    Partner(&'a Partner),
    /// A registered user's client, through the own SIP core.
    User(&'a Impu),
    /// Of such a user's terminals the one alone whose contact states this `+sip.instance` (RFC 5626 4.1). Where none does, he counts as
    /// logged off.
    Terminal(&'a Impu, &'a str),
    /// An own server.
    Server(&'a OwnServer),
}

/// An own server, as configured: an MC service server, or the entity's own for a client.
#[derive(Clone, Debug)]
pub struct OwnServer {
    /// The domain that its certificate proves; what [`Peer::server`] says of its requests.
    pub identity: Arc<str>,
    /// Its public service identity.
    pub psi: Psi,
    /// The next hop towards it.
    pub hop: Hop,
}

/// Why a flow was not accepted, as far as anybody has said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Untold {
    /// Whom it is for has refused it, or it could not be sent.
    Refused(Stop),
    /// Somebody on the way has, by a 4xx or 6xx without a cause of ours: it came no further.
    TurnedAway(Cause),
    /// The way broke off, or somebody on it answered 5xx without a cause of ours: it may have been accepted all the same.
    Broken(Cause),
    /// Whom it is for has not answered in time (RFC 3261 17.1.2.2, timer F), or somebody on the way says so (408, 504 without a cause of
    /// ours): it may have been accepted all the same.
    Unanswered(Cause),
}

impl From<Untold> for Stop {
    fn from(untold: Untold) -> Self {
        match untold {
            Untold::Refused(stop) => stop,
            Untold::TurnedAway(cause) | Untold::Broken(cause) | Untold::Unanswered(cause) => cause.into(),
        }
    }
}

impl From<Stop> for Untold {
    fn from(stop: Stop) -> Self {
        Self::Refused(stop)
    }
}

impl From<Fault> for Untold {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault.into())
    }
}

impl<S> Cx<S> {
    /// Sends a flow and awaits its acceptance.
    ///
    /// # Errors
    /// [`crate::Stop::Refused`] with the other side's cause, or [`Cause::PartnerUnreachable`] where no answer comes.
    pub async fn tell<F: Flow>(&self, to: To<'_>, flow: &Permitted<F>) -> Done<()> {
        Ok(self.try_tell(to, flow).await?)
    }

    /// The same, for whoever tells a refusal from an answer that was lost.
    ///
    /// # Errors
    /// [`Untold`], as far as is known.
    pub async fn try_tell<F: Flow>(&self, to: To<'_>, flow: &Permitted<F>) -> Result<(), Untold> {
        let flow = flow.flow();
        let parts = flow.split();
        let name = || carriage::known_as(&parts, F::NAME);
        let (uri, hop) = self.route(to, name)?;
        let Profile { psi, asserts, .. } = self.profile();
        let envelope = Envelope { uri: &uri, own: psi, asserts: *asserts, ids: &*self.world().ids };
        let request = match self.protection(to) {
            Some(protection) => carriage::compose_protected(&envelope, &parts, &protection)?,
            None => carriage::compose(&envelope, &parts)?,
        };
        let what = || format!("MESSAGE {}", name());
        let request = match to {
            To::Terminal(_, instance) => carriage::for_terminal(request, instance)?,
            _ => request,
        };
        self.tracer().sent(self.flow_or(flow.request_id()), &hop.name, what, || carriage::summary(&parts));
        let answer = self.world().wire.request(request, hop).await.map_err(|error| {
            self.unanswered(flow.request_id().as_str(), &error);
            let cause = Cause::from(&error);
            if error == WireError::Timeout { Untold::Unanswered(cause) } else { Untold::Broken(cause) }
        })?;
        let (cause, is_told) = (Cause::from_response(&answer.response), Cause::is_told(&answer.response));
        match answer.response.status() {
            Some(200..=299) => Ok(()),
            _ if is_told => Err(Untold::Refused(cause.into())),
            Some(408 | 504) => Err(Untold::Unanswered(cause)),
            Some(500..=599) => Err(Untold::Broken(cause)),
            _ => Err(Untold::TurnedAway(cause)),
        }
    }

    /// What nobody answered is told of, but not what was on its way when the process itself ended.
    pub(super) fn unanswered(&self, flow: &str, error: &WireError) {
        let entity = &self.profile().name;
        match error {
            WireError::Closed => tracing::debug!(target: "mcx::wire", %entity, flow, %error),
            _ => tracing::warn!(target: "mcx::wire", %entity, flow, %error),
        }
    }

    /// Request-URI and next hop.
    fn route(&self, to: To<'_>, flow: impl FnOnce() -> String) -> Done<(String, Hop)> {
        match to {
            To::Partner(partner) => self.route_abroad(partner, flow),
            To::User(impu) | To::Terminal(impu, _) => {
                let core = self.profile().core.clone();
                let core = core.ok_or_else(|| Fault::new("no SIP core is configured to reach users by"))?;
                Ok((impu.as_str().to_owned(), core))
            }
            To::Server(server) => Ok((server.psi.as_str().to_owned(), server.hop.clone())),
        }
    }

    fn route_abroad(&self, partner: &Partner, flow: impl FnOnce() -> String) -> Done<(String, Hop)> {
        // Through gateways the agreement is the gateways' to enforce; without them there is nobody else.
        if partner.way == Way::Direct && !partner.outbound.allows(&flow()) {
            return Err(Cause::NotPermitted.into());
        }
        let service = partner.services.get(self.profile().function).ok_or(Cause::UnknownTarget)?;
        let hop = partner.hop.clone().ok_or(Cause::PartnerUnreachable)?;
        Ok((service.to_string(), hop))
    }

    /// What was agreed on the protection of bodies. Own servers are known by their connections, and share no key.
    fn protection(&self, to: To<'_>) -> Option<Arc<Protection>> {
        match to {
            To::Partner(partner) => self.partners().protection(&partner.name).cloned(),
            To::User(user) | To::Terminal(user, _) => self.profile().protected.get(user).cloned(),
            To::Server(_) => None,
        }
    }

    /// Whose answer to expect.
    pub(super) fn expected(&self, to: To<'_>) -> Peer {
        match to {
            To::Partner(partner) => Peer::of_partner(self.partners().addressed(partner)),
            To::User(impu) | To::Terminal(impu, _) => Peer::of_user(impu.clone()),
            To::Server(server) => Peer::of_server(Arc::clone(&server.identity)),
        }
    }

    /// A request that is no flow's MESSAGE leaves: told to whoever draws ladders.
    pub fn sent(&self, to: &Arc<str>, what: impl FnOnce() -> String, summary: impl FnOnce() -> String) {
        self.tracer().sent(self.flow_id(), to, what, summary);
    }

    /// A fresh `request-id`.
    ///
    /// # Errors
    /// [`Fault`] where the world's identifiers are not such.
    pub fn fresh_request_id(&self) -> Result<RequestId, Fault> {
        RequestId::new(&self.world().ids.uuid()).map_err(|error| Fault::new(error.to_string()))
    }

    /// Hands an answer to the [`Cx::ask`] that awaits it from this very peer.
    ///
    /// # Errors
    /// [`Cause::UnmatchedReport`] where nobody does.
    pub fn hand_over<F: Flow>(&self, from: &Peer, answer: F) -> Result<(), Cause> {
        let key = Key { peer: from.clone(), request_id: answer.request_id().clone() };
        self.pending().answer(&key, Box::new(answer))
    }

    /// A report is dropped: it was not asked for. Recorded, and otherwise without effect.
    pub(crate) fn drop_report(&self, what: &str, from: &Peer, why: &'static str) {
        tracing::warn!(target: "mcx::dropped", entity = %self.profile().name, flow = self.flow_id(), what, ?from, why);
        self.decided("accept-report", "refuse unmatched-report", why);
    }

    /// What came of the parts of a request, as of each of several targets: given, or not for a cause. Each is counted with the partner who
    /// asked for it or was asked, and each cause has a line of the log. Whom they are about is not said.
    pub fn parts_ended(
        &self,
        flow: &'static str,
        partner: Option<&Partner>,
        parts: impl IntoIterator<Item = Option<Cause>>,
    ) {
        let (name, mut refused) = (partner.map(|partner| &*partner.name), BTreeMap::<_, usize>::new());
        for cause in parts {
            self.counters().part(flow, name, cause);
            if let Some(cause) = cause {
                *refused.entry(cause.name()).or_default() += 1;
            }
        }
        let (entity, partner) = (&self.profile().name, name.unwrap_or_default());
        for (cause, count) in refused {
            tracing::info!(target: "mcx::refused", %entity, flow = self.flow_id(), of = flow, partner, cause, count, "not given");
        }
    }

    /// A part of a partner's report is dropped: it was not asked of that partner. Recorded, and otherwise without effect.
    pub fn drop_result(&self, from: &Partner, why: &'static str) {
        let (entity, flow) = (&self.profile().name, self.flow_id());
        tracing::warn!(target: "mcx::dropped", %entity, flow, from = %from.name, why);
        self.decided("accept-result", "refuse unmatched-report", why);
    }
}
