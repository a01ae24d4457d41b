//! A mark: an own user who has migrated.

use serde::{Deserialize, Serialize};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::{McServiceId, RequestId},
    migration::ProfileIndex,
};

use super::{MARKS, key, of_key};

/// An own user who has migrated: step 7.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mark {
    /// The MC service concerned.
    pub service: McService,
    /// Who: the MC service ID in this system.
    pub primary: McServiceId,
    /// The migrated MC system, by its configured name.
    pub system: String,
    /// The MC service ID that it gave him.
    pub partner: McServiceId,
    /// With which of his profiles.
    pub profile: ProfileIndex,
    /// Since when.
    pub since: u64,
    /// When this system said yes last.
    pub renewed: u64,
    /// Until when, unless it is renewed; none where it lasts.
    pub until: Option<u64>,
    /// The `request-id` of the request, where it named one.
    pub request_id: Option<RequestId>,
    /// Whether that system is known to know: it has accepted the answer.
    pub is_confirmed: bool,
}

impl Mark {
    /// Where it is kept.
    pub(in crate::migration) fn key(&self) -> String {
        key(MARKS, self.service, &self.primary)
    }

    pub(in crate::migration) fn encode(&self) -> Vec<u8> {
        let line = MarkLine {
            system: self.system.clone(),
            partner: self.partner.as_str().to_owned(),
            profile: self.profile.0,
            since: self.since,
            renewed: Some(self.renewed),
            until: self.until,
            request: self.request_id.as_ref().map(|id| id.as_str().to_owned()),
            is_confirmed: self.is_confirmed,
        };
        serde_json::to_vec(&line).unwrap_or_default()
    }

    /// None where it is no such record.
    pub(in crate::migration) fn decode(key: &[u8], value: &[u8]) -> Option<Self> {
        let (service, primary) = of_key(MARKS, key)?;
        let line: MarkLine = serde_json::from_slice(value).ok()?;
        Some(Self {
            service,
            primary,
            system: line.system,
            partner: McServiceId::new(&line.partner).ok()?,
            profile: ProfileIndex(line.profile),
            since: line.since,
            renewed: line.renewed.unwrap_or(line.since),
            until: line.until,
            request_id: line.request.and_then(|id| RequestId::new(&id).ok()),
            is_confirmed: line.is_confirmed,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct MarkLine {
    #[serde(rename = "sys")]
    system: String,
    #[serde(rename = "id")]
    partner: String,
    #[serde(rename = "prof")]
    profile: u8,
    since: u64,
    #[serde(rename = "at", skip_serializing_if = "Option::is_none", default)]
    renewed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    until: Option<u64>,
    #[serde(rename = "req", skip_serializing_if = "Option::is_none", default)]
    request: Option<String>,
    #[serde(rename = "ok", default)]
    is_confirmed: bool,
}
