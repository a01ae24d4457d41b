//! A visit: a user of another system who asks to work here, or does.

use kit::Impu;
use serde::{Deserialize, Serialize};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::{McServiceId, RequestId},
    migration::{Correlation, ProfileIndex},
};

use super::{VISITS, key, of_key};

/// A user of another system who asks to work here, or does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Visit {
    /// The MC service concerned.
    pub service: McService,
    /// The MC service ID that this system gave him.
    pub partner: McServiceId,
    /// Who he is in his primary system.
    pub primary: McServiceId,
    /// The primary system, by its configured name.
    pub system: String,
    /// With which of his profiles.
    pub profile: ProfileIndex,
    /// The identity at which his client is reached.
    pub impu: Impu,
    /// Which client.
    pub client: String,
    /// Under which `request-id` the primary system was asked for it.
    pub request_id: RequestId,
    /// The `request-id` that the client named, and is answered under; none where he is answered by both IDs.
    pub asked_as: Option<RequestId>,
    /// Since when.
    pub since: u64,
    /// When it was asked for last.
    pub asked: u64,
    /// How far it is.
    pub stage: Stage,
    /// What was asked for while he was admitted. It stays beside what he was admitted with until the primary system has said yes, and
    /// where that was given up, for an answer that comes late.
    pub renewal: Option<Renewal>,
}

/// What a visitor asks for who is admitted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Renewal {
    /// With which of his profiles.
    pub profile: ProfileIndex,
    /// The identity at which the client that asks is reached.
    pub impu: Impu,
    /// Which client asks.
    pub client: String,
    /// Under which `request-id` the primary system is asked: that of the visit where it is the same question.
    pub request_id: RequestId,
    /// The `request-id` that the client named.
    pub asked_as: Option<RequestId>,
}

/// How far a visit is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stage {
    /// The primary system is being asked.
    Asking,
    /// It has said yes.
    Admitted,
    /// It has said yes, and is being asked again.
    Renewing,
}

impl Visit {
    /// Whether the primary system has said yes.
    #[must_use]
    pub fn is_admitted(&self) -> bool {
        self.stage != Stage::Asking
    }

    /// Whether an answer of the primary system is awaited.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        self.stage != Stage::Admitted
    }

    /// Under which `request-id`, and for which profile, the primary system is asked, or was asked last.
    pub(in crate::migration) fn question(&self) -> (&RequestId, ProfileIndex) {
        let renewal = self.renewal.as_ref().map(|renewal| (&renewal.request_id, renewal.profile));
        renewal.unwrap_or((&self.request_id, self.profile))
    }

    /// The client that asks, or asked last, and the identity at which it is reached.
    pub(in crate::migration) fn asker(&self) -> (&Impu, &str) {
        let renewal = self.renewal.as_ref().map(|renewal| (&renewal.impu, renewal.client.as_str()));
        renewal.unwrap_or((&self.impu, &self.client))
    }

    /// Every `request-id` under which the primary system may know it.
    pub(in crate::migration) fn request_ids(&self) -> impl Iterator<Item = &RequestId> {
        let renewal = self.renewal.as_ref().map(|renewal| &renewal.request_id);
        [&self.request_id].into_iter().chain(renewal.filter(|other| **other != self.request_id))
    }

    /// As it is once the primary system has said yes to what was asked last.
    pub(in crate::migration) fn admitted(&self) -> Self {
        let mut visit = Self { stage: Stage::Admitted, ..self.clone() };
        if let Some(Renewal { profile, impu, client, request_id, asked_as }) = visit.renewal.take() {
            (visit.profile, visit.impu, visit.client) = (profile, impu, client);
            (visit.request_id, visit.asked_as) = (request_id, asked_as);
        }
        visit
    }
}

impl Visit {
    /// Where it is kept.
    pub(in crate::migration) fn key(&self) -> String {
        key(VISITS, self.service, &self.partner)
    }

    /// How the client that asks is answered.
    pub(in crate::migration) fn towards_client(&self) -> Correlation {
        let asked_as =
            self.renewal.as_ref().map_or(self.asked_as.as_ref(), |renewal| renewal.asked_as.as_ref());
        match asked_as {
            Some(request_id) => Correlation::named(request_id.clone()),
            None => Correlation::by_ids(&self.partner, &self.primary),
        }
    }

    pub(in crate::migration) fn encode(&self) -> Vec<u8> {
        let line = VisitLine {
            primary: self.primary.as_str().to_owned(),
            system: self.system.clone(),
            profile: self.profile.0,
            impu: self.impu.as_str().to_owned(),
            client: self.client.clone(),
            request: self.request_id.as_str().to_owned(),
            asked_as: self.asked_as.as_ref().map(|id| id.as_str().to_owned()),
            since: self.since,
            asked: Some(self.asked),
            stage: self.stage as u8,
            renewal: self.renewal.as_ref().map(RenewalLine::of),
        };
        serde_json::to_vec(&line).unwrap_or_default()
    }

    /// None where it is no such record.
    pub(in crate::migration) fn decode(key: &[u8], value: &[u8]) -> Option<Self> {
        let (service, partner) = of_key(VISITS, key)?;
        let line: VisitLine = serde_json::from_slice(value).ok()?;
        Some(Self {
            service,
            partner,
            primary: McServiceId::new(&line.primary).ok()?,
            system: line.system,
            profile: ProfileIndex(line.profile),
            impu: Impu::new(&line.impu).ok()?,
            client: line.client,
            request_id: RequestId::new(&line.request).ok()?,
            asked_as: line.asked_as.and_then(|id| RequestId::new(&id).ok()),
            since: line.since,
            asked: line.asked.unwrap_or(line.since),
            stage: match line.stage {
                0 => Stage::Asking,
                1 => Stage::Admitted,
                _ => Stage::Renewing,
            },
            renewal: line.renewal.map(|line| line.renewal().ok_or(())).transpose().ok()?,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct VisitLine {
    #[serde(rename = "id")]
    primary: String,
    #[serde(rename = "sys")]
    system: String,
    #[serde(rename = "prof")]
    profile: u8,
    impu: String,
    client: String,
    #[serde(rename = "req")]
    request: String,
    #[serde(rename = "as", skip_serializing_if = "Option::is_none", default)]
    asked_as: Option<String>,
    since: u64,
    #[serde(rename = "at", skip_serializing_if = "Option::is_none", default)]
    asked: Option<u64>,
    stage: u8,
    #[serde(rename = "new", skip_serializing_if = "Option::is_none", default)]
    renewal: Option<RenewalLine>,
}

#[derive(Serialize, Deserialize)]
struct RenewalLine {
    #[serde(rename = "prof")]
    profile: u8,
    impu: String,
    client: String,
    #[serde(rename = "req")]
    request: String,
    #[serde(rename = "as", skip_serializing_if = "Option::is_none", default)]
    asked_as: Option<String>,
}

impl RenewalLine {
    fn of(renewal: &Renewal) -> Self {
        Self {
            profile: renewal.profile.0,
            impu: renewal.impu.as_str().to_owned(),
            client: renewal.client.clone(),
            request: renewal.request_id.as_str().to_owned(),
            asked_as: renewal.asked_as.as_ref().map(|id| id.as_str().to_owned()),
        }
    }

    fn renewal(self) -> Option<Renewal> {
        Some(Renewal {
            profile: ProfileIndex(self.profile),
            impu: Impu::new(&self.impu).ok()?,
            client: self.client,
            request_id: RequestId::new(&self.request).ok()?,
            asked_as: self.asked_as.and_then(|id| RequestId::new(&id).ok()),
        })
    }
}
