//! Dialogs: what two user agents remember of each other.
//! RFC 3261 clause 12, for the usages of RFC 6665 4.4.1: made by SUBSCRIBE and its NOTIFY.

use serde::{Deserialize, Serialize};
use sip::{Contact, From, Malformed, Message, Method, Name, NameAddr, RecordRoute, Request, To, Uri};
use thiserror::Error;

/// RFC 3261 12.1.1: what tells a dialog from all others, seen from our end.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Id {
    /// Call-ID, byte for byte.
    pub call_id: String,
    /// Our tag.
    pub local_tag: String,
    /// The other end's tag.
    pub remote_tag: String,
}

impl Id {
    /// Which dialog a request within one belongs to: our tag stands in its To. None for a request outside any.
    ///
    /// # Errors
    /// [`Malformed`] where From, To or Call-ID cannot be read.
    pub fn of_request(request: &Message) -> Result<Option<Self>, Malformed> {
        let to = request.typed::<To<'_>>()?.ok_or(missing(Name::To))?;
        let Some(local) = to.tag() else { return Ok(None) };
        let from = request.typed::<From<'_>>()?.ok_or(missing(Name::From))?;
        let remote_tag = text(from.tag().unwrap_or_default(), Name::From)?;
        let call_id = text(request.call_id(), Name::CallId)?;
        Ok(Some(Self { call_id, local_tag: text(local, Name::To)?, remote_tag }))
    }
}

/// A request that came behind a later one, or twice: RFC 3261 12.2.2 answers 500.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("CSeq {number} is not above {last}")]
pub struct OutOfOrder {
    /// What it carries.
    pub number: u32,
    /// What the last one carried.
    pub last: u32,
}

/// Why a message cannot begin a dialog.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Unusable {
    /// A header field cannot be read, or is absent.
    #[error("{0}")]
    Malformed(Malformed),
    /// A dialog of RFC 3261 12.1 needs both tags.
    #[error("no tag in {0:?}")]
    NoTag(Name),
}

impl std::convert::From<Malformed> for Unusable {
    fn from(fault: Malformed) -> Self {
        Self::Malformed(fault)
    }
}

/// One end of a dialog. Plain data, so that it outlives a restart and another replica can go on with it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Dialog {
    id: Id,
    /// From of our requests, without tag; To of theirs.
    local: String,
    remote: String,
    /// Where the other end is reached: its last Contact.
    target: String,
    /// Route set, nearest first, each with its brackets and parameters.
    routes: Vec<String>,
    local_seq: u32,
    remote_seq: Option<u32>,
}

impl Dialog {
    /// The end that was asked (12.1.1): a request without To tag came, and `own_tag` goes into our response.
    ///
    /// # Errors
    /// [`Unusable`] where the request can begin no dialog.
    pub fn answering(request: &Message, own_tag: &str) -> Result<Self, Unusable> {
        let from = request.typed::<From<'_>>()?.ok_or(missing(Name::From))?;
        let to = request.typed::<To<'_>>()?.ok_or(missing(Name::To))?;
        let remote_tag = from.tag().ok_or(Unusable::NoTag(Name::From))?;
        let id = Id {
            call_id: text(request.call_id(), Name::CallId)?,
            local_tag: own_tag.to_owned(),
            remote_tag: text(remote_tag, Name::From)?,
        };
        Ok(Self {
            id,
            local: without_tag(&to, Name::To)?,
            remote: without_tag(&from, Name::From)?,
            target: contact(request)?,
            routes: recorded(request)?,
            local_seq: 0,
            remote_seq: Some(number(request)?),
        })
    }

    /// The end that asked, when the other end's first request within the dialog comes: the NOTIFY that answers our SUBSCRIBE
    /// (RFC 6665 4.4.1). `sent` is the CSeq number of what we asked with.
    ///
    /// # Errors
    /// [`Unusable`] where the request can begin no dialog.
    pub fn notified(request: &Message, sent: u32) -> Result<Self, Unusable> {
        let to = request.typed::<To<'_>>()?.ok_or(missing(Name::To))?;
        let own_tag = text(to.tag().ok_or(Unusable::NoTag(Name::To))?, Name::To)?;
        Ok(Self { local_seq: sent, ..Self::answering(request, &own_tag)? })
    }

    /// The end that asked, by a 2xx response to it (12.1.2): the route set is the recorded one, turned round.
    ///
    /// # Errors
    /// [`Unusable`] where the response can begin no dialog.
    pub fn accepted(response: &Message) -> Result<Self, Unusable> {
        let from = response.typed::<From<'_>>()?.ok_or(missing(Name::From))?;
        let to = response.typed::<To<'_>>()?.ok_or(missing(Name::To))?;
        let local_tag = text(from.tag().ok_or(Unusable::NoTag(Name::From))?, Name::From)?;
        let remote_tag = text(to.tag().ok_or(Unusable::NoTag(Name::To))?, Name::To)?;
        let mut routes = recorded(response)?;
        routes.reverse();
        Ok(Self {
            id: Id { call_id: text(response.call_id(), Name::CallId)?, local_tag, remote_tag },
            local: without_tag(&from, Name::From)?,
            remote: without_tag(&to, Name::To)?,
            target: contact(response)?,
            routes,
            local_seq: number(response)?,
            remote_seq: None,
        })
    }

    /// What tells it from all others.
    #[must_use]
    pub fn id(&self) -> &Id {
        &self.id
    }

    /// Where the other end is reached.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Route set, nearest first.
    #[must_use]
    pub fn routes(&self) -> &[String] {
        &self.routes
    }

    /// The CSeq number of our last request.
    #[must_use]
    pub fn sent(&self) -> u32 {
        self.local_seq
    }

    /// After a restart: nobody knows how many requests were sent since this was kept, but not so many.
    pub fn skip(&mut self, requests: u32) {
        self.local_seq = self.local_seq.saturating_add(requests);
    }

    /// A request of the other end within the dialog (12.2.2). SUBSCRIBE and NOTIFY refresh the target (RFC 6665 4.4.1).
    ///
    /// # Errors
    /// [`OutOfOrder`]: answered 500, and nothing has changed.
    pub fn receive(&mut self, request: &Message) -> Result<(), OutOfOrder> {
        let number = number(request).unwrap_or_default();
        match self.remote_seq {
            Some(last) if number <= last => return Err(OutOfOrder { number, last }),
            _ => self.remote_seq = Some(number),
        }
        if let Ok(target) = contact(request) {
            self.target = target;
        }
        Ok(())
    }

    /// The next request of ours within the dialog (12.2.1.1), with everything that the dialog decides.
    #[must_use]
    pub fn request(&mut self, method: Method<'_>) -> Request {
        self.local_seq = self.local_seq.saturating_add(1);
        let (uri, routes) = self.way();
        let method_name = String::from_utf8_lossy(method.as_bytes()).into_owned();
        let request = routes
            .iter()
            .fold(Request::new(method, uri), |request, route| request.header(Name::Route, route));
        request
            .header(Name::From, format!("{};tag={}", self.local, self.id.local_tag))
            .header(Name::To, self.tagged_remote())
            .header(Name::CallId, &self.id.call_id)
            .header(Name::CSeq, format!("{} {method_name}", self.local_seq))
    }

    fn tagged_remote(&self) -> String {
        match self.id.remote_tag.as_str() {
            "" => self.remote.clone(),
            tag => format!("{};tag={tag}", self.remote),
        }
    }

    /// Request-URI and Route: a first hop without `lr` wants itself in the Request-URI and the target at the end.
    fn way(&self) -> (String, Vec<String>) {
        match self.routes.split_first() {
            Some((first, rest)) if !is_loose(first) => {
                let routes = rest.iter().cloned().chain([format!("<{}>", self.target)]).collect();
                (bare(first), routes)
            }
            _ => (self.target.clone(), self.routes.clone()),
        }
    }
}

fn is_loose(route: &str) -> bool {
    let route = NameAddr::parse(route.as_bytes());
    route.is_ok_and(|route| Uri::parse(route.uri).is_ok_and(|uri| uri.params.has("lr")))
}

fn bare(route: &str) -> String {
    NameAddr::parse(route.as_bytes())
        .map(|route| String::from_utf8_lossy(route.uri).into_owned())
        .unwrap_or_default()
}

fn recorded(message: &Message) -> Result<Vec<String>, Malformed> {
    message
        .all::<RecordRoute<'_>>()
        .map(|route| {
            let route = route?;
            let mut value = format!("<{}>", text(route.uri, Name::RecordRoute)?);
            value.push_str(&text(route.params.as_bytes(), Name::RecordRoute)?);
            Ok(value)
        })
        .collect()
}

fn contact(message: &Message) -> Result<String, Malformed> {
    let contact = message.typed::<Contact<'_>>()?.ok_or(missing(Name::Contact))?;
    let uri = contact.parse_uri()?;
    if !uri.is_sip() {
        return Err(Malformed::new("a dialog needs a SIP URI", 0).of(Name::Contact));
    }
    text(contact.uri, Name::Contact)
}

fn number(message: &Message) -> Result<u32, Malformed> {
    Ok(message.typed::<sip::CSeq<'_>>()?.ok_or(missing(Name::CSeq))?.number)
}

/// As it stands in From or To, without its tag: `<uri>`. Display names and other parameters identify nobody.
fn without_tag(address: &NameAddr<'_>, name: Name) -> Result<String, Malformed> {
    Ok(format!("<{}>", text(address.uri, name)?))
}

fn text(value: &[u8], header: Name) -> Result<String, Malformed> {
    std::str::from_utf8(value).map(str::to_owned).map_err(|_| Malformed::new("not UTF-8", 0).of(header))
}

const fn missing(header: Name) -> Malformed {
    Malformed::new("is missing, and a dialog needs it", 0).of(header)
}

#[cfg(test)]
mod tests;
