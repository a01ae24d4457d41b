//! What is bound to an identity, as the store keeps it: one record under `service/authorization/<identity>`.

use std::{borrow::Cow, sync::Arc, time::Duration};

use kit::{Impu, publication::Publication, tokens::Marks};
use serde::{Deserialize, Serialize};
use xml_schemas::{
    body::interconnection_info::McService, ids::McServiceId, lexical::Lexical as _, migration::ProfileIndex,
};

use super::{Binding, Client, FOR_GOOD, Visit, millis, moment};

/// Before every key.
pub(super) const PREFIX: &str = "service/authorization/";

/// Where what is bound to this identity is kept.
pub(super) fn key(impu: &Impu) -> String {
    format!("{PREFIX}{}", impu.as_str())
}

/// Whose key it is.
pub(super) fn identity(key: &[u8]) -> Option<Impu> {
    let text = std::str::from_utf8(key).ok()?.strip_prefix(PREFIX)?;
    Impu::new(text).ok()
}

/// The names are short because there are a million of them.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    #[serde(rename = "reg", skip_serializing_if = "Option::is_none", default)]
    registered: Option<u64>,
    #[serde(rename = "cl", borrow)]
    clients: Vec<ClientLine<'a>>,
}

#[derive(Serialize, Deserialize)]
struct ClientLine<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    user: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    until: Option<u64>,
    #[serde(rename = "most", skip_serializing_if = "Option::is_none", default)]
    at_most: Option<u64>,
    #[serde(rename = "prof", skip_serializing_if = "Option::is_none", default)]
    profile: Option<u8>,
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    tag: Option<Cow<'a, str>>,
    #[serde(rename = "pub", skip_serializing_if = "Option::is_none", default)]
    published: Option<u64>,
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    primary: Option<Cow<'a, str>>,
    /// Of a visitor, where it is not MCPTT.
    #[serde(rename = "svc", borrow, skip_serializing_if = "Option::is_none", default)]
    service: Option<Cow<'a, str>>,
    #[serde(rename = "tok", borrow, skip_serializing_if = "Option::is_none", default)]
    marks: Option<MarksLine<'a>>,
    #[serde(rename = "ok", skip_serializing_if = "std::ops::Not::not", default)]
    is_admitted: bool,
}

/// By what an access token is revoked: issuer, `jti`, `sid`, `sub` and `iat`.
#[derive(Serialize, Deserialize)]
struct MarksLine<'a>(
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Option<Cow<'a, str>>,
    #[serde(borrow)] Option<Cow<'a, str>>,
    #[serde(borrow)] Option<Cow<'a, str>>,
    u64,
);

impl<'a> MarksLine<'a> {
    fn of(marks: &'a Marks) -> Self {
        let mark = |mark: &'a Option<Arc<str>>| mark.as_deref().map(Cow::Borrowed);
        let Marks { issuer, token, log_in, user, issued } = marks;
        Self(Cow::Borrowed(issuer), mark(token), mark(log_in), mark(user), *issued)
    }

    fn marks(self) -> Marks {
        let mark = |mark: Option<Cow<'_, str>>| mark.map(|mark| Arc::from(&*mark));
        let Self(issuer, token, log_in, user, issued) = self;
        Marks {
            issuer: Arc::from(&*issuer),
            token: mark(token),
            log_in: mark(log_in),
            user: mark(user),
            issued,
        }
    }
}

pub(super) fn encode(binding: &Binding) -> Vec<u8> {
    let clients = binding.clients.iter().map(ClientLine::of).collect();
    serde_json::to_vec(&Line { registered: binding.registered, clients }).unwrap_or_default()
}

/// None where it is no such record.
pub(super) fn decode(record: &[u8]) -> Option<Binding> {
    let line: Line<'_> = serde_json::from_slice(record).ok()?;
    let clients = line.clients.into_iter().map(ClientLine::client).collect::<Option<_>>()?;
    Some(Binding { registered: line.registered, clients })
}

/// A time that is said; the end of all times is not.
fn said(at: u64) -> Option<u64> {
    (at != FOR_GOOD).then_some(at)
}

impl<'a> ClientLine<'a> {
    fn of(client: &'a Client) -> Self {
        let (publication, visit) = (client.publication.as_ref(), client.visit.as_ref());
        Self {
            id: client.id.as_deref().map(Cow::Borrowed),
            user: Cow::Borrowed(client.user.as_str()),
            until: said(client.until),
            at_most: said(client.at_most),
            profile: client.profile.map(|profile| profile.0),
            tag: publication.map(|publication| Cow::Borrowed(publication.tag())),
            published: publication.map(|publication| millis(publication.expires())),
            marks: client.marks.as_deref().map(MarksLine::of),
            primary: visit.map(|visit| Cow::Borrowed(visit.primary.as_str())),
            service: visit
                .filter(|visit| visit.service != McService::Mcptt)
                .map(|visit| visit.service.write()),
            is_admitted: visit.is_some_and(|visit| visit.is_admitted),
        }
    }

    fn client(self) -> Option<Client> {
        let primary = self.primary.map(|primary| McServiceId::new(&primary)).transpose().ok()?;
        let service = self.service.map_or(Ok(McService::Mcptt), |service| McService::read(&service)).ok()?;
        let publication = self.tag.zip(self.published);
        Some(Client {
            id: self.id.map(|id| Arc::from(&*id)),
            user: McServiceId::new(&self.user).ok()?,
            until: self.until.unwrap_or(FOR_GOOD),
            at_most: self.at_most.unwrap_or(FOR_GOOD),
            marks: self.marks.map(|marks| Arc::new(marks.marks())),
            profile: self.profile.map(ProfileIndex),
            publication: publication.map(|(tag, at)| Publication::new(moment(at), tag, Duration::ZERO)),
            visit: primary.map(|primary| Visit { service, primary, is_admitted: self.is_admitted }),
        })
    }
}

#[cfg(test)]
mod tests;
