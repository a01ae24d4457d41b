//! One message that a partner has still to accept. Kept with the act that it tells of, in one commit.

use kit::Permitted;
use serde::{Deserialize, Serialize};
use xml_schemas::{
    acm::{AcmRequest, Heading, Urgency},
    flow::Flow,
};

use crate::case::{CaseKey, Kept};

/// A message that is sent until it is accepted, or refused for good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Letter {
    /// The system that it is for, by its configured name.
    pub partner: String,
    /// What it follows in order.
    pub lane: String,
    /// What it is about.
    pub case: CaseKey,
    /// Whether it goes before others.
    pub is_urgent: bool,
    /// What is told.
    pub kept: Kept,
    /// For how many milliseconds the partner's server could not judge it, as far as that is kept.
    pub unjudged: u64,
}

impl Letter {
    /// A request, after all that this initiator has asked this target before.
    pub(crate) fn request<F: AcmRequest>(partner: &str, case: &CaseKey, request: &Permitted<F>) -> Self {
        let heading = request.flow().heading();
        Self {
            partner: partner.to_owned(),
            lane: pair(heading),
            case: case.clone(),
            is_urgent: heading.urgency == Some(Urgency::High),
            kept: Kept::of(request.flow()),
            unjudged: 0,
        }
    }

    /// What follows a request on its way, in the lane of its initiator and target.
    pub(crate) fn after_request<F: Flow>(
        partner: &str,
        case: &CaseKey,
        lane: String,
        flow: &Permitted<F>,
    ) -> Self {
        Self { lane, ..Self::about(partner, case, flow) }
    }

    /// Whatever else is said about one request: one after the other, whatever becomes of others.
    pub(crate) fn about<F: Flow>(partner: &str, case: &CaseKey, flow: &Permitted<F>) -> Self {
        Self {
            partner: partner.to_owned(),
            lane: about(case),
            case: case.clone(),
            is_urgent: false,
            kept: Kept::of(flow.flow()),
            unjudged: 0,
        }
    }

    /// Whether it goes in the order of its initiator and target, whichever process tells it.
    pub(crate) fn is_ordered(&self) -> bool {
        self.lane.starts_with(PAIR)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let line = Line {
            partner: self.partner.clone(),
            lane: self.lane.clone(),
            case: self.case.text(),
            is_urgent: self.is_urgent,
            kept: self.kept.clone(),
            unjudged: self.unjudged,
        };
        serde_json::to_vec(&line).unwrap_or_default()
    }

    /// As much of a record as says where it belongs: its partner, its lane, and whether it hurries. None where it is no such record.
    pub(crate) fn place(value: &[u8]) -> Option<Place> {
        serde_json::from_slice(value).ok()
    }

    /// None where it is no such record.
    pub(crate) fn decode(value: &[u8]) -> Option<Self> {
        let line: Line = serde_json::from_slice(value).ok()?;
        let Line { partner, lane, case, is_urgent, kept, unjudged } = line;
        Some(Self { partner, lane, case: CaseKey::read(&case)?, is_urgent, kept, unjudged })
    }
}

/// How such a lane begins.
const PAIR: &str = "r ";

/// The lane of one initiator's requests to one target.
pub(crate) fn pair(heading: &Heading) -> String {
    format!("{PAIR}{} {}", heading.initiator.id.as_str(), heading.target.as_str())
}

/// The lane of what is said about one request.
pub(super) fn about(case: &CaseKey) -> String {
    format!("a {}", case.text())
}

/// Where a letter belongs.
#[derive(Deserialize)]
pub(crate) struct Place {
    #[serde(rename = "to")]
    pub(crate) partner: String,
    pub(crate) lane: String,
    #[serde(rename = "urg", default)]
    pub(crate) is_urgent: bool,
}

#[derive(Serialize, Deserialize)]
struct Line {
    #[serde(rename = "to")]
    partner: String,
    lane: String,
    case: String,
    #[serde(rename = "urg", default)]
    is_urgent: bool,
    #[serde(rename = "what")]
    kept: Kept,
    #[serde(rename = "away", skip_serializing_if = "is_none", default)]
    unjudged: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_none(so_long: &u64) -> bool {
    *so_long == 0
}
