//! The group management client (TS 23.280 7.4.2.3): group documents over XCAP, and for administrators what is shared with
//! whom, at the group management server of the own MC system.

mod refused;

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use kit::documents::client::{Ask, Sender};
use wire::{Hop, web::Web};

pub use refused::Refused;

/// The media type of group documents (TS 24.481 clause 7.2.5).
const MEDIA_TYPE: &str = "application/vnd.oma.poc.groups+xml";

/// Where group documents are found by the identity of their group, below the XCAP root.
const BY_GROUP_ID: &str = "org.openmobilealliance.groups/global/byGroupID";

/// What a server says to a request that it has carried out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// The status, 200 to 299.
    pub status: StatusCode,
    /// The entity tag, in its quotes, where there is one.
    pub etag: Option<String>,
    /// The body.
    pub body: Bytes,
}

/// A group management client of one user.
#[derive(Clone)]
pub struct GroupClient {
    web: Arc<dyn Web>,
    hop: Hop,
    root: String,
    token: String,
}

impl GroupClient {
    /// A client of the server behind `hop`, whose documents are below the XCAP root `root`, with its user's access token.
    #[must_use]
    pub fn new(web: Arc<dyn Web>, hop: Hop, root: &str, token: &str) -> Self {
        Self { web, hop, root: root.trim_end_matches('/').to_owned(), token: token.to_owned() }
    }

    /// Reads a group.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn get(&self, group: &str) -> Result<Told, Refused> {
        self.send(Method::GET, &self.document(group), None, Bytes::new()).await
    }

    /// Writes a group; where an entity tag is given, only while the group is still in that state.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn put(&self, group: &str, document: Bytes, if_match: Option<&str>) -> Result<Told, Refused> {
        self.send(Method::PUT, &self.document(group), if_match, document).await
    }

    /// Deletes a group; where an entity tag is given, only while the group is still in that state.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn delete(&self, group: &str, if_match: Option<&str>) -> Result<Told, Refused> {
        self.send(Method::DELETE, &self.document(group), if_match, Bytes::new()).await
    }

    /// Shares a group with a partner, or tells it again (10.2.7.2).
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn share(&self, partner: &str, group: &str) -> Result<Told, Refused> {
        let path = format!("shares/{partner}/{}", encoded(group));
        self.send(Method::PUT, &self.own(&path), None, Bytes::new()).await
    }

    /// Shares a group with a partner no longer.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn unshare(&self, partner: &str, group: &str) -> Result<Told, Refused> {
        let path = format!("shares/{partner}/{}", encoded(group));
        self.send(Method::DELETE, &self.own(&path), None, Bytes::new()).await
    }

    /// Has a partner's group requested of its primary system (10.2.7.3).
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn request(&self, group: &str) -> Result<Told, Refused> {
        self.send(Method::POST, &self.own(&format!("requests/{}", encoded(group))), None, Bytes::new()).await
    }

    /// What policy would make of a group on its way to a partner, or, with `accepted`, made of a partner's group here: JSON.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn preview(&self, partner: &str, group: &str, accepted: bool) -> Result<Told, Refused> {
        let direction = if accepted { "&direction=accept" } else { "" };
        let path = format!("preview?partner={}&group={}{direction}", encoded(partner), encoded(group));
        self.send(Method::GET, &self.own(&path), None, Bytes::new()).await
    }

    /// What is shared with whom, what is held of whom, and what is still to be done, of one partner or group where they are named:
    /// JSON.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn status(&self, partner: Option<&str>, group: Option<&str>) -> Result<Told, Refused> {
        let named = [("partner", partner), ("group", group)].into_iter();
        let named = named.filter_map(|(name, value)| Some(format!("{name}={}", encoded(value?))));
        let path = format!("status?{}", named.collect::<Vec<_>>().join("&"));
        self.send(Method::GET, &self.own(&path), None, Bytes::new()).await
    }

    fn document(&self, group: &str) -> String {
        format!("{}/{BY_GROUP_ID}/{}", self.root, encoded(group))
    }

    /// The project's own resources are beside the XCAP root, not below it.
    fn own(&self, path: &str) -> String {
        let authority = self.root.find("://").map_or(0, |at| at + 3);
        let end = self
            .root
            .get(authority..)
            .and_then(|rest| rest.find('/'))
            .map_or(self.root.len(), |at| authority + at);
        format!("{}/mcx/groups/{path}", self.root.get(..end).unwrap_or_default())
    }

    async fn send(
        &self,
        method: Method,
        uri: &str,
        if_match: Option<&str>,
        body: Bytes,
    ) -> Result<Told, Refused> {
        let request = self.request_for(method, uri, if_match, body).ok_or(Refused::Unsendable)?;
        let response = self.web.fetch(request, self.hop.clone()).await.map_err(Refused::Unanswered)?;
        told(response)
    }

    fn request_for(
        &self,
        method: Method,
        uri: &str,
        if_match: Option<&str>,
        body: Bytes,
    ) -> Option<Request<Bytes>> {
        let media_type = Some(MEDIA_TYPE).filter(|_| method == Method::PUT);
        let quoted = |etag: &str| format!("\"{}\"", etag.trim_matches('"'));
        let condition = if_match.map(|etag| (header::IF_MATCH, quoted(etag)));
        Ask { method, uri, media_type, condition, body }.request(Sender::User(&self.token))
    }
}

fn told(response: Response<Bytes>) -> Result<Told, Refused> {
    let status = response.status();
    let etag = response.headers().get(header::ETAG).and_then(|value| value.to_str().ok()).map(str::to_owned);
    if status.is_success() {
        return Ok(Told { status, etag, body: response.into_body() });
    }
    Err(Refused::read(&response))
}

/// RFC 3986 2.1: what is not unreserved is encoded.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests;
