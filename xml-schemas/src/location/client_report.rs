//! Location management client to location management server: "here I am", or "I do not say".
//! TS 23.280 10.9.2.2, 10.9.3.2 · TS 24.379 13.3: the bodies of F.1 and F.3; a refusal, which F.3 cannot say, on the companion body

use super::{Position, Refusal, client_request::identity, request::missing};
use crate::{
    body::{
        InterconnectionInfo, LocationInfo, McpttInfo,
        interconnection_info::{MessageKind, Outcome},
    },
    flow::{BadBody, Carriage, Flow, Open, Part, body, expect_kind, optional_body},
    ids::{McServiceId, RequestId},
    mime,
};

/// The answer of the target's own client to a [`super::ClientLocationRequest`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClientLocationReport {
    /// M. The request that is answered.
    pub request_id: RequestId,
    /// O. MC service ID of the user who reports. Believed only as far as the connection proves it.
    pub reporter: Option<McServiceId>,
    /// M. The position, or why there is none.
    pub answer: ClientAnswer,
}

/// What a client says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ClientAnswer {
    /// Where the user is.
    Located(Box<Position>),
    /// The user, or the terminal, does not say.
    Refused(Refusal),
}

impl Flow for ClientLocationReport {
    const NAME: &'static str = "client-location-report";
    const CLAUSE: &'static str = "10.9.2.2";
    type Guard = Open;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }
}

impl Carriage for ClientLocationReport {
    fn split(&self) -> Vec<Part<'static>> {
        let calling_user_id = self.reporter.clone().map(Into::into);
        let info = Part::of(&McpttInfo { calling_user_id, ..McpttInfo::default() });
        match &self.answer {
            ClientAnswer::Located(position) => {
                let report = position.to_report(self.reporter.clone(), self.request_id.clone());
                vec![info, Part::of(&LocationInfo { reports: vec![report], ..LocationInfo::default() })]
            }
            ClientAnswer::Refused(refusal) => {
                let kind = MessageKind::Response(mime::kind::CLIENT_LOCATION_REPORT.to_owned().into());
                let companion = InterconnectionInfo {
                    result: Some(refusal.to_result()),
                    ..InterconnectionInfo::new(kind, self.request_id.clone())
                };
                vec![info, Part::of(&companion)]
            }
        }
    }

    fn join(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let info: McpttInfo = body(parts)?;
        let caller = identity(info.calling_user_id, "mcptt-calling-user-id")?;
        match optional_body::<InterconnectionInfo>(parts)? {
            Some(companion) => refused(companion, caller),
            None => located(body(parts)?, caller),
        }
    }
}

fn refused(
    companion: InterconnectionInfo,
    reporter: Option<McServiceId>,
) -> Result<ClientLocationReport, BadBody> {
    expect_kind(&companion, ClientLocationReport::NAME)?;
    let result = companion.result.ok_or_else(|| missing("result"))?;
    if result.outcome != Outcome::Fail {
        return Err(BadBody::Contradiction { rule: "a position is promised and not there" });
    }
    Ok(ClientLocationReport {
        request_id: companion.request_id,
        reporter,
        answer: ClientAnswer::Refused(Refusal::of(&result)),
    })
}

fn located(mut location: LocationInfo, caller: Option<McServiceId>) -> Result<ClientLocationReport, BadBody> {
    let report =
        location.reports.pop().filter(|_| location.reports.is_empty() && location.requests.is_empty());
    let report = report.ok_or(BadBody::Contradiction { rule: "location-info does not hold one report" })?;
    let reporter = match (&report.reporting, caller) {
        (Some(reporting), Some(caller)) if *reporting != caller => {
            return Err(BadBody::Contradiction { rule: "mcptt-reporting-uri is not mcptt-calling-user-id" });
        }
        (reporting, caller) => caller.or_else(|| reporting.clone()),
    };
    let request_id = report.id.clone();
    let request_id = request_id
        .ok_or(BadBody::Contradiction { rule: "a report does not say which request it answers" })?;
    let position = Position::from_report(report)
        .map_err(|_| BadBody::encrypted(mime::LOCATION_INFO, "CurrentLocation"))?;
    Ok(ClientLocationReport { request_id, reporter, answer: ClientAnswer::Located(Box::new(position)) })
}
