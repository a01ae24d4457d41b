//! What the text leaves out: how a migration ends, and what the other system believes of one. *Provisional*, the project's own.
//! TS 23.280 10.6.3 · the bodies of the flows that it does have, always with the companion body

use super::{
    Correlation, Refusal,
    sheet::{Sense, Sheet},
};
use crate::{
    body::interconnection_info::{McService, Outcome, ResultInfo},
    flow::{BadBody, Carriage, Disclose, Flow as _, Open, Part, Question},
    ids::{McServiceId, RequestId},
    mime::kind,
};

/// A flow that no clause names: what is asked and told about migrations beside 10.6.3.3.
macro_rules! provisional {
    ($flow:ty, $name:expr, $guard:ty) => {
        impl $crate::flow::Flow for $flow {
            const NAME: &'static str = $name;
            const CLAUSE: &'static str = "10.6.3";
            type Guard = $guard;

            fn request_id(&self) -> &$crate::ids::RequestId {
                &self.request_id
            }
        }
    };
}
pub(super) use provisional;

/// A migration is over: told by whichever of the two systems ended it, and by the partner system to the client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MigrationEnded {
    /// M. That of the request by which the migration began, so that a late notice ends no later one; of a migration whose request
    /// named none, this notice's own.
    pub request_id: RequestId,
    /// The MC service concerned.
    pub service: McService,
    /// M. The MC service ID in the partner system.
    pub partner: McServiceId,
    /// M. The MC service ID in the primary system.
    pub primary: McServiceId,
    /// M. Why.
    pub reason: Refusal,
}

/// What have you in your books of this migration?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MigrationStatusRequest {
    /// M. Ties the answer to it.
    pub request_id: RequestId,
    /// The MC service concerned.
    pub service: McService,
    /// M. The MC service ID in the partner system.
    pub partner: McServiceId,
    /// M. The MC service ID in the primary system.
    pub primary: McServiceId,
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MigrationStatusResponse {
    /// M. What is answered.
    pub request_id: RequestId,
    /// The MC service concerned.
    pub service: McService,
    /// M. The MC service ID in the partner system.
    pub partner: McServiceId,
    /// M. The MC service ID in the primary system.
    pub primary: McServiceId,
    /// M. Whether this user is migrated to this partner system under this ID, as far as the answering system knows.
    pub is_migrated: bool,
}

provisional!(MigrationEnded, kind::MIGRATION_ENDED, Open);
provisional!(MigrationStatusRequest, kind::MIGRATION_STATUS_REQUEST, Open);
provisional!(MigrationStatusResponse, kind::MIGRATION_STATUS_RESPONSE, Disclose);

impl Question for MigrationStatusRequest {
    type Answer = MigrationStatusResponse;
}

impl Carriage for MigrationEnded {
    fn split(&self) -> Vec<Part<'static>> {
        let mut sheet = sheet(self.service, &self.request_id, &self.partner, &self.primary);
        sheet.result = Some(self.reason.to_result());
        sheet.split(Sense::Request, Self::NAME)
    }

    fn join(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let sheet = Sheet::join(parts, Sense::Request, Self::NAME)?;
        Ok(Self {
            request_id: named(&sheet)?,
            service: sheet.service,
            partner: sheet.partner()?,
            primary: sheet.primary()?,
            reason: sheet.result.as_ref().map(Refusal::of).unwrap_or_default(),
        })
    }
}

impl Carriage for MigrationStatusRequest {
    fn split(&self) -> Vec<Part<'static>> {
        sheet(self.service, &self.request_id, &self.partner, &self.primary).split(Sense::Request, Self::NAME)
    }

    fn join(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let sheet = Sheet::join(parts, Sense::Request, Self::NAME)?;
        Ok(Self {
            request_id: named(&sheet)?,
            service: sheet.service,
            partner: sheet.partner()?,
            primary: sheet.primary()?,
        })
    }
}

impl Carriage for MigrationStatusResponse {
    fn split(&self) -> Vec<Part<'static>> {
        let mut sheet = sheet(self.service, &self.request_id, &self.partner, &self.primary);
        sheet.elements.result = Some(self.is_migrated.into());
        sheet.result = Some(ResultInfo::new(if self.is_migrated { Outcome::Success } else { Outcome::Fail }));
        sheet.split(Sense::Response, Self::NAME)
    }

    fn join(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let sheet = Sheet::join(parts, Sense::Response, Self::NAME)?;
        let element = "migration-auth-result";
        let result = sheet.elements.result.as_ref().ok_or_else(|| sheet.missing(element))?;
        let result = result.plain().map_err(|_| BadBody::encrypted(sheet.media_type(), element))?;
        Ok(Self {
            request_id: named(&sheet)?,
            service: sheet.service,
            partner: sheet.partner()?,
            primary: sheet.primary()?,
            is_migrated: *result,
        })
    }
}

fn sheet(service: McService, request_id: &RequestId, partner: &McServiceId, primary: &McServiceId) -> Sheet {
    Sheet::new(service, &Correlation::named(request_id.clone())).of_user(partner, primary)
}

/// These flows are nobody's but ours: the companion body is there, and with it its `request-id`.
pub(super) fn named(sheet: &Sheet) -> Result<RequestId, BadBody> {
    sheet.request_id.clone().ok_or(BadBody::Missing { media_type: crate::mime::INTERCONNECTION_INFO })
}
