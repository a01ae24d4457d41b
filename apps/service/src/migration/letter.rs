//! What has still to be told: to a partner system or to a visitor's client. Kept with the act that it tells of, in one commit.

use kit::Impu;
use serde::{Deserialize, Serialize};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::{McServiceId, RequestId},
    lexical::Lexical as _,
    migration::{
        Correlation, MigrationChanged, MigrationEnded, MigrationServiceAuthorizationResponse as Response,
        Outcome, Refusal,
    },
};

use super::record::{Mark, Visit};

/// Before every key of a letter.
pub(super) const LETTERS: &str = "service/migration/letter/";

/// A message that is sent until it is accepted or refused for good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Letter {
    pub to: Addressee,
    pub what: What,
    /// When it is of no use any more, in milliseconds of Unix time.
    pub until: u64,
}

/// Who is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Addressee {
    /// The MC service server of the system of this configured name.
    System(String),
    /// The client at this identity.
    Client(Impu),
    /// A server of the own system.
    Own(Own),
}

/// The servers of the own system that have something for its users.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Own {
    /// The location management server.
    Locations,
    /// The group management server.
    Groups,
}

/// What is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum What {
    /// Steps 8 and 11.
    Answer(Response),
    /// That it is over.
    Ended(MigrationEnded),
    /// That a user of ours has gone, or is back.
    Changed(MigrationChanged),
}

impl Letter {
    /// The answer to a visitor's client: step 11.
    pub(super) fn to_client(visit: &Visit, outcome: Outcome, until: u64) -> Self {
        let answer = Response {
            correlation: visit.towards_client(),
            service: visit.service,
            partner: visit.partner.clone(),
            primary: visit.primary.clone(),
            outcome,
        };
        Self { to: Addressee::Client(visit.asker().0.clone()), what: What::Answer(answer), until }
    }

    /// The notice that a visit is over, to the visitor's client.
    pub(super) fn over(visit: &Visit, reason: Refusal, until: u64) -> Self {
        let request_id = visit.asked_as.clone().unwrap_or_else(|| visit.request_id.clone());
        let ended = ended(visit, request_id, reason);
        Self { to: Addressee::Client(visit.impu.clone()), what: What::Ended(ended), until }
    }

    /// The notices that a visit is over, to the primary system: one for each name under which that may know it.
    pub(super) fn visit_ended(visit: &Visit, reason: &Refusal, until: u64) -> Vec<Self> {
        let named = |request_id: &RequestId| Self {
            to: Addressee::System(visit.system.clone()),
            what: What::Ended(ended(visit, request_id.clone(), reason.clone())),
            until,
        };
        visit.request_ids().map(named).collect()
    }

    /// The notice that a mark is gone, to the migrated system. `fresh` names it where the request named nothing.
    pub(super) fn mark_ended(mark: &Mark, fresh: RequestId, reason: Refusal, until: u64) -> Self {
        let ended = MigrationEnded {
            request_id: mark.request_id.clone().unwrap_or(fresh),
            service: mark.service,
            partner: mark.partner.clone(),
            primary: mark.primary.clone(),
            reason,
        };
        Self { to: Addressee::System(mark.system.clone()), what: What::Ended(ended), until }
    }

    /// Who the user is, here and there.
    pub(super) fn users(&self) -> [&McServiceId; 2] {
        match &self.what {
            What::Answer(answer) => [&answer.partner, &answer.primary],
            What::Ended(ended) => [&ended.partner, &ended.primary],
            What::Changed(changed) => [&changed.primary, &changed.primary],
        }
    }

    pub(super) fn request_id(&self) -> &RequestId {
        match &self.what {
            What::Answer(answer) => answer.correlation.key(),
            What::Ended(ended) => &ended.request_id,
            What::Changed(changed) => &changed.request_id,
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let (is_answer, service, partner, primary, named, refusal) = match &self.what {
            What::Answer(answer) => {
                let refusal = match &answer.outcome {
                    Outcome::Success => None,
                    Outcome::Failure(refusal) => Some(refusal.clone()),
                };
                let named = answer.correlation.request_id();
                (true, answer.service, &answer.partner, &answer.primary, named, refusal)
            }
            What::Ended(ended) => {
                let named = Some(&ended.request_id);
                (false, ended.service, &ended.partner, &ended.primary, named, Some(ended.reason.clone()))
            }
            What::Changed(changed) => {
                let named = Some(&changed.request_id);
                (false, changed.service, &changed.primary, &changed.primary, named, None)
            }
        };
        let (system, client, own) = match &self.to {
            Addressee::System(name) => (Some(name.clone()), None, None),
            Addressee::Client(impu) => (None, Some(impu.as_str().to_owned()), None),
            Addressee::Own(own) => (None, None, Some(*own)),
        };
        let line = Line {
            system,
            client,
            own,
            is_answer,
            service: service.write().into_owned(),
            partner: partner.as_str().to_owned(),
            primary: primary.as_str().to_owned(),
            request: named.map(|id| id.as_str().to_owned()),
            is_success: refusal.is_none(),
            code: refusal.as_ref().and_then(|refusal| refusal.code),
            text: refusal.and_then(|refusal| refusal.text),
            until: self.until,
        };
        serde_json::to_vec(&line).unwrap_or_default()
    }

    /// None where it is no such record.
    pub(super) fn decode(value: &[u8]) -> Option<Self> {
        let line: Line = serde_json::from_slice(value).ok()?;
        let to = match (line.system, line.client, line.own) {
            (Some(name), ..) => Addressee::System(name),
            (None, Some(impu), _) => Addressee::Client(Impu::new(&impu).ok()?),
            (None, None, Some(own)) => Addressee::Own(own),
            (None, None, None) => return None,
        };
        let service = McService::read(&line.service).ok()?;
        let (partner, primary) =
            (McServiceId::new(&line.partner).ok()?, McServiceId::new(&line.primary).ok()?);
        let named = line.request.and_then(|id| RequestId::new(&id).ok());
        let refusal = Refusal { code: line.code, text: line.text };
        let what = if line.is_answer {
            let correlation = match named {
                Some(request_id) => Correlation::named(request_id),
                None => Correlation::by_ids(&partner, &primary),
            };
            let outcome = if line.is_success { Outcome::Success } else { Outcome::Failure(refusal) };
            What::Answer(Response { correlation, service, partner, primary, outcome })
        } else if matches!(to, Addressee::Own(_)) {
            What::Changed(MigrationChanged { request_id: named?, service, primary })
        } else {
            What::Ended(MigrationEnded { request_id: named?, service, partner, primary, reason: refusal })
        };
        Some(Self { to, what, until: line.until })
    }
}

fn ended(visit: &Visit, request_id: RequestId, reason: Refusal) -> MigrationEnded {
    MigrationEnded {
        request_id,
        service: visit.service,
        partner: visit.partner.clone(),
        primary: visit.primary.clone(),
        reason,
    }
}

#[derive(Serialize, Deserialize)]
struct Line {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    system: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    client: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    own: Option<Own>,
    is_answer: bool,
    service: String,
    partner: String,
    primary: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    request: Option<String>,
    is_success: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    text: Option<String>,
    until: u64,
}
