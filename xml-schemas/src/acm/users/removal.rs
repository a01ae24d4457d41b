//! "Let these users of ours migrate to you no longer." TS 23.280 10.17.5 · schema `xsd/acm-info.xsd`

use super::{agreed, asked, once_each, over, primary, refusal, users};
use crate::acm::{
    AcmRequest, AcmResponse, Actor, Heading, Kind, Outcome, Refusal, ResponseHeading, outcome::result_of,
    sheet::Sheet,
};
use crate::{
    body::acm_info::{AcmParams, MigrationUser, ResultInfo, State},
    flow::{Ask, BadBody, Disclose, Flow},
    ids::{McServiceId, RequestId},
    mime::kind,
};

/// Users of the primary system who are to be allowed no longer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RemoveMigrationUsersRequest {
    /// The rows that every request has.
    pub heading: Heading,
    /// M. Their MC service IDs in the primary system; at least one, none twice.
    pub users: Vec<McServiceId>,
}

/// What came of it, for each of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RemoveMigrationUsersResponse {
    /// The rows that every response has.
    pub heading: ResponseHeading,
    /// M where the request was taken up. What came of each user; none where it was refused as a whole.
    pub users: Vec<UserRemoval>,
    /// M. Result over all.
    pub result: Outcome,
}

/// What came of one user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserRemoval {
    /// His MC service ID in the primary system.
    pub primary: McServiceId,
    /// Why he was not removed; none where he was.
    pub refused: Option<Refusal>,
}

impl RemoveMigrationUsersRequest {
    /// The response to it; its result is what came of its users.
    #[must_use]
    pub fn answer(&self, handler: Actor, users: Vec<UserRemoval>) -> RemoveMigrationUsersResponse {
        let result = over(users.iter().map(|user| user.refused.as_ref()));
        RemoveMigrationUsersResponse { heading: self.heading.answered_by(handler), users, result }
    }
}

impl UserRemoval {
    fn read(user: &MigrationUser) -> Result<Self, BadBody> {
        Ok(Self { primary: primary(user)?, refused: refusal(user)? })
    }

    fn write(&self) -> MigrationUser {
        let result = self
            .refused
            .as_ref()
            .map_or_else(|| ResultInfo::new(State::Success), |why| result_of(State::Fail, why));
        MigrationUser {
            primary: Some(self.primary.clone().into()),
            result: Some(result),
            ..MigrationUser::default()
        }
    }
}

impl Flow for RemoveMigrationUsersRequest {
    const NAME: &'static str = kind::ACM_USERS_REMOVE_REQUEST;
    const CLAUSE: &'static str = "10.17.5";
    type Guard = Ask;

    fn request_id(&self) -> &RequestId {
        &self.heading.request_id
    }
}

impl Flow for RemoveMigrationUsersResponse {
    const NAME: &'static str = kind::ACM_USERS_REMOVE_RESPONSE;
    const CLAUSE: &'static str = "10.17.5";
    type Guard = Disclose;

    fn request_id(&self) -> &RequestId {
        &self.heading.request_id
    }
}

impl AcmRequest for RemoveMigrationUsersRequest {
    type Response = RemoveMigrationUsersResponse;
    const KIND: Kind = Kind::RemoveMigrationUsers;

    fn heading(&self) -> &Heading {
        &self.heading
    }
    fn refused(&self, handler: Actor, why: Refusal) -> Self::Response {
        let heading = self.heading.answered_by(handler);
        RemoveMigrationUsersResponse { heading, users: Vec::new(), result: Outcome::Failure(why) }
    }
}

impl AcmResponse for RemoveMigrationUsersResponse {
    const KIND: Kind = Kind::RemoveMigrationUsers;

    fn heading(&self) -> &ResponseHeading {
        &self.heading
    }
    fn outcome(&self) -> Outcome {
        self.result.clone()
    }
}

impl Sheet for RemoveMigrationUsersRequest {
    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        Ok(Self { users: users(params)?, heading: Heading::read(params)? })
    }

    fn write(&self) -> AcmParams {
        AcmParams { migration_users: asked(&self.users), ..self.heading.params::<Self>() }
    }
}

impl Sheet for RemoveMigrationUsersResponse {
    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        let users: Vec<UserRemoval> =
            params.migration_users.iter().map(UserRemoval::read).collect::<Result<_, _>>()?;
        Ok(Self {
            result: agreed(params, users.iter().map(|user| user.refused.as_ref()))?,
            heading: ResponseHeading::read(params)?,
            users: once_each(users, |user| &user.primary)?,
        })
    }

    fn write(&self) -> AcmParams {
        AcmParams {
            migration_users: self.users.iter().map(UserRemoval::write).collect(),
            result: Some(self.result.write()),
            ..self.heading.params::<Self>()
        }
    }
}
