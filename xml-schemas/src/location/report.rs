//! Location management server to location management server: "there they are, as far as I may say."
//! TS 23.280 10.9.2.2, 10.9.3.10.2 steps 6 and 7 · bodies of TS 24.379 F.1, F.3 and `xsd/interconnection-info.xsd`

use std::collections::{HashMap, HashSet};

use super::{
    Position,
    request::{needed, plain, user},
};
use crate::{
    body::{
        Content, InterconnectionInfo, Kept, LocationInfo, McpttInfo,
        interconnection_info::{McService, MessageKind, Outcome, ResultInfo, Target},
        location_info::Report,
    },
    flow::{BadBody, Carriage, Disclose, Flow, Part, body, expect_kind, optional_body},
    ids::{McServiceId, RequestId, SystemId},
    mime,
};

/// The answer to a [`super::LocationRequest`]: for each target a position or why there is none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LocationReport {
    /// M. The request that is answered.
    pub request_id: RequestId,
    /// O. The MC service concerned.
    pub mc_service: Option<McService>,
    /// O. The system that asked.
    pub requesting_system: Option<SystemId>,
    /// O. The system that answers.
    pub target_system: Option<SystemId>,
    /// M. Requesting MC service ID: who asked.
    pub requester: McServiceId,
    /// M. What is known of each target; at least one, none twice.
    pub targets: Vec<TargetReport>,
}

/// What a report says of one target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TargetReport {
    /// Whom it is about.
    pub target: McServiceId,
    /// What it says.
    pub answer: TargetAnswer,
}

/// A position, or why there is none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TargetAnswer {
    /// Where the target is, or was.
    Located(Box<Position>),
    /// Nothing is said, for a cause.
    Refused(Refusal),
}

/// Why a target is not reported: `cause-code` and `cause-text` of the companion body.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Refusal {
    /// The cause as a number, where the peer gave one.
    pub code: Option<u16>,
    /// The cause in words, where the peer gave them.
    pub text: Option<String>,
}

impl LocationReport {
    /// Success for all targets, for some, or for none.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let located =
            self.targets.iter().filter(|target| matches!(target.answer, TargetAnswer::Located(_))).count();
        match located {
            0 => Outcome::Fail,
            all if all == self.targets.len() => Outcome::Success,
            _ => Outcome::Partial,
        }
    }
}

impl Flow for LocationReport {
    const NAME: &'static str = "location-report";
    const CLAUSE: &'static str = "10.9.2.2";
    type Guard = Disclose;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }
}

impl Carriage for LocationReport {
    fn split(&self) -> Vec<Part<'static>> {
        let info = McpttInfo { request_uri: Some(self.requester.clone().into()), ..McpttInfo::default() };
        let reports = self.targets.iter().filter_map(|target| match &target.answer {
            TargetAnswer::Located(position) => {
                Some(position.to_report(Some(target.target.clone()), self.request_id.clone()))
            }
            TargetAnswer::Refused(_) => None,
        });
        let location = LocationInfo { reports: reports.collect(), ..LocationInfo::default() };
        vec![Part::of(&info), Part::of(&location), Part::of(&self.companion())]
    }

    fn join(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let companion: InterconnectionInfo = body(parts)?;
        expect_kind(&companion, Self::NAME)?;
        let info: McpttInfo = body(parts)?;
        // Where no target is reported there may be nothing to put into it.
        let location: LocationInfo = optional_body(parts)?.unwrap_or_default();
        let requester = needed(companion.requesting_id, "requesting-mcs-id")?;
        check_addressee(&info, &requester)?;
        let mut reports = by_reporter(location, &companion.request_id)?;
        let targets = companion
            .targets
            .iter()
            .map(|target| answer(target, &mut reports))
            .collect::<Result<Vec<_>, _>>()?;
        if !all_different(&targets) {
            return Err(BadBody::Contradiction { rule: "a target is in target-list twice" });
        }
        if !reports.is_empty() {
            return Err(BadBody::Contradiction {
                rule: "a report is of a user whom target-list does not report",
            });
        }
        if targets.is_empty() {
            return Err(super::request::missing("target-list"));
        }
        Ok(Self {
            requesting_system: plain(companion.requesting_system, "requesting-mc-system-id")?,
            target_system: plain(companion.target_system, "target-mc-system-id")?,
            request_id: companion.request_id,
            mc_service: companion.mc_service,
            requester,
            targets,
        })
    }
}

impl LocationReport {
    fn companion(&self) -> InterconnectionInfo {
        let kind = MessageKind::Response(mime::kind::LOCATION_REPORT.to_owned().into());
        InterconnectionInfo {
            mc_service: self.mc_service,
            requesting_system: self.requesting_system.clone().map(Content::from),
            target_system: self.target_system.clone().map(Content::from),
            requesting_id: Some(self.requester.clone().into()),
            targets: self.targets.iter().map(TargetReport::to_target).collect(),
            result: Some(ResultInfo::new(self.outcome())),
            ..InterconnectionInfo::new(kind, self.request_id.clone())
        }
    }
}

impl TargetReport {
    fn to_target(&self) -> Target {
        let result = match &self.answer {
            TargetAnswer::Located(_) => ResultInfo::new(Outcome::Success),
            TargetAnswer::Refused(refusal) => refusal.to_result(),
        };
        Target { result: Some(result), ..Target::user(self.target.clone()) }
    }
}

impl Refusal {
    pub(crate) fn to_result(&self) -> ResultInfo {
        ResultInfo {
            cause_code: self.code,
            cause_text: self.text.clone(),
            kept: Kept::default(),
            ..ResultInfo::new(Outcome::Fail)
        }
    }

    pub(crate) fn of(result: &ResultInfo) -> Self {
        Self { code: result.cause_code, text: result.cause_text.clone() }
    }
}

/// `mcptt-request-uri` names the requester. Some systems put a public service identity of the requester's system there,
/// which cannot be told from a user: whatever lies in the requester's domain is taken.
fn check_addressee(info: &McpttInfo, requester: &McServiceId) -> Result<(), BadBody> {
    match &info.request_uri {
        Some(Content::Normal(uri)) if uri.domain() != requester.domain() => {
            Err(BadBody::Contradiction { rule: "mcptt-request-uri is not of the requester's system" })
        }
        _ => Ok(()),
    }
}

/// Each report under the user who reports. `ReportID`, where there is one, must be the request's.
fn by_reporter(location: LocationInfo, id: &RequestId) -> Result<HashMap<McServiceId, Report>, BadBody> {
    let mut reports = HashMap::with_capacity(location.reports.len());
    for report in location.reports {
        if report.id.as_ref().is_some_and(|report_id| report_id != id) {
            return Err(BadBody::Contradiction { rule: "ReportID is not request-id" });
        }
        let Some(reporter) = report.reporting.clone() else {
            return Err(BadBody::Contradiction { rule: "a report does not say who reports" });
        };
        if reports.insert(reporter, report).is_some() {
            return Err(BadBody::Contradiction { rule: "a user is reported twice" });
        }
    }
    Ok(reports)
}

fn all_different(targets: &[TargetReport]) -> bool {
    let mut seen = HashSet::with_capacity(targets.len());
    targets.iter().all(|target| seen.insert(&target.target))
}

/// What is said of one target; its report is taken out, so that what is left over was not asked for, or is doubled.
fn answer(target: &Target, reports: &mut HashMap<McServiceId, Report>) -> Result<TargetReport, BadBody> {
    let id = user(target)?;
    let result = target.result.as_ref().ok_or(BadBody::Contradiction { rule: "a target has no result" })?;
    let answer = match result.outcome {
        Outcome::Success => {
            let report =
                reports.remove(&id).ok_or(BadBody::Contradiction { rule: "a target has no report" })?;
            let position = Position::from_report(report)
                .map_err(|_| BadBody::encrypted(mime::LOCATION_INFO, "CurrentLocation"))?;
            TargetAnswer::Located(Box::new(position))
        }
        Outcome::Fail => TargetAnswer::Refused(Refusal::of(result)),
        Outcome::Partial => {
            return Err(BadBody::Contradiction { rule: "the result of one target is partial" });
        }
    };
    Ok(TargetReport { target: id, answer })
}
