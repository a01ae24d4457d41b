//! "Change the members of this group." TS 23.280 10.17.2 (group membership update) · schema `xsd/acm-info.xsd`

use super::{
    AcmRequest, AcmResponse, Actor, Heading, Kind, Outcome, Refusal, ResponseHeading,
    sheet::{self, Sheet},
};
use crate::{
    body::acm_info::{AcmParams, Entry, GroupOperation},
    flow::{Ask, BadBody, Disclose, Flow},
    ids::{GroupId, McServiceId, RequestId},
    mime::kind,
};

/// Users to be made members of a group, or to be members no longer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupMembershipUpdateRequest {
    /// The rows that every request has.
    pub heading: Heading,
    /// M. MC service group ID.
    pub group: GroupId,
    /// M. MC service ID list; at least one, none twice.
    pub users: Vec<McServiceId>,
    /// M. Operation: add or delete.
    pub operation: GroupOperation,
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupMembershipUpdateResponse {
    /// The rows that every response has. The target's MC service ID, which this table alone marks M, may be its alias here too.
    pub heading: ResponseHeading,
    /// M. Result.
    pub result: Outcome,
}

impl GroupMembershipUpdateRequest {
    /// The response to it.
    #[must_use]
    pub fn answer(&self, handler: Actor, result: Outcome) -> GroupMembershipUpdateResponse {
        GroupMembershipUpdateResponse { heading: self.heading.answered_by(handler), result }
    }
}

impl Flow for GroupMembershipUpdateRequest {
    const NAME: &'static str = kind::ACM_GROUP_MEMBERSHIP_REQUEST;
    const CLAUSE: &'static str = "10.17.2";
    type Guard = Ask;

    fn request_id(&self) -> &RequestId {
        &self.heading.request_id
    }
}

impl Flow for GroupMembershipUpdateResponse {
    const NAME: &'static str = kind::ACM_GROUP_MEMBERSHIP_RESPONSE;
    const CLAUSE: &'static str = "10.17.2";
    type Guard = Disclose;

    fn request_id(&self) -> &RequestId {
        &self.heading.request_id
    }
}

impl AcmRequest for GroupMembershipUpdateRequest {
    type Response = GroupMembershipUpdateResponse;
    const KIND: Kind = Kind::GroupMembershipUpdate;

    fn heading(&self) -> &Heading {
        &self.heading
    }
    fn refused(&self, handler: Actor, why: Refusal) -> Self::Response {
        self.answer(handler, Outcome::Failure(why))
    }
}

impl AcmResponse for GroupMembershipUpdateResponse {
    const KIND: Kind = Kind::GroupMembershipUpdate;

    fn heading(&self) -> &ResponseHeading {
        &self.heading
    }
    fn outcome(&self) -> Outcome {
        self.result.clone()
    }
}

impl Sheet for GroupMembershipUpdateRequest {
    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        let users = params.users.iter().map(|entry| sheet::needed(Some(&entry.uri), "uri-entry"));
        Ok(Self {
            users: sheet::distinct(users, "user-id-list", McServiceId::clone)?,
            group: sheet::needed(params.group.as_ref(), "group-id")?,
            operation: params.operation.ok_or_else(|| sheet::missing("group-operation"))?,
            heading: Heading::read(params)?,
        })
    }

    fn write(&self) -> AcmParams {
        AcmParams {
            group: Some(self.group.clone().into()),
            operation: Some(self.operation),
            users: self.users.iter().cloned().map(Entry::new).collect(),
            ..self.heading.params::<Self>()
        }
    }
}

impl Sheet for GroupMembershipUpdateResponse {
    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        Ok(Self { heading: ResponseHeading::read(params)?, result: Outcome::read(params.result.as_ref())? })
    }

    fn write(&self) -> AcmParams {
        AcmParams { result: Some(self.result.write()), ..self.heading.params::<Self>() }
    }
}
