//! How a case is kept: one JSON record.

use kit::{Cause, Fault};
use serde::{Deserialize, Serialize};
use xml_schemas::{
    acm::{Actor, Addressee, Kind},
    ids::{FunctionalAlias, McServiceId},
};

use super::{Case, CaseKey, Decision, Kept, Seq, Stage};

/// A record that is none of ours, or of another version of this program. Names the record, not what is in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unreadable(pub(crate) &'static str);

impl From<Unreadable> for Fault {
    fn from(Unreadable(what): Unreadable) -> Self {
        Fault::new(format!("a record of the store cannot be read: {what}"))
    }
}

const STAGES: [(Stage, &str); 9] = [
    (Stage::Asked, "asked"),
    (Stage::Forwarded, "forwarded"),
    (Stage::Stored, "stored"),
    (Stage::Waiting, "waiting"),
    (Stage::Decided, "decided"),
    (Stage::Answered, "answered"),
    (Stage::Refused, "refused"),
    (Stage::Expired, "expired"),
    (Stage::Withdrawn, "withdrawn"),
];

impl Stage {
    /// Its name in records, logs and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        STAGES.iter().find(|(stage, _)| *stage == self).map_or("", |(_, name)| name)
    }

    fn read(text: &str) -> Option<Self> {
        STAGES.iter().find(|(_, name)| *name == text).map(|(stage, _)| *stage)
    }
}

impl Case {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let line = Line {
            partner: self.partner.clone(),
            flow: self.kind.request().to_owned(),
            initiator: Party::of_actor(&self.initiator),
            target: Party::of_addressee(&self.target),
            seq: self.seq.0,
            since: self.since,
            expires: self.expires,
            stage: self.stage.name().to_owned(),
            handler: self.handler.as_ref().map(|id| id.as_str().to_owned()),
            role: self.role.as_ref().map(|alias| alias.as_str().to_owned()),
            client: self.client.clone(),
            decision: self.decision.as_ref().map(|made| DecisionLine {
                is_yes: made.is_yes,
                by: made.by.as_ref().map(Party::of_actor),
                rule: made.rule.clone(),
                at: made.at,
            }),
            meant: self.meant.clone(),
            is_withdrawing: self.is_withdrawing,
            was_asked_back: self.was_asked_back,
            outcome: self.outcome.map(|seq| seq.0),
            is_told: self.is_told,
            is_presumed: self.is_presumed,
            is_brief: self.is_brief,
            cause: self.cause.map(Cause::code),
            ended: self.ended,
            request: self.request.clone(),
            response: self.response.clone(),
        };
        serde_json::to_vec(&line).unwrap_or_default()
    }

    /// # Errors
    /// [`Unreadable`].
    pub(crate) fn decode(key: &CaseKey, value: &[u8]) -> Result<Self, Unreadable> {
        let line: Line = serde_json::from_slice(value).map_err(|_| Unreadable("a case"))?;
        Ok(Self {
            key: key.clone(),
            partner: line.partner,
            kind: Kind::of(&line.flow).ok_or(Unreadable("what a case is about"))?,
            initiator: line.initiator.actor()?,
            target: line.target.addressee()?,
            seq: Seq(line.seq),
            since: line.since,
            expires: line.expires,
            stage: Stage::read(&line.stage).ok_or(Unreadable("the stage of a case"))?,
            handler: line.handler.as_deref().map(id).transpose()?,
            role: line.role.as_deref().map(alias).transpose()?,
            client: line.client,
            decision: line.decision.map(DecisionLine::read).transpose()?,
            meant: line.meant,
            is_withdrawing: line.is_withdrawing,
            was_asked_back: line.was_asked_back || line.is_withdrawing,
            outcome: line.outcome.map(Seq),
            is_told: line.is_told,
            is_presumed: line.is_presumed,
            is_brief: line.is_brief,
            cause: line.cause.and_then(Cause::from_code),
            ended: line.ended,
            request: line.request,
            response: line.response,
        })
    }
}

fn id(text: &str) -> Result<McServiceId, Unreadable> {
    McServiceId::new(text).map_err(|_| Unreadable("an MC service ID"))
}

fn alias(text: &str) -> Result<FunctionalAlias, Unreadable> {
    FunctionalAlias::new(text).map_err(|_| Unreadable("a functional alias"))
}

#[derive(Serialize, Deserialize)]
struct Line {
    #[serde(rename = "sys")]
    partner: String,
    flow: String,
    #[serde(rename = "by")]
    initiator: Party,
    #[serde(rename = "to")]
    target: Party,
    seq: u64,
    since: u64,
    #[serde(rename = "exp", skip_serializing_if = "Option::is_none", default)]
    expires: Option<u64>,
    stage: String,
    #[serde(rename = "hand", skip_serializing_if = "Option::is_none", default)]
    handler: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    role: Option<String>,
    #[serde(rename = "cl", skip_serializing_if = "Option::is_none", default)]
    client: Option<String>,
    #[serde(rename = "dec", skip_serializing_if = "Option::is_none", default)]
    decision: Option<DecisionLine>,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none", default)]
    meant: Option<String>,
    #[serde(rename = "wd", skip_serializing_if = "std::ops::Not::not", default)]
    is_withdrawing: bool,
    #[serde(rename = "back", skip_serializing_if = "std::ops::Not::not", default)]
    was_asked_back: bool,
    #[serde(rename = "out", skip_serializing_if = "Option::is_none", default)]
    outcome: Option<u64>,
    #[serde(rename = "told", skip_serializing_if = "std::ops::Not::not", default)]
    is_told: bool,
    #[serde(rename = "pre", skip_serializing_if = "std::ops::Not::not", default)]
    is_presumed: bool,
    #[serde(rename = "brief", skip_serializing_if = "std::ops::Not::not", default)]
    is_brief: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    cause: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    ended: Option<u64>,
    #[serde(rename = "req")]
    request: Kept,
    #[serde(rename = "resp", skip_serializing_if = "Option::is_none", default)]
    response: Option<Kept>,
}

#[derive(Serialize, Deserialize)]
struct DecisionLine {
    #[serde(rename = "yes")]
    is_yes: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    by: Option<Party>,
    rule: String,
    #[serde(default)]
    at: u64,
}

impl DecisionLine {
    fn read(self) -> Result<Decision, Unreadable> {
        let by = self.by.map(|by| by.actor()).transpose()?;
        Ok(Decision { is_yes: self.is_yes, by, rule: self.rule, at: self.at })
    }
}

/// A party as a record spells it.
#[derive(Clone, Serialize, Deserialize)]
struct Party {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    id: Option<String>,
    #[serde(rename = "fa", skip_serializing_if = "Option::is_none", default)]
    alias: Option<String>,
}

impl Party {
    fn of_actor(actor: &Actor) -> Self {
        let alias = actor.alias.as_ref().map(|alias| alias.as_str().to_owned());
        Self { id: Some(actor.id.as_str().to_owned()), alias }
    }

    fn of_addressee(addressee: &Addressee) -> Self {
        match addressee {
            Addressee::User(id) => Self { id: Some(id.as_str().to_owned()), alias: None },
            Addressee::Alias(alias) => Self { id: None, alias: Some(alias.as_str().to_owned()) },
        }
    }

    fn role(&self) -> Result<Option<FunctionalAlias>, Unreadable> {
        self.alias.as_deref().map(alias).transpose()
    }

    fn actor(&self) -> Result<Actor, Unreadable> {
        let who = self.id.as_deref().ok_or(Unreadable("a party without an ID"))?;
        Ok(Actor { id: id(who)?, alias: self.role()? })
    }

    fn addressee(&self) -> Result<Addressee, Unreadable> {
        match (&self.id, self.role()?) {
            (Some(user), _) => Ok(Addressee::User(id(user)?)),
            (None, Some(alias)) => Ok(Addressee::Alias(alias)),
            (None, None) => Err(Unreadable("a party without a name")),
        }
    }
}
