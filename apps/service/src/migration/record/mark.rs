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
    /// The confirmed mark in whose place this one comes once it is confirmed itself: until then that one holds.
    pub former: Option<Box<Mark>>,
}

impl Mark {
    /// The mark on which both systems agree: this one, or the one in whose place it comes.
    #[must_use]
    pub fn agreed(&self) -> Option<&Self> {
        if self.is_confirmed { Some(self) } else { self.former.as_deref() }
    }

    /// Whether it says that he is in that system under that MC service ID.
    pub(in crate::migration) fn is_of(&self, system: &str, partner: &McServiceId) -> bool {
        self.system == system && self.partner == *partner
    }

    /// Where it is kept.
    pub(in crate::migration) fn key(&self) -> String {
        key(MARKS, self.service, &self.primary)
    }

    pub(in crate::migration) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(&MarkLine::of(self)).unwrap_or_default()
    }

    /// None where it is no such record.
    pub(in crate::migration) fn decode(key: &[u8], value: &[u8]) -> Option<Self> {
        let line: MarkLine = serde_json::from_slice(value).ok()?;
        line.mark(&of_key(MARKS, key)?)
    }
}

impl MarkLine {
    fn of(mark: &Mark) -> Self {
        Self {
            system: mark.system.clone(),
            partner: mark.partner.as_str().to_owned(),
            profile: mark.profile.0,
            since: mark.since,
            renewed: Some(mark.renewed),
            until: mark.until,
            request: mark.request_id.as_ref().map(|id| id.as_str().to_owned()),
            is_confirmed: mark.is_confirmed,
            former: mark.former.as_deref().map(|former| Box::new(Self::of(former))),
        }
    }

    fn mark(self, who: &(McService, McServiceId)) -> Option<Mark> {
        let former = self.former.map(|former| former.mark(who).map(Box::new).ok_or(()));
        Some(Mark {
            service: who.0,
            primary: who.1.clone(),
            system: self.system,
            partner: McServiceId::new(&self.partner).ok()?,
            profile: ProfileIndex(self.profile),
            since: self.since,
            renewed: self.renewed.unwrap_or(self.since),
            until: self.until,
            request_id: self.request.and_then(|id| RequestId::new(&id).ok()),
            is_confirmed: self.is_confirmed,
            former: former.transpose().ok()?,
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
    #[serde(rename = "was", skip_serializing_if = "Option::is_none", default)]
    former: Option<Box<MarkLine>>,
}
