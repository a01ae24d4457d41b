//! What has still to be told: to a partner system or to a visitor's client. Kept with the act that it tells of, in one commit.

use std::collections::BTreeSet;

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
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Addressee {
    /// The MC service server of the system of this configured name.
    System(String),
    /// The client at this identity.
    Client(Impu),
    /// A server of the own system.
    Own(Own),
}

/// The servers of the own system that have something for its users.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
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
    /// That users of ours have gone, or are back.
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

    /// A notice to an own server with none of these users in it; none where it says nothing more.
    pub(super) fn without(self, users: &BTreeSet<McServiceId>) -> Option<Self> {
        let What::Changed(mut changed) = self.what else { return Some(self) };
        changed.users.retain(|user| !users.contains(user));
        let is_something = !changed.users.is_empty();
        is_something.then_some(Self { what: What::Changed(changed), ..self })
    }

    /// Who the user is, here and there.
    pub(super) fn users(&self) -> Vec<&McServiceId> {
        match &self.what {
            What::Answer(answer) => vec![&answer.partner, &answer.primary],
            What::Ended(ended) => vec![&ended.partner, &ended.primary],
            What::Changed(changed) => changed.users.iter().collect(),
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
        let mut line = Line { until: self.until, ..Line::default() };
        match &self.to {
            Addressee::System(name) => line.system = Some(name.clone()),
            Addressee::Client(impu) => line.client = Some(impu.as_str().to_owned()),
            Addressee::Own(own) => line.own = Some(*own),
        }
        let (service, ids, named, refusal) = match &self.what {
            What::Answer(answer) => {
                line.is_answer = true;
                let refusal = match &answer.outcome {
                    Outcome::Success => None,
                    Outcome::Failure(refusal) => Some(refusal),
                };
                let named = answer.correlation.request_id();
                (answer.service, Some((&answer.partner, &answer.primary)), named, refusal)
            }
            What::Ended(ended) => {
                let ids = (&ended.partner, &ended.primary);
                (ended.service, Some(ids), Some(&ended.request_id), Some(&ended.reason))
            }
            What::Changed(changed) => {
                let others = changed.users.iter().skip(1);
                line.others = others.map(|other| other.as_str().to_owned()).collect();
                let first = changed.users.first().map(|first| (first, first));
                (changed.service, first, Some(&changed.request_id), None)
            }
        };
        line.service = service.write().into_owned();
        if let Some((partner, primary)) = ids {
            (line.partner, line.primary) = (partner.as_str().to_owned(), primary.as_str().to_owned());
        }
        line.request = named.map(|id| id.as_str().to_owned());
        line.is_success = refusal.is_none();
        line.code = refusal.and_then(|refusal| refusal.code);
        line.text = refusal.and_then(|refusal| refusal.text.clone());
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
            let others = line.others.iter().map(|other| McServiceId::new(other));
            let users = std::iter::once(Ok(primary)).chain(others).collect::<Result<_, _>>().ok()?;
            What::Changed(MigrationChanged { request_id: named?, service, users })
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

#[derive(Default, Serialize, Deserialize)]
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
    /// Whom else a notice to an own server is about.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    others: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    request: Option<String>,
    is_success: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    text: Option<String>,
    until: u64,
}
