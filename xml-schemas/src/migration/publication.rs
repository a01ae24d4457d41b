//! Client to MC service server: "I am this client of this user, and want to be served under this profile".
//! TS 24.379 7.2.2 · TS 23.280 10.6.3.3 step 1 where the user's home is elsewhere · bodies of TS 24.379 F.1, RFC 4354

use super::{
    Correlation, MigrationServiceAuthorizationRequest, ProfileIndex,
    sheet::{Sense, Sheet},
};
use crate::{
    body::{PocSettings, interconnection_info::McService, mcptt_info::AccessToken},
    flow::{BadBody, Flow as _, Part, expect_kind, optional_body},
    ids::{McServiceId, RequestId},
};

/// What a PUBLISH of a client's settings carries: service authorization, and with the IDs of a migrating user the request of
/// step 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Publication {
    /// The MC service concerned.
    pub service: McService,
    /// The credentials (TS 33.180); none where an earlier message brought them.
    pub access_token: Option<AccessToken>,
    /// Which client of the user.
    pub client_id: Option<String>,
    /// Which profile is selected; none where the default one is meant.
    pub profile: Option<ProfileIndex>,
    /// The two IDs of a migrating user.
    pub migrates: Option<Migrates>,
    /// The settings, where they came along.
    pub settings: Option<PocSettings>,
}

/// Who a migrating user is, in both systems.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Migrates {
    /// The MC service ID that the partner system gave, where the client says it.
    pub partner: Option<McServiceId>,
    /// The MC service ID in the primary system.
    pub primary: McServiceId,
    /// The `request-id` that the client wants to be answered under.
    pub request_id: Option<RequestId>,
}

impl Publication {
    /// Reads the bodies of a PUBLISH.
    ///
    /// # Errors
    /// [`BadBody`] where one is missing, malformed or encrypted, or they contradict each other: two clients, two profiles.
    pub fn read(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let mut sheet = Sheet::read(parts)?;
        let settings: Option<PocSettings> = optional_body(parts)?;
        if let Some(companion) = sheet.take_companion(parts)? {
            expect_kind(&companion, MigrationServiceAuthorizationRequest::NAME)?;
        }
        let entity =
            settings.as_ref().and_then(|settings| match (&sheet.client_id, &settings.entities[..]) {
                (_, [only]) => Some(only),
                (Some(id), several) => several.iter().find(|entity| entity.id == *id),
                (None, _) => None,
            });
        let (client_id, profile) =
            (entity.map(|entity| entity.id.clone()), entity.and_then(|one| one.profile));
        Ok(Self {
            service: sheet.service,
            client_id: one(sheet.client_id.clone(), client_id, "the client ID is not the settings' entity")?,
            profile: one(sheet.elements.profile, profile, "two selected user profiles")?,
            migrates: migrates(&sheet)?,
            access_token: sheet.access_token,
            settings,
        })
    }

    /// The bodies of a PUBLISH.
    #[must_use]
    pub fn split(&self) -> Vec<Part<'static>> {
        let request_id = self.migrates.as_ref().and_then(|migrates| migrates.request_id.clone());
        let mut sheet = Sheet {
            service: self.service,
            access_token: self.access_token.clone(),
            client_id: self.client_id.clone(),
            request_uri: None,
            elements: crate::body::MigrationElements::default(),
            request_id,
            result: None,
            targets: Vec::new(),
        };
        let name = MigrationServiceAuthorizationRequest::NAME;
        let companion = sheet.companion(Sense::Request, name);
        if let Some(migrates) = &self.migrates {
            sheet.elements.req_type = companion.is_some().then(|| name.to_owned().into());
            sheet.elements.partner = migrates.partner.clone().map(Into::into);
            sheet.elements.primary = Some(migrates.primary.clone().into());
            sheet.elements.profile = self.profile;
        }
        let settings = self.settings.as_ref().map(Part::of);
        [sheet.info()].into_iter().chain(settings).chain(companion.as_ref().map(Part::of)).collect()
    }

    /// The request of step 1, once it is known who the user is here: by his access token, since the client may leave it out. None
    /// where the user does not migrate.
    ///
    /// # Errors
    /// [`BadBody::Malformed`] where no profile is selected, which table 10.6.3.2.1-1 marks M.
    pub fn request(
        &self,
        partner: &McServiceId,
    ) -> Result<Option<MigrationServiceAuthorizationRequest>, BadBody> {
        let Some(migrates) = &self.migrates else { return Ok(None) };
        let correlation = match &migrates.request_id {
            Some(request_id) => Correlation::named(request_id.clone()),
            None => Correlation::by_ids(partner, &migrates.primary),
        };
        let missing = || Sheet::new(self.service, &correlation).missing("selected-user-profile-index");
        Ok(Some(MigrationServiceAuthorizationRequest {
            profile: self.profile.ok_or_else(missing)?,
            service: self.service,
            partner: partner.clone(),
            primary: migrates.primary.clone(),
            correlation,
        }))
    }
}

fn migrates(sheet: &Sheet) -> Result<Option<Migrates>, BadBody> {
    if sheet.elements.primary.is_none() {
        return match sheet.elements.partner {
            None => Ok(None),
            Some(_) => Err(sheet.missing("primary-mcptt-id or primary-mcvideo-id")),
        };
    }
    let partner = sheet.elements.partner.is_some().then(|| sheet.partner()).transpose()?;
    Ok(Some(Migrates { partner, primary: sheet.primary()?, request_id: sheet.request_id.clone() }))
}

/// What is said in one of two places, or the same in both.
fn one<T: PartialEq>(here: Option<T>, there: Option<T>, rule: &'static str) -> Result<Option<T>, BadBody> {
    match (here, there) {
        (Some(here), Some(there)) if here != there => Err(BadBody::Contradiction { rule }),
        (here, there) => Ok(here.or(there)),
    }
}
