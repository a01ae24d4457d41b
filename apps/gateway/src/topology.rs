//! Topology hiding: nothing of the inside crosses the exit, in either direction of a transaction.
//!
//! TS 24.379 clause 6.8.2 step 3. Via is replaced by the driver and comes back from transaction state, as do From, To,
//! Call-ID and CSeq of responses; everything else is here.

mod credentials;
mod dialog;
mod fields;
mod headers;
mod internal;
mod options;
mod plain;
mod responses;
mod seal;

use kit::refusal::{Cause, Refusal};
use sip::{Edits, From, Message, Name, NameAddr, To, Uri};
use smallvec::SmallVec;

pub(crate) use credentials::strip as strip_credentials;
pub(crate) use dialog::{Dialog, Inward, read_inside};
pub(crate) use fields::{Stayed, clean_from_outside, has_dialog, strip_assertions};
pub(crate) use headers::{Allowed, USUAL};
pub(crate) use internal::readings;
pub use internal::{BadName, Hosts};
pub(crate) use options::KNOWN as KNOWN_OPTIONS;
use seal::{KeyId, Label};
pub(crate) use seal::{Kind, Value};
pub use seal::{SealError, Sealer, WeakSecret};

/// What hiding needs to know of the own system and of the agreement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hiding<'h> {
    pub internal: &'h Hosts,
    pub sealer: &'h Sealer,
    /// The partner that the request goes to; what is sealed for one does not open for another.
    pub partner: &'h str,
    /// What may leave towards it.
    pub allowed: &'h Allowed,
    /// The public host that stands in for internal ones.
    pub host: &'h str,
    /// Every host that is the gateway's own.
    pub own: &'h [String],
    /// Host, port and parameters of the URIs by which partners reach the gateway.
    pub border: &'h str,
    /// The same for the own system.
    pub inner: &'h str,
}

impl Hiding<'_> {
    /// Edits a request that leaves: seals Call-ID and From tag, leaves out what only concerns the inside.
    ///
    /// # Errors
    /// [`Cause::TopologyExposed`] where an internal name stands in something that cannot be left out or made anew.
    pub fn request(
        &self,
        request: &Message,
        dialog: Dialog,
        edits: &mut Edits,
        stayed: &mut Stayed,
    ) -> Result<(), Refusal> {
        if self.internal.occur_in(request.request_uri()) {
            return Err(Refusal::at(Cause::TopologyExposed, "Request-URI"));
        }
        if dialog.hidden && dialog.ours {
            edits.set(Name::CallId, &self.seal(dialog.key, Kind::CallId, request.call_id())?);
        } else if self.internal.occur_in(request.call_id()) {
            return Err(Refusal::at(Cause::TopologyExposed, Name::CallId.canonical()));
        }
        edits.set(Name::From, &self.from(request, dialog)?);
        if let Some(to) = self.to(request) {
            edits.set(Name::To, &to);
        }
        fields::leave_out(request, self.allowed, self.internal, edits, stayed)
    }

    /// Edits a request from outside that belongs to what was minted inside: opens Call-ID and To tag. Says whether
    /// anything was opened.
    ///
    /// # Errors
    /// [`Cause::MalformedMessage`] where a value bears our key's name and does not open.
    pub fn open(&self, request: &Message, edits: &mut Edits) -> Result<bool, Refusal> {
        let tampered = |name: Name| Refusal::at(Cause::MalformedMessage, name.canonical());
        let call_id = self.sealer.open(&self.label(Kind::CallId), request.call_id());
        let call_id = call_id.map_err(|_| tampered(Name::CallId))?.map(|(_, value)| value);
        if let Some(call_id) = &call_id {
            edits.set(Name::CallId, call_id);
        }
        let to = request.typed::<To<'_>>().ok().flatten();
        let sealed_tag = to.as_ref().and_then(|to| to.tag()).unwrap_or_default();
        let tag = self.sealer.open(&self.label(Kind::Tag), sealed_tag);
        let tag = tag.map_err(|_| tampered(Name::To))?.map(|(_, value)| value);
        if let (Some(tag), Some((value, to))) = (&tag, request.header(Name::To).zip(to)) {
            edits.set(Name::To, &with_tag_after(without_params(value, &to), tag));
        }
        Ok(call_id.is_some() || tag.is_some())
    }

    /// Whether a request's To tag is one that we sealed for this partner.
    pub fn sealed_to(&self, request: &Message) -> bool {
        let to = request.typed::<To<'_>>().ok().flatten();
        let tag = to.and_then(|to| to.tag()).unwrap_or_default();
        matches!(self.sealer.open(&self.label(Kind::Tag), tag), Ok(Some(_)))
    }

    /// Of what goes by itself.
    fn label(&self, kind: Kind) -> Label<'_> {
        Label { kind, partner: self.partner, call_id: b"" }
    }

    fn seal(&self, key: KeyId, kind: Kind, value: &[u8]) -> Result<Value, Refusal> {
        self.sealer.seal(key, &self.label(kind), value).map_err(|_| Cause::TooLarge.into())
    }

    /// From with its tag sealed; an internal address gives way to the public one.
    fn from(&self, request: &Message, dialog: Dialog) -> Result<Value, Refusal> {
        let malformed = || Refusal::at(Cause::MalformedMessage, Name::From.canonical());
        let value = request.header(Name::From).ok_or_else(malformed)?;
        let from = request.typed::<From<'_>>().ok().flatten().ok_or_else(malformed)?;
        let tag = match from.tag() {
            None => Value::new(),
            Some(tag) if dialog.hidden => self.seal(dialog.key, Kind::Tag, tag)?,
            Some(tag) if self.internal.occur_in(tag) => {
                return Err(Refusal::at(Cause::TopologyExposed, Name::From.canonical()));
            }
            Some(tag) => Value::from_slice(tag),
        };
        let address = without_params(value, &from);
        if self.internal.occur_in(address) {
            Ok(with_tag_after(&self.public_address(from.uri, self.host.as_bytes()), &tag))
        } else {
            Ok(with_tag_after(address, &tag))
        }
    }

    /// To, where it holds an internal name: the Request-URI says whom it is for.
    fn to(&self, request: &Message) -> Option<Value> {
        let value = request.header(Name::To).filter(|value| self.internal.occur_in(value))?;
        let to = NameAddr::parse(value).ok()?;
        let host = Uri::parse(request.request_uri()).ok()?.host;
        Some(with_tag_after(&self.public_address(to.uri, host), to.tag().unwrap_or_default()))
    }

    /// `<sip:user@host>` with the user of an address, unless the user names something internal too.
    fn public_address(&self, uri: &[u8], host: &[u8]) -> Value {
        let user = Uri::parse(uri).ok().and_then(|uri| uri.user).filter(|user| !self.internal.occur_in(user));
        let mut address = Value::from_slice(b"<sip:");
        if let Some(user) = user {
            address.extend_from_slice(user);
            address.push(b'@');
        }
        address.extend_from_slice(host);
        address.push(b'>');
        address
    }
}

/// A header value up to its own parameters; From and To have none but the tag that anybody reads (RFC 3261 20.20).
fn without_params<'v>(value: &'v [u8], address: &NameAddr<'_>) -> &'v [u8] {
    value.get(..value.len().saturating_sub(address.params.as_bytes().len())).unwrap_or(value)
}

fn with_tag_after(address: &[u8], tag: &[u8]) -> Value {
    let mut value: Value = SmallVec::from_slice(address);
    if !tag.is_empty() {
        value.extend_from_slice(b";tag=");
        value.extend_from_slice(tag);
    }
    value
}
