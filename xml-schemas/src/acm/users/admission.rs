//! "Let these users of ours migrate to you." TS 23.280 10.17.5.2 · schema `xsd/acm-info.xsd`

use super::{agreed, asked, once_each, over, primary, refusal, users};
use crate::acm::{
    AcmRequest, AcmResponse, Actor, Heading, Kind, Outcome, Refusal, ResponseHeading, UserProfile,
    outcome::result_of,
    sheet::{self, Sheet},
};
use crate::{
    body::acm_info::{AcmParams, MigrationUser, ResultInfo, State},
    flow::{Ask, BadBody, Disclose, Flow},
    ids::{McServiceId, RequestId},
    mime::kind,
};

/// Users of the primary system who are to be allowed to migrate to the partner system.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddMigrationUsersRequest {
    /// The rows that every request has.
    pub heading: Heading,
    /// M. Their MC service IDs in the primary system; at least one, none twice.
    pub users: Vec<McServiceId>,
}

/// What came of it, for each of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddMigrationUsersResponse {
    /// The rows that every response has.
    pub heading: ResponseHeading,
    /// M where the request was taken up. What came of each user; none where it was refused as a whole.
    pub users: Vec<UserAdmission>,
    /// M. Result over all.
    pub result: Outcome,
}

/// What came of one user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserAdmission {
    /// His MC service ID in the primary system.
    pub primary: McServiceId,
    /// What came of him.
    pub admission: Admission,
}

/// Whether a user may migrate, and as whom.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Admission {
    /// He may.
    Admitted {
        /// The MC service ID that the partner system gave him.
        partner: McServiceId,
        /// The profiles that it gave him.
        profiles: Vec<UserProfile>,
    },
    /// He may; who he is there its server has still to say. From a client to its own server only, which answers the partner
    /// with [`Admission::Admitted`].
    Approved,
    /// He may not.
    Refused(Refusal),
}

impl AddMigrationUsersRequest {
    /// The response to it; its result is what came of its users.
    #[must_use]
    pub fn answer(&self, handler: Actor, users: Vec<UserAdmission>) -> AddMigrationUsersResponse {
        let result = over(users.iter().map(UserAdmission::refusal));
        AddMigrationUsersResponse { heading: self.heading.answered_by(handler), users, result }
    }
}

impl UserAdmission {
    fn refusal(&self) -> Option<&Refusal> {
        match &self.admission {
            Admission::Admitted { .. } | Admission::Approved => None,
            Admission::Refused(why) => Some(why),
        }
    }

    fn read(user: &MigrationUser) -> Result<Self, BadBody> {
        let primary = primary(user)?;
        let partner = sheet::plain(user.partner.as_ref(), "partner-mcs-id")?;
        let admission = match (refusal(user)?, partner) {
            (None, Some(partner)) => Admission::Admitted {
                partner,
                profiles: user.profiles.iter().map(UserProfile::read).collect::<Result<_, _>>()?,
            },
            (None, None) if user.result.is_some() => Admission::Approved,
            (None, None) => {
                return Err(sheet::missing_in("migration-user-list/migration-user", "partner-mcs-id"));
            }
            (Some(_), Some(_)) => {
                return Err(BadBody::Contradiction { rule: "a user who is refused was given an ID" });
            }
            (Some(why), None) => Admission::Refused(why),
        };
        Ok(Self { primary, admission })
    }

    fn write(&self) -> MigrationUser {
        let primary = Some(self.primary.clone().into());
        match &self.admission {
            Admission::Admitted { partner, profiles } => MigrationUser {
                primary,
                partner: Some(partner.clone().into()),
                profiles: profiles.iter().map(UserProfile::write).collect(),
                result: Some(ResultInfo::new(State::Success)),
                ..MigrationUser::default()
            },
            Admission::Approved => MigrationUser {
                primary,
                result: Some(ResultInfo::new(State::Success)),
                ..MigrationUser::default()
            },
            Admission::Refused(why) => MigrationUser {
                primary,
                result: Some(result_of(State::Fail, why)),
                ..MigrationUser::default()
            },
        }
    }
}

impl Flow for AddMigrationUsersRequest {
    const NAME: &'static str = kind::ACM_USERS_ADD_REQUEST;
    const CLAUSE: &'static str = "10.17.5.2";
    type Guard = Ask;

    fn request_id(&self) -> &RequestId {
        &self.heading.request_id
    }
}

impl Flow for AddMigrationUsersResponse {
    const NAME: &'static str = kind::ACM_USERS_ADD_RESPONSE;
    const CLAUSE: &'static str = "10.17.5.2";
    type Guard = Disclose;

    fn request_id(&self) -> &RequestId {
        &self.heading.request_id
    }
}

impl AcmRequest for AddMigrationUsersRequest {
    type Response = AddMigrationUsersResponse;
    const KIND: Kind = Kind::AddMigrationUsers;

    fn heading(&self) -> &Heading {
        &self.heading
    }
    fn refused(&self, handler: Actor, why: Refusal) -> Self::Response {
        let heading = self.heading.answered_by(handler);
        AddMigrationUsersResponse { heading, users: Vec::new(), result: Outcome::Failure(why) }
    }
}

impl AcmResponse for AddMigrationUsersResponse {
    const KIND: Kind = Kind::AddMigrationUsers;

    fn heading(&self) -> &ResponseHeading {
        &self.heading
    }
    fn outcome(&self) -> Outcome {
        self.result.clone()
    }
}

impl Sheet for AddMigrationUsersRequest {
    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        Ok(Self { users: users(params)?, heading: Heading::read(params)? })
    }

    fn write(&self) -> AcmParams {
        AcmParams { migration_users: asked(&self.users), ..self.heading.params::<Self>() }
    }
}

impl Sheet for AddMigrationUsersResponse {
    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        let users: Vec<UserAdmission> =
            params.migration_users.iter().map(UserAdmission::read).collect::<Result<_, _>>()?;
        Ok(Self {
            result: agreed(params, users.iter().map(UserAdmission::refusal))?,
            heading: ResponseHeading::read(params)?,
            users: once_each(users, |user| &user.primary)?,
        })
    }

    fn write(&self) -> AcmParams {
        AcmParams {
            migration_users: self.users.iter().map(UserAdmission::write).collect(),
            result: Some(self.result.write()),
            ..self.heading.params::<Self>()
        }
    }
}
