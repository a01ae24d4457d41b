//! Primary MC service server to partner MC service server, and from there to the client: "he may", or "he may not".
//! TS 23.280 10.6.3.2.2, 10.6.3.3 steps 8 to 11 · bodies of TS 24.379 F.1, TS 24.281 F.1 and `xsd/interconnection-info.xsd`

use super::{
    Correlation, Refusal,
    sheet::{Sense, Sheet},
};
use crate::{
    body::interconnection_info::{self, McService},
    flow::{BadBody, Carriage, Disclose, Flow, Part},
    ids::{McServiceId, RequestId},
    mime::kind,
};

/// A migration service authorization response: table 10.6.3.2.2-1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MigrationServiceAuthorizationResponse {
    /// Which request is answered.
    pub correlation: Correlation,
    /// The MC service concerned.
    pub service: McService,
    /// M. The MC service ID in the partner system, as the request gave it.
    pub partner: McServiceId,
    /// M. The MC service ID in the primary system, as the request gave it.
    pub primary: McServiceId,
    /// M. Result.
    pub outcome: Outcome,
}

/// What came of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The user has migrated and is service-authorized in the partner system.
    Success,
    /// He has not; a peer without companion body does not say why.
    Failure(Refusal),
}

impl Flow for MigrationServiceAuthorizationResponse {
    const NAME: &'static str = kind::MIGRATION_RESPONSE;
    const CLAUSE: &'static str = "10.6.3.2.2";
    type Guard = Disclose;

    fn request_id(&self) -> &RequestId {
        self.correlation.key()
    }
}

impl Carriage for MigrationServiceAuthorizationResponse {
    fn split(&self) -> Vec<Part<'static>> {
        let mut sheet = Sheet::new(self.service, &self.correlation).of_user(&self.partner, &self.primary);
        sheet.request_uri = Some(self.partner.clone());
        sheet.elements.result = Some((self.outcome == Outcome::Success).into());
        sheet.result = Some(match &self.outcome {
            Outcome::Success => interconnection_info::ResultInfo::new(interconnection_info::Outcome::Success),
            Outcome::Failure(refusal) => refusal.to_result(),
        });
        sheet.split(Sense::Response, Self::NAME)
    }

    fn join(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let sheet = Sheet::join(parts, Sense::Response, Self::NAME)?;
        let (partner, primary) = (sheet.partner()?, sheet.primary()?);
        Ok(Self {
            correlation: sheet.correlation(&partner, &primary),
            service: sheet.service,
            outcome: outcome(&sheet)?,
            partner,
            primary,
        })
    }
}

/// `migration-auth-result` is M; what the companion body says must agree with it.
fn outcome(sheet: &Sheet) -> Result<Outcome, BadBody> {
    let element = "migration-auth-result";
    let content = sheet.elements.result.as_ref().ok_or_else(|| sheet.missing(element))?;
    let is_success = *content.plain().map_err(|_| BadBody::encrypted(sheet.media_type(), element))?;
    let said = sheet.result.as_ref();
    if said.is_some_and(|said| (said.outcome == interconnection_info::Outcome::Success) != is_success) {
        return Err(BadBody::Contradiction { rule: "migration-auth-result is not the result" });
    }
    Ok(match is_success {
        true => Outcome::Success,
        false => Outcome::Failure(said.map(Refusal::of).unwrap_or_default()),
    })
}
