//! "These are groups of ours that your users may join."
//! TS 23.280 10.17.2, 10.17.4.2 (interconnection group identity provision); the study's group information provision, steps 1 to 14
//! · schema `xsd/acm-info.xsd`

use super::{
    AcmRequest, AcmResponse, Actor, Heading, Kind, Outcome, Refusal, ResponseHeading,
    sheet::{self, Sheet},
};
use crate::{
    body::acm_info::{AcmParams, Entry},
    flow::{Ask, BadBody, Disclose, Flow},
    ids::{GroupId, RequestId},
    mime::kind,
};

/// Interconnection groups of the primary system, made known to an authorized user of the partner system.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupInformationProvisionRequest {
    /// The rows that every request has.
    pub heading: Heading,
    /// M. List of interconnection group IDs; at least one, none twice.
    pub groups: Vec<ProvidedGroup>,
}

/// A group of the list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProvidedGroup {
    /// Its MC service group ID.
    pub id: GroupId,
    /// What people call it.
    pub name: Option<String>,
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupInformationProvisionResponse {
    /// The rows that every response has.
    pub heading: ResponseHeading,
    /// M. Result.
    pub result: Outcome,
}

impl GroupInformationProvisionRequest {
    /// The response to it.
    #[must_use]
    pub fn answer(&self, handler: Actor, result: Outcome) -> GroupInformationProvisionResponse {
        GroupInformationProvisionResponse { heading: self.heading.answered_by(handler), result }
    }
}

impl Flow for GroupInformationProvisionRequest {
    const NAME: &'static str = kind::ACM_GROUP_PROVISION_REQUEST;
    const CLAUSE: &'static str = "10.17.4.2";
    type Guard = Ask;

    fn request_id(&self) -> &RequestId {
        &self.heading.request_id
    }
}

impl Flow for GroupInformationProvisionResponse {
    const NAME: &'static str = kind::ACM_GROUP_PROVISION_RESPONSE;
    const CLAUSE: &'static str = "10.17.4.2";
    type Guard = Disclose;

    fn request_id(&self) -> &RequestId {
        &self.heading.request_id
    }
}

impl AcmRequest for GroupInformationProvisionRequest {
    type Response = GroupInformationProvisionResponse;
    const KIND: Kind = Kind::GroupInformationProvision;

    fn heading(&self) -> &Heading {
        &self.heading
    }
    fn refused(&self, handler: Actor, why: Refusal) -> Self::Response {
        self.answer(handler, Outcome::Failure(why))
    }
}

impl AcmResponse for GroupInformationProvisionResponse {
    const KIND: Kind = Kind::GroupInformationProvision;

    fn heading(&self) -> &ResponseHeading {
        &self.heading
    }
    fn outcome(&self) -> Outcome {
        self.result.clone()
    }
}

impl Sheet for GroupInformationProvisionRequest {
    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        let groups = params.groups.iter().map(|entry| {
            let id = sheet::needed(Some(&entry.uri), "uri-entry")?;
            Ok(ProvidedGroup { id, name: entry.display_name.clone() })
        });
        Ok(Self {
            groups: sheet::distinct(groups, "group-id-list", |group: &ProvidedGroup| group.id.clone())?,
            heading: Heading::read(params)?,
        })
    }

    fn write(&self) -> AcmParams {
        let groups = self
            .groups
            .iter()
            .map(|group| Entry { display_name: group.name.clone(), ..Entry::new(group.id.clone()) });
        AcmParams { groups: groups.collect(), ..self.heading.params::<Self>() }
    }
}

impl Sheet for GroupInformationProvisionResponse {
    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        Ok(Self { heading: ResponseHeading::read(params)?, result: Outcome::read(params.result.as_ref())? })
    }

    fn write(&self) -> AcmParams {
        AcmParams { result: Some(self.result.write()), ..self.heading.params::<Self>() }
    }
}
