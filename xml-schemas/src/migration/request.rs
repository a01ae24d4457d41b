//! Partner MC service server to primary MC service server: "may this user of yours work here?"
//! TS 23.280 10.6.3.2.1, 10.6.3.3 steps 3 to 5 · bodies of TS 24.379 F.1, TS 24.281 F.1 and `xsd/interconnection-info.xsd`

use super::{
    Correlation, MigrationServiceAuthorizationResponse, Outcome, ProfileIndex,
    sheet::{Sense, Sheet},
};
use crate::{
    body::interconnection_info::McService,
    flow::{Ask, BadBody, Carriage, Flow, Part, Question},
    ids::{McServiceId, RequestId},
    mime::kind,
};

/// A migration service authorization request: table 10.6.3.2.1-1. Credentials travel from the client only: [`super::Publication`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MigrationServiceAuthorizationRequest {
    /// Ties the response to the request.
    pub correlation: Correlation,
    /// The MC service concerned: MCPTT or MCVideo.
    pub service: McService,
    /// M. The MC service ID that the partner system's identity management server gave the user.
    pub partner: McServiceId,
    /// M. The MC service ID in the primary system; its domain says which system that is.
    pub primary: McServiceId,
    /// M. Which of the profiles that the primary system has given the user.
    pub profile: ProfileIndex,
}

impl MigrationServiceAuthorizationRequest {
    /// The response to it: the same IDs, and what came of it (table 10.6.3.2.2-1, NOTE).
    #[must_use]
    pub fn answer(&self, outcome: Outcome) -> MigrationServiceAuthorizationResponse {
        MigrationServiceAuthorizationResponse {
            correlation: self.correlation.clone(),
            service: self.service,
            partner: self.partner.clone(),
            primary: self.primary.clone(),
            outcome,
        }
    }
}

impl Flow for MigrationServiceAuthorizationRequest {
    const NAME: &'static str = kind::MIGRATION_REQUEST;
    const CLAUSE: &'static str = "10.6.3.2.1";
    type Guard = Ask;

    fn request_id(&self) -> &RequestId {
        self.correlation.key()
    }
}

impl Question for MigrationServiceAuthorizationRequest {
    type Answer = MigrationServiceAuthorizationResponse;
}

impl Carriage for MigrationServiceAuthorizationRequest {
    fn split(&self) -> Vec<Part<'static>> {
        let mut sheet = Sheet::new(self.service, &self.correlation).of_user(&self.partner, &self.primary);
        sheet.request_uri = Some(self.primary.clone());
        sheet.elements.profile = Some(self.profile);
        sheet.split(Sense::Request, Self::NAME)
    }

    fn join(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let sheet = Sheet::join(parts, Sense::Request, Self::NAME)?;
        let (partner, primary) = (sheet.partner()?, sheet.primary()?);
        if sheet.request_uri.as_ref().is_some_and(|uri| *uri != primary) {
            return Err(BadBody::Contradiction { rule: "the request URI is not the primary MC service ID" });
        }
        Ok(Self {
            correlation: sheet.correlation(&partner, &primary),
            service: sheet.service,
            profile: sheet.elements.profile.ok_or_else(|| sheet.missing("selected-user-profile-index"))?,
            partner,
            primary,
        })
    }
}
