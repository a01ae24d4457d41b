//! Where a user of the own system works now: asked of its MC service server, which knows, by the servers that have something for
//! him. *Provisional*, the project's own. TS 23.280 10.6.3.3 step 7 records what is asked for

use super::{
    Correlation,
    provisional::{named, provisional},
    sheet::{Sense, Sheet},
};
use crate::{
    body::interconnection_info::{McService, Outcome, ResultInfo},
    flow::{BadBody, Carriage, Disclose, Flow as _, Open, Part, Question},
    ids::{McServiceId, RequestId},
    mime::kind,
};

/// Where does this user work?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WhereaboutsRequest {
    /// M. Ties the answer to it.
    pub request_id: RequestId,
    /// The MC service concerned.
    pub service: McService,
    /// M. The MC service ID in the own system, which is the primary one.
    pub primary: McServiceId,
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Whereabouts {
    /// M. What is answered.
    pub request_id: RequestId,
    /// The MC service concerned.
    pub service: McService,
    /// M. The MC service ID in the own system.
    pub primary: McServiceId,
    /// The MC service ID in the partner system, whose domain says which that is; none of a user who has not migrated.
    pub partner: Option<McServiceId>,
}

/// This user has gone, or is back: whoever acts on that asks where he works.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MigrationChanged {
    /// M. This notice's own.
    pub request_id: RequestId,
    /// The MC service concerned.
    pub service: McService,
    /// M. The MC service ID in the own system.
    pub primary: McServiceId,
}

provisional!(WhereaboutsRequest, kind::WHEREABOUTS_REQUEST, Open);
provisional!(Whereabouts, kind::WHEREABOUTS, Disclose);
provisional!(MigrationChanged, kind::MIGRATION_CHANGED, Open);

impl Question for WhereaboutsRequest {
    type Answer = Whereabouts;
}

impl Carriage for WhereaboutsRequest {
    fn split(&self) -> Vec<Part<'static>> {
        sheet(self.service, &self.request_id, &self.primary).split(Sense::Request, Self::NAME)
    }

    fn join(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let sheet = Sheet::join(parts, Sense::Request, Self::NAME)?;
        Ok(Self { request_id: named(&sheet)?, service: sheet.service, primary: sheet.primary()? })
    }
}

impl Carriage for Whereabouts {
    fn split(&self) -> Vec<Part<'static>> {
        let mut sheet = sheet(self.service, &self.request_id, &self.primary);
        sheet.elements.partner = self.partner.clone().map(Into::into);
        sheet.elements.result = Some(self.partner.is_some().into());
        let outcome = if self.partner.is_some() { Outcome::Success } else { Outcome::Fail };
        sheet.result = Some(ResultInfo::new(outcome));
        sheet.split(Sense::Response, Self::NAME)
    }

    fn join(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let sheet = Sheet::join(parts, Sense::Response, Self::NAME)?;
        let partner = sheet.elements.partner.is_some().then(|| sheet.partner()).transpose()?;
        Ok(Self { request_id: named(&sheet)?, service: sheet.service, primary: sheet.primary()?, partner })
    }
}

impl Carriage for MigrationChanged {
    fn split(&self) -> Vec<Part<'static>> {
        sheet(self.service, &self.request_id, &self.primary).split(Sense::Request, Self::NAME)
    }

    fn join(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let sheet = Sheet::join(parts, Sense::Request, Self::NAME)?;
        Ok(Self { request_id: named(&sheet)?, service: sheet.service, primary: sheet.primary()? })
    }
}

fn sheet(service: McService, request_id: &RequestId, primary: &McServiceId) -> Sheet {
    let mut sheet = Sheet::new(service, &Correlation::named(request_id.clone()));
    sheet.elements.primary = Some(primary.clone().into());
    sheet
}
