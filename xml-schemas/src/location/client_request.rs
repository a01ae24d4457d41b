//! Location management server to location management client: "where are you?"
//! TS 23.280 10.9.2.3, 10.9.3.2 · TS 24.379 13.2.3: the bodies of F.1 and F.3 that any client knows

use super::ClientLocationReport;
use crate::{
    body::{Content, Kept, LocationInfo, McpttInfo, location_info::Request},
    flow::{BadBody, Carriage, Flow, Open, Part, Question, body},
    ids::{McServiceId, RequestId},
    mime,
};

/// A request to the target's own client for a fresh position.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClientLocationRequest {
    /// M. Ties the report to the request. The server's own: the requester's does not travel this far.
    pub request_id: RequestId,
    /// M. MC service ID of the user whose client is asked (`mcptt-request-uri`).
    pub target: McServiceId,
    /// O. Who wants to know (`mcptt-calling-user-id`), where the user is to be asked for permission.
    pub requester: Option<McServiceId>,
}

impl Flow for ClientLocationRequest {
    const NAME: &'static str = "client-location-request";
    const CLAUSE: &'static str = "10.9.2.3";
    type Guard = Open;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }
}

impl Question for ClientLocationRequest {
    type Answer = ClientLocationReport;
}

impl Carriage for ClientLocationRequest {
    fn split(&self) -> Vec<Part<'static>> {
        let info = McpttInfo {
            request_uri: Some(self.target.clone().into()),
            calling_user_id: self.requester.clone().map(Content::from),
            ..McpttInfo::default()
        };
        let request = Request { id: self.request_id.clone(), refresh: Some(true), kept: Kept::default() };
        let location = LocationInfo { requests: vec![request], ..LocationInfo::default() };
        vec![Part::of(&info), Part::of(&location)]
    }

    fn join(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let (info, mut location): (McpttInfo, LocationInfo) = (body(parts)?, body(parts)?);
        let request =
            location.requests.pop().filter(|_| location.requests.is_empty() && location.reports.is_empty());
        let request =
            request.ok_or(BadBody::Contradiction { rule: "location-info does not hold one request" })?;
        let target = identity(info.request_uri, "mcptt-request-uri")?;
        Ok(Self {
            request_id: request.id,
            target: target
                .ok_or(BadBody::Contradiction { rule: "mcptt-request-uri does not say who is asked" })?,
            requester: identity(info.calling_user_id, "mcptt-calling-user-id")?,
        })
    }
}

/// An identity of `mcptt-info` in the clear.
pub(super) fn identity(
    content: Option<Content<McServiceId>>,
    element: &'static str,
) -> Result<Option<McServiceId>, BadBody> {
    match content {
        None => Ok(None),
        Some(Content::Normal(id)) => Ok(Some(id)),
        Some(Content::Encrypted(_)) => Err(BadBody::encrypted(mime::MCPTT_INFO, element)),
    }
}
