//! A request or response becomes any of them.

use super::{Request, Response};
use crate::acm::{
    AddMigrationUsersRequest, AddMigrationUsersResponse, GroupInformationProvisionRequest,
    GroupInformationProvisionResponse, GroupMembershipUpdateRequest, GroupMembershipUpdateResponse,
    RemoveMigrationUsersRequest, RemoveMigrationUsersResponse, UserProfileUpdateRequest,
    UserProfileUpdateResponse,
};

impl From<GroupInformationProvisionRequest> for Request {
    fn from(request: GroupInformationProvisionRequest) -> Self {
        Self::GroupInformationProvision(request)
    }
}
impl From<GroupMembershipUpdateRequest> for Request {
    fn from(request: GroupMembershipUpdateRequest) -> Self {
        Self::GroupMembershipUpdate(request)
    }
}
impl From<AddMigrationUsersRequest> for Request {
    fn from(request: AddMigrationUsersRequest) -> Self {
        Self::AddMigrationUsers(request)
    }
}
impl From<RemoveMigrationUsersRequest> for Request {
    fn from(request: RemoveMigrationUsersRequest) -> Self {
        Self::RemoveMigrationUsers(request)
    }
}
impl From<UserProfileUpdateRequest> for Request {
    fn from(request: UserProfileUpdateRequest) -> Self {
        Self::UserProfileUpdate(request)
    }
}
impl From<GroupInformationProvisionResponse> for Response {
    fn from(response: GroupInformationProvisionResponse) -> Self {
        Self::GroupInformationProvision(response)
    }
}
impl From<GroupMembershipUpdateResponse> for Response {
    fn from(response: GroupMembershipUpdateResponse) -> Self {
        Self::GroupMembershipUpdate(response)
    }
}
impl From<AddMigrationUsersResponse> for Response {
    fn from(response: AddMigrationUsersResponse) -> Self {
        Self::AddMigrationUsers(response)
    }
}
impl From<RemoveMigrationUsersResponse> for Response {
    fn from(response: RemoveMigrationUsersResponse) -> Self {
        Self::RemoveMigrationUsers(response)
    }
}
impl From<UserProfileUpdateResponse> for Response {
    fn from(response: UserProfileUpdateResponse) -> Self {
        Self::UserProfileUpdate(response)
    }
}
