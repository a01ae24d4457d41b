//! The rows that the tables of TS 23.280 10.17.2 have in common.

use super::sheet::{self, Sheet};
use crate::{
    Timestamp,
    body::{
        acm_info::{AcmParams, PartyInfo, Urgency},
        interconnection_info::McService,
    },
    flow::BadBody,
    ids::{FunctionalAlias, McServiceId, RequestId},
};

/// Who did something: who triggered a request, or who handled it.
///
/// Where no person did, but a server by a rule or because it refuses, the ID is that server's public service identity.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Actor {
    /// M. The MC service ID.
    pub id: McServiceId,
    /// O. The functional alias under which he did.
    pub alias: Option<FunctionalAlias>,
}

impl Actor {
    /// A user under his own name.
    #[must_use]
    pub fn user(id: McServiceId) -> Self {
        Self { id, alias: None }
    }
}

/// Whom a message is for: "either the MC service ID or the functional alias" (NOTE of the tables). Where a peer says both,
/// the ID governs.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Addressee {
    /// This user.
    User(McServiceId),
    /// Whoever holds this role when it is delivered.
    Alias(FunctionalAlias),
}

impl Addressee {
    /// The domain of the MC system that the addressee belongs to.
    #[must_use]
    pub fn domain(&self) -> &str {
        match self {
            Self::User(id) => id.domain(),
            Self::Alias(alias) => alias.domain(),
        }
    }

    /// The identity as it is written on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::User(id) => id.as_str(),
            Self::Alias(alias) => alias.as_str(),
        }
    }

    /// The user, where one is named.
    #[must_use]
    pub fn user(&self) -> Option<&McServiceId> {
        match self {
            Self::User(id) => Some(id),
            Self::Alias(_) => None,
        }
    }
}

/// What every request has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Heading {
    /// Ties everything about the request to it, from end to end.
    pub request_id: RequestId,
    /// The MC service concerned, where it is said.
    pub service: Option<McService>,
    /// M, and O its alias. Who triggers the request, in the primary system.
    pub initiator: Actor,
    /// O, see NOTE. Towards whom the request is sent, in the partner system.
    pub target: Addressee,
    /// When the initiator asked; provisional.
    pub time_of_request: Option<Timestamp>,
    /// Until when he wants an answer; provisional.
    pub expires: Option<Timestamp>,
    /// O. How much it hurries.
    pub urgency: Option<Urgency>,
}

/// What every response has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResponseHeading {
    /// That of the request.
    pub request_id: RequestId,
    /// The MC service concerned, where it is said.
    pub service: Option<McService>,
    /// M, and O its alias. Who handled the request, in the partner system.
    pub handler: Actor,
    /// O, see NOTE. Whom the response is for, in the primary system.
    pub target: Addressee,
}

impl Heading {
    /// What a request cannot be without.
    #[must_use]
    pub fn new(request_id: RequestId, initiator: Actor, target: Addressee) -> Self {
        Self {
            request_id,
            service: None,
            initiator,
            target,
            time_of_request: None,
            expires: None,
            urgency: None,
        }
    }

    /// The heading of a response to it, for its initiator.
    #[must_use]
    pub fn answered_by(&self, handler: Actor) -> ResponseHeading {
        ResponseHeading {
            request_id: self.request_id.clone(),
            service: self.service,
            handler,
            target: Addressee::User(self.initiator.id.clone()),
        }
    }

    pub(super) fn read(params: &AcmParams) -> Result<Self, BadBody> {
        Ok(Self {
            request_id: params.request_id.clone(),
            service: params.mc_service,
            initiator: actor(params.initiating.as_ref(), "initiating-party")?,
            target: addressee(params.target.as_ref())?,
            time_of_request: params.time_of_request,
            expires: params.expires,
            urgency: params.urgency,
        })
    }

    pub(super) fn params<F: Sheet>(&self) -> AcmParams {
        self.params_of(F::NAME)
    }

    pub(super) fn params_of(&self, name: &str) -> AcmParams {
        AcmParams {
            mc_service: self.service,
            initiating: Some(self.initiator.to_party()),
            target: Some(self.target.to_party()),
            time_of_request: self.time_of_request,
            expires: self.expires,
            urgency: self.urgency,
            ..AcmParams::new(sheet::message(name), self.request_id.clone())
        }
    }
}

impl ResponseHeading {
    pub(super) fn read(params: &AcmParams) -> Result<Self, BadBody> {
        Ok(Self {
            request_id: params.request_id.clone(),
            service: params.mc_service,
            handler: actor(params.handling.as_ref(), "handling-party")?,
            target: addressee(params.target.as_ref())?,
        })
    }

    pub(super) fn params<F: Sheet>(&self) -> AcmParams {
        AcmParams {
            mc_service: self.service,
            target: Some(self.target.to_party()),
            handling: Some(self.handler.to_party()),
            ..AcmParams::new(sheet::message(F::NAME), self.request_id.clone())
        }
    }
}

impl Actor {
    pub(super) fn to_party(&self) -> PartyInfo {
        PartyInfo::user(self.id.clone(), self.alias.clone())
    }
}

impl Addressee {
    pub(super) fn to_party(&self) -> PartyInfo {
        match self {
            Self::User(id) => PartyInfo::user(id.clone(), None),
            Self::Alias(alias) => PartyInfo::alias(alias.clone()),
        }
    }
}

/// A party whose MC service ID the table marks M.
pub(super) fn actor(party: Option<&PartyInfo>, element: &'static str) -> Result<Actor, BadBody> {
    let party = party.ok_or_else(|| sheet::missing(element))?;
    let id =
        sheet::plain(party.id.as_ref(), "mcs-id")?.ok_or_else(|| sheet::missing_in(element, "mcs-id"))?;
    Ok(Actor { id, alias: sheet::plain(party.alias.as_ref(), "functional-alias-URI")? })
}

/// `target-party`: the reader of the body has seen that it names one at least.
pub(super) fn addressee(party: Option<&PartyInfo>) -> Result<Addressee, BadBody> {
    let party = party.ok_or_else(|| sheet::missing("target-party"))?;
    if let Some(id) = sheet::plain(party.id.as_ref(), "mcs-id")? {
        return Ok(Addressee::User(id));
    }
    let alias = sheet::plain(party.alias.as_ref(), "functional-alias-URI")?;
    alias
        .map(Addressee::Alias)
        .ok_or_else(|| sheet::missing_in("target-party", "mcs-id or functional-alias-URI"))
}

/// The user to whom a message between a client and its own server belongs; a role is none.
pub(super) fn user(party: Option<&PartyInfo>) -> Result<McServiceId, BadBody> {
    actor(party, "target-party").map(|actor| actor.id)
}
