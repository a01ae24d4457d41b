//! Any of the five requests, and any of their responses.

mod conversions;

use super::{
    Actor, AddMigrationUsersRequest, AddMigrationUsersResponse, GroupInformationProvisionRequest,
    GroupInformationProvisionResponse, GroupMembershipUpdateRequest, GroupMembershipUpdateResponse, Heading,
    Kind, Outcome, Refusal, RemoveMigrationUsersRequest, RemoveMigrationUsersResponse, ResponseHeading,
    UserProfileUpdateRequest, UserProfileUpdateResponse,
    sheet::{self, Sheet},
};
use crate::{
    body::{AcmInfo, acm_info::AcmParams},
    flow::{BadBody, Carriage as _, Flow, Part, body},
};

/// A request from one system's user to one of another's.
pub trait AcmRequest: Flow + Into<Request> {
    /// What answers it.
    type Response: AcmResponse;
    /// Which it is.
    const KIND: Kind;

    /// The rows that every request has.
    fn heading(&self) -> &Heading;

    /// The response that refuses it as a whole.
    fn refused(&self, handler: Actor, why: Refusal) -> Self::Response;
}

/// The response to one.
pub trait AcmResponse: Flow + Into<Response> {
    /// Which it answers.
    const KIND: Kind;

    /// The rows that every response has.
    fn heading(&self) -> &ResponseHeading;

    /// What came of the request.
    fn outcome(&self) -> Outcome;
}

/// Any of the requests.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Request {
    /// Group information provision.
    GroupInformationProvision(GroupInformationProvisionRequest),
    /// Group membership update.
    GroupMembershipUpdate(GroupMembershipUpdateRequest),
    /// Users for migration, added.
    AddMigrationUsers(AddMigrationUsersRequest),
    /// Users for migration, removed.
    RemoveMigrationUsers(RemoveMigrationUsersRequest),
    /// User profile update.
    UserProfileUpdate(UserProfileUpdateRequest),
}

/// Any of the responses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Response {
    /// Group information provision.
    GroupInformationProvision(GroupInformationProvisionResponse),
    /// Group membership update.
    GroupMembershipUpdate(GroupMembershipUpdateResponse),
    /// Users for migration, added.
    AddMigrationUsers(AddMigrationUsersResponse),
    /// Users for migration, removed.
    RemoveMigrationUsers(RemoveMigrationUsersResponse),
    /// User profile update.
    UserProfileUpdate(UserProfileUpdateResponse),
}

impl Request {
    /// Reads whichever the bodies carry.
    ///
    /// # Errors
    /// [`BadBody`] as [`crate::flow::Carriage::join`]; [`BadBody::OtherFlow`] where it is none of them.
    pub fn read(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let params = only(parts)?;
        Self::of(sheet::named(&params)?, &params).unwrap_or(Err(BadBody::OtherFlow))
    }

    /// The bodies.
    #[must_use]
    pub fn split(&self) -> Vec<Part<'static>> {
        match self {
            Self::GroupInformationProvision(request) => request.split(),
            Self::GroupMembershipUpdate(request) => request.split(),
            Self::AddMigrationUsers(request) => request.split(),
            Self::RemoveMigrationUsers(request) => request.split(),
            Self::UserProfileUpdate(request) => request.split(),
        }
    }

    /// Which it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::GroupInformationProvision(_) => Kind::GroupInformationProvision,
            Self::GroupMembershipUpdate(_) => Kind::GroupMembershipUpdate,
            Self::AddMigrationUsers(_) => Kind::AddMigrationUsers,
            Self::RemoveMigrationUsers(_) => Kind::RemoveMigrationUsers,
            Self::UserProfileUpdate(_) => Kind::UserProfileUpdate,
        }
    }

    /// The rows that every request has.
    #[must_use]
    pub fn heading(&self) -> &Heading {
        match self {
            Self::GroupInformationProvision(request) => &request.heading,
            Self::GroupMembershipUpdate(request) => &request.heading,
            Self::AddMigrationUsers(request) => &request.heading,
            Self::RemoveMigrationUsers(request) => &request.heading,
            Self::UserProfileUpdate(request) => &request.heading,
        }
    }

    /// The response that refuses it as a whole.
    #[must_use]
    pub fn refused(&self, handler: Actor, why: Refusal) -> Response {
        match self {
            Self::GroupInformationProvision(request) => request.refused(handler, why).into(),
            Self::GroupMembershipUpdate(request) => request.refused(handler, why).into(),
            Self::AddMigrationUsers(request) => request.refused(handler, why).into(),
            Self::RemoveMigrationUsers(request) => request.refused(handler, why).into(),
            Self::UserProfileUpdate(request) => request.refused(handler, why).into(),
        }
    }

    /// None where the name is that of no request.
    pub(super) fn of(name: &str, params: &AcmParams) -> Option<Result<Self, BadBody>> {
        let kind = Kind::of(name).filter(|kind| kind.request() == name)?;
        Some(match kind {
            Kind::GroupInformationProvision => {
                GroupInformationProvisionRequest::read(params).map(Self::GroupInformationProvision)
            }
            Kind::GroupMembershipUpdate => {
                GroupMembershipUpdateRequest::read(params).map(Self::GroupMembershipUpdate)
            }
            Kind::AddMigrationUsers => AddMigrationUsersRequest::read(params).map(Self::AddMigrationUsers),
            Kind::RemoveMigrationUsers => {
                RemoveMigrationUsersRequest::read(params).map(Self::RemoveMigrationUsers)
            }
            Kind::UserProfileUpdate => UserProfileUpdateRequest::read(params).map(Self::UserProfileUpdate),
        })
    }

    pub(super) fn params(&self) -> AcmParams {
        match self {
            Self::GroupInformationProvision(request) => request.write(),
            Self::GroupMembershipUpdate(request) => request.write(),
            Self::AddMigrationUsers(request) => request.write(),
            Self::RemoveMigrationUsers(request) => request.write(),
            Self::UserProfileUpdate(request) => request.write(),
        }
    }
}

impl Response {
    /// Reads whichever the bodies carry.
    ///
    /// # Errors
    /// As [`Request::read`].
    pub fn read(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let params = only(parts)?;
        Self::of(sheet::named(&params)?, &params).unwrap_or(Err(BadBody::OtherFlow))
    }

    /// The bodies.
    #[must_use]
    pub fn split(&self) -> Vec<Part<'static>> {
        match self {
            Self::GroupInformationProvision(response) => response.split(),
            Self::GroupMembershipUpdate(response) => response.split(),
            Self::AddMigrationUsers(response) => response.split(),
            Self::RemoveMigrationUsers(response) => response.split(),
            Self::UserProfileUpdate(response) => response.split(),
        }
    }

    /// Which request it answers.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::GroupInformationProvision(_) => Kind::GroupInformationProvision,
            Self::GroupMembershipUpdate(_) => Kind::GroupMembershipUpdate,
            Self::AddMigrationUsers(_) => Kind::AddMigrationUsers,
            Self::RemoveMigrationUsers(_) => Kind::RemoveMigrationUsers,
            Self::UserProfileUpdate(_) => Kind::UserProfileUpdate,
        }
    }

    /// The rows that every response has.
    #[must_use]
    pub fn heading(&self) -> &ResponseHeading {
        match self {
            Self::GroupInformationProvision(response) => &response.heading,
            Self::GroupMembershipUpdate(response) => &response.heading,
            Self::AddMigrationUsers(response) => &response.heading,
            Self::RemoveMigrationUsers(response) => &response.heading,
            Self::UserProfileUpdate(response) => &response.heading,
        }
    }

    /// What came of the request.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        match self {
            Self::GroupInformationProvision(response) => &response.result,
            Self::GroupMembershipUpdate(response) => &response.result,
            Self::AddMigrationUsers(response) => &response.result,
            Self::RemoveMigrationUsers(response) => &response.result,
            Self::UserProfileUpdate(response) => &response.result,
        }
    }

    /// None where the name is that of no response.
    pub(super) fn of(name: &str, params: &AcmParams) -> Option<Result<Self, BadBody>> {
        let kind = Kind::of(name).filter(|kind| kind.response() == name)?;
        Some(match kind {
            Kind::GroupInformationProvision => {
                GroupInformationProvisionResponse::read(params).map(Self::GroupInformationProvision)
            }
            Kind::GroupMembershipUpdate => {
                GroupMembershipUpdateResponse::read(params).map(Self::GroupMembershipUpdate)
            }
            Kind::AddMigrationUsers => AddMigrationUsersResponse::read(params).map(Self::AddMigrationUsers),
            Kind::RemoveMigrationUsers => {
                RemoveMigrationUsersResponse::read(params).map(Self::RemoveMigrationUsers)
            }
            Kind::UserProfileUpdate => UserProfileUpdateResponse::read(params).map(Self::UserProfileUpdate),
        })
    }

    pub(super) fn params(&self) -> AcmParams {
        match self {
            Self::GroupInformationProvision(response) => response.write(),
            Self::GroupMembershipUpdate(response) => response.write(),
            Self::AddMigrationUsers(response) => response.write(),
            Self::RemoveMigrationUsers(response) => response.write(),
            Self::UserProfileUpdate(response) => response.write(),
        }
    }
}

fn only(parts: &[Part<'_>]) -> Result<AcmParams, BadBody> {
    let info: AcmInfo = body(parts)?;
    match <[AcmParams; 1]>::try_from(info.params) {
        Ok([only]) => Ok(only),
        Err(_) => Err(BadBody::Contradiction { rule: "two messages in one body" }),
    }
}
