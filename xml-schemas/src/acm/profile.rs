//! "Change the profile that you gave to this user of ours."
//! TS 23.280 10.17.2.15, 10.17.2.16, 10.17.7.2 · schema `xsd/acm-info.xsd`

use xml::Raw;

use super::{
    AcmRequest, AcmResponse, Actor, Heading, Kind, Outcome, Refusal, ResponseHeading,
    sheet::{self, Sheet},
};
use crate::{
    body::acm_info::{AcmParams, MigrationUser, ProfileInfo},
    flow::{Ask, BadBody, Disclose, Flow},
    ids::{McServiceId, RequestId},
    migration::ProfileIndex,
    mime::kind,
};

const USER: &str = "migration-user-list/migration-user";

/// An MC service user profile update request: table 10.17.2.15-1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserProfileUpdateRequest {
    /// The rows that every request has.
    pub heading: Heading,
    /// M. MC service ID of the user permitted to migrate, created by the partner MC system.
    pub user: McServiceId,
    /// M. The suggested MC service user profile.
    pub profile: UserProfile,
    /// O. Additional information, for people.
    pub additional_information: Option<String>,
}

/// An MC service user profile update response: table 10.17.2.16-1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserProfileUpdateResponse {
    /// The rows that every response has.
    pub heading: ResponseHeading,
    /// M. MC service ID of the user permitted to migrate, created by the partner MC system.
    pub user: McServiceId,
    /// M. Result.
    pub result: Outcome,
}

/// An MC service user profile, or where it is (TS 24.484 8.3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserProfile {
    /// Which of the user's profiles.
    pub index: Option<ProfileIndex>,
    /// The profile.
    pub content: ProfileContent,
}

/// How a profile is given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProfileContent {
    /// The document itself.
    Document(Raw),
    /// Where a configuration management server has it (TS 23.280 CSC-17).
    Reference {
        /// Its document URI (RFC 4825 6.2).
        uri: String,
        /// Which version is meant; the newest where none is said.
        etag: Option<String>,
    },
}

impl UserProfileUpdateRequest {
    /// The response to it.
    #[must_use]
    pub fn answer(&self, handler: Actor, result: Outcome) -> UserProfileUpdateResponse {
        UserProfileUpdateResponse {
            heading: self.heading.answered_by(handler),
            user: self.user.clone(),
            result,
        }
    }
}

impl UserProfile {
    pub(super) fn read(info: &ProfileInfo) -> Result<Self, BadBody> {
        let content = match (&info.document, &info.xcap_uri, &info.cid) {
            (Some(document), None, None) => ProfileContent::Document(document.clone()),
            (None, Some(uri), None) => {
                ProfileContent::Reference { uri: uri.clone(), etag: info.etag.clone() }
            }
            // Where it was there, it has been put in its place.
            (None, None, Some(_)) => {
                return Err(BadBody::Contradiction { rule: "the body of a user profile is not there" });
            }
            (None, None, None) => {
                return Err(sheet::missing_in(USER, "a user profile in mc-service-user-profile"));
            }
            _ => return Err(BadBody::Contradiction { rule: "a user profile is given in two ways" }),
        };
        Ok(Self { index: info.index, content })
    }

    pub(super) fn write(&self) -> ProfileInfo {
        let given = match &self.content {
            ProfileContent::Document(document) => {
                ProfileInfo { document: Some(document.clone()), ..ProfileInfo::default() }
            }
            ProfileContent::Reference { uri, etag } => {
                ProfileInfo { xcap_uri: Some(uri.clone()), etag: etag.clone(), ..ProfileInfo::default() }
            }
        };
        ProfileInfo { index: self.index, ..given }
    }
}

impl Flow for UserProfileUpdateRequest {
    const NAME: &'static str = kind::ACM_PROFILE_UPDATE_REQUEST;
    const CLAUSE: &'static str = "10.17.2.15";
    type Guard = Ask;

    fn request_id(&self) -> &RequestId {
        &self.heading.request_id
    }
}

impl Flow for UserProfileUpdateResponse {
    const NAME: &'static str = kind::ACM_PROFILE_UPDATE_RESPONSE;
    const CLAUSE: &'static str = "10.17.2.16";
    type Guard = Disclose;

    fn request_id(&self) -> &RequestId {
        &self.heading.request_id
    }
}

impl AcmRequest for UserProfileUpdateRequest {
    type Response = UserProfileUpdateResponse;
    const KIND: Kind = Kind::UserProfileUpdate;

    fn heading(&self) -> &Heading {
        &self.heading
    }
    fn refused(&self, handler: Actor, why: Refusal) -> Self::Response {
        self.answer(handler, Outcome::Failure(why))
    }
}

impl AcmResponse for UserProfileUpdateResponse {
    const KIND: Kind = Kind::UserProfileUpdate;

    fn heading(&self) -> &ResponseHeading {
        &self.heading
    }
    fn outcome(&self) -> Outcome {
        self.result.clone()
    }
}

impl Sheet for UserProfileUpdateRequest {
    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        let user = only(params)?;
        let profile = match user.profiles.as_slice() {
            [profile] => UserProfile::read(profile)?,
            [] => return Err(sheet::missing_in(USER, "mc-service-user-profile")),
            _ => return Err(BadBody::Contradiction { rule: "two user profiles for one user" }),
        };
        Ok(Self {
            heading: Heading::read(params)?,
            user: partner(user)?,
            profile,
            additional_information: sheet::plain(
                params.additional_information.as_ref(),
                "additional-information",
            )?,
        })
    }

    fn write(&self) -> AcmParams {
        let user = MigrationUser { profiles: vec![self.profile.write()], ..named(&self.user) };
        AcmParams {
            migration_users: vec![user],
            additional_information: self.additional_information.clone().map(Into::into),
            ..self.heading.params::<Self>()
        }
    }
}

impl Sheet for UserProfileUpdateResponse {
    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        Ok(Self {
            heading: ResponseHeading::read(params)?,
            user: partner(only(params)?)?,
            result: Outcome::read(params.result.as_ref())?,
        })
    }

    fn write(&self) -> AcmParams {
        AcmParams {
            migration_users: vec![named(&self.user)],
            result: Some(self.result.write()),
            ..self.heading.params::<Self>()
        }
    }
}

fn named(partner: &McServiceId) -> MigrationUser {
    MigrationUser { partner: Some(partner.clone().into()), ..MigrationUser::default() }
}

/// The one user whom an update is about.
fn only(params: &AcmParams) -> Result<&MigrationUser, BadBody> {
    match params.migration_users.as_slice() {
        [only] => Ok(only),
        [] => Err(sheet::missing("migration-user-list")),
        _ => Err(BadBody::Contradiction { rule: "a profile update of two users" }),
    }
}

fn partner(user: &MigrationUser) -> Result<McServiceId, BadBody> {
    sheet::plain(user.partner.as_ref(), "partner-mcs-id")?
        .ok_or_else(|| sheet::missing_in(USER, "partner-mcs-id"))
}
