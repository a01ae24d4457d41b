//! Dialogs across the border, without a record of any (RFC 3261 12 and 16.6 step 4, RFC 6665 4.3).
//!
//! What a gateway has to know of a dialog, the dialog's own messages carry. Towards the partner, an end's Contact and the
//! route set between it and the gateway stand sealed in our Contact and our Record-Route, bound to that partner and to that
//! Call-ID. Towards the inside, our Record-Route says, sealed too, whose dialog it is and under which key its identifiers
//! are: what comes from there later is sealed under that key again, so that a dialog keeps its identifiers when a new key
//! seals what is new. Any gateway with the keys can so serve any message of any dialog, before and after a restart.
//!
//! SUBSCRIBE and NOTIFY build dialogs; both are recorded each time, since either may come first (RFC 6665 4.3, 4.4.1).

use kit::refusal::{Cause, Refusal};
use sip::{Contact, Edits, Message, Method, Name, NameAddr, RecordRoute, Route, To, Uri};

use super::{Hiding, Kind, Sealer, Value, seal::CURRENT, seal::KeyId, seal::Label};

/// What the gateway has to know of a dialog.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Dialog {
    /// Under which key its identifiers are sealed.
    pub key: KeyId,
    /// Whether it began inside, so that its Call-ID was minted there.
    pub ours: bool,
    /// Whether its identifiers are sealed at all.
    pub hidden: bool,
}

/// A request of a dialog from outside: what our Contact and Record-Route in it say.
#[derive(Clone, Debug)]
pub(crate) struct Inward {
    pub dialog: Dialog,
    /// The end inside, as it wrote itself into Contact.
    pub contact: Value,
    /// The way to it, as a Route has it; empty where it is the next hop.
    pub routes: Value,
    /// The Call-ID as the inside knows it, where that is another.
    call_id: Option<Value>,
    /// The To tag likewise.
    tag: Option<Value>,
}

impl Dialog {
    /// One that begins now.
    pub fn new(ours: bool, hidden: bool) -> Self {
        Self { key: CURRENT, ours, hidden }
    }

    fn flags(self) -> u8 {
        u8::from(self.ours) | u8::from(self.hidden) << 1
    }

    fn read(key: KeyId, flags: u8) -> Option<Self> {
        (flags < 4).then_some(Self { key, ours: flags & 1 != 0, hidden: flags & 2 != 0 })
    }
}

/// Reads from a request from inside whose dialog it belongs to, and the partner's name: our own Route on top says so.
pub(crate) fn read_inside(sealer: &Sealer, request: &Message) -> Option<(Dialog, Value)> {
    let route = request.typed::<Route<'_>>().ok().flatten()?.parse_uri().ok()?;
    let label = Label { kind: Kind::Dialog, partner: "", call_id: request.call_id() };
    let (key, said) = sealer.open(&label, route.user?).ok().flatten()?;
    let (flags, partner) = said.split_first()?;
    Some((Dialog::read(key, *flags)?, Value::from_slice(partner)))
}

impl Hiding<'_> {
    /// Reads from a request from this partner what we wrote into our Contact and Record-Route when its dialog began; none
    /// where any of it was not sealed by us, for this partner, in this call.
    pub fn read_outside(&self, request: &Message) -> Option<Inward> {
        let target = Uri::parse(request.request_uri()).ok()?.user?;
        let (key, said) = self.opened(Kind::Contact, request, target)?;
        let (flags, contact) = said.split_first()?;
        let dialog = Dialog::read(key, *flags)?;
        let mut routes = Value::new();
        for route in request.all::<Route<'_>>() {
            if let Some(sealed) = route.ok()?.parse_uri().ok()?.user {
                routes = self.opened(Kind::Routes, request, sealed)?.1;
            }
        }
        let bare = |kind, value: &[u8]| self.sealer.open(&self.label(kind), value).ok().flatten();
        let tag = request.typed::<To<'_>>().ok().flatten()?.tag()?;
        let tag = if dialog.hidden { Some(bare(Kind::Tag, tag)?.1) } else { None };
        let sealed_call = dialog.hidden && dialog.ours;
        let call_id = if sealed_call { Some(bare(Kind::CallId, request.call_id())?.1) } else { None };
        Some(Inward { dialog, contact: Value::from_slice(contact), routes, call_id, tag })
    }

    fn opened(&self, kind: Kind, request: &Message, sealed: &[u8]) -> Option<(KeyId, Value)> {
        let label = Label { kind, partner: self.partner, call_id: request.call_id() };
        self.sealer.open(&label, sealed).ok().flatten()
    }

    /// Edits a request that begins a dialog or belongs to one, on its way out.
    ///
    /// # Errors
    /// [`Cause::MalformedMessage`] where it has not one Contact; [`Cause::TopologyExposed`] where what is not ours to seal
    /// names the inside.
    pub fn dialog_leaves(&self, request: &Message, dialog: Dialog, edits: &mut Edits) -> Result<(), Refusal> {
        let sealed = dialog.hidden && dialog.ours;
        let call_id = request.call_id();
        let call_id =
            if sealed { self.seal(dialog.key, Kind::CallId, call_id)? } else { Value::from_slice(call_id) };
        let contact = only_contact(request).ok_or_else(|| malformed(Name::Contact))?;
        edits.set(Name::Contact, &self.sealed_contact(dialog, &call_id, &contact)?);
        let routes: Option<Vec<&[u8]>> =
            request.all::<RecordRoute<'_>>().map(|route| Some(route.ok()?.uri)).collect();
        let routes = routes.ok_or_else(|| malformed(Name::RecordRoute))?;
        edits.set(Name::RecordRoute, &self.sealed_routes(dialog, &call_id, routes.into_iter())?);
        let rest = || request.values(Name::Route).skip(1);
        if dialog.hidden && rest().any(|route| self.internal.occur_in(route)) {
            return Err(Refusal::at(Cause::TopologyExposed, Name::Route.canonical()));
        }
        edits.remove(Name::Route);
        for route in rest() {
            edits.append(Name::Route, route);
        }
        Ok(())
    }

    /// Edits a request from outside that begins a dialog. A Route to us has served its purpose.
    pub fn dialog_begins(&self, request: &Message, dialog: Dialog, edits: &mut Edits) {
        edits.remove(Name::Route);
        self.record_inward(request.call_id(), dialog, edits);
    }

    /// Edits a request from outside that belongs to a dialog: the end inside, the way to it, and its identifiers.
    pub fn dialog_enters(&self, request: &Message, inward: &Inward, edits: &mut Edits) {
        edits.request_uri(&inward.contact);
        match inward.routes.is_empty() {
            true => edits.remove(Name::Route),
            false => edits.set(Name::Route, &inward.routes),
        };
        if let Some((tag, to)) = inward.tag.as_ref().zip(request.header(Name::To)) {
            let bare = NameAddr::parse(to).map_or(to, |address| super::without_params(to, &address));
            edits.set(Name::To, &super::with_tag_after(bare, tag));
        }
        if let Some(call_id) = &inward.call_id {
            edits.set(Name::CallId, call_id);
        }
        let call_id = inward.call_id.as_deref().unwrap_or(request.call_id());
        self.record_inward(call_id, inward.dialog, edits);
    }

    fn record_inward(&self, call_id: &[u8], dialog: Dialog, edits: &mut Edits) {
        if let Some(recorded) = self.recorded(call_id, dialog) {
            edits.prepend(Name::RecordRoute, &recorded);
        }
    }

    /// Edits the partner's answer to a request of ours: the route set as it is inside. Where the partner recorded nothing we
    /// did ourselves, and what stands below is what the inside had recorded before.
    pub fn dialog_answered(&self, response: &Message, request: &Message, dialog: Dialog, edits: &mut Edits) {
        let begins = request.method() == Method::Subscribe && !is_tagged(request);
        if !is_success(response) {
            edits.remove(Name::RecordRoute).remove(Name::Contact);
            return;
        }
        if !begins && response.header(Name::RecordRoute).is_none() {
            return;
        }
        let Some(recorded) = self.recorded(request.call_id(), dialog) else { return };
        let mut set: Vec<&[u8]> = self.above_ours(response);
        set.retain(|value| NameAddr::parse_bracketed(value).is_ok());
        set.push(&recorded);
        set.extend(request.values(Name::RecordRoute));
        edits.set(Name::RecordRoute, &set.join(&b", "[..]));
    }

    /// Edits the answer of an end inside to a partner's request: the end and its route set are sealed.
    pub fn dialog_answers(&self, response: &Message, request: &Message, dialog: Dialog, edits: &mut Edits) {
        let call_id = request.call_id();
        let contact = only_contact(response).filter(|_| is_success(response));
        match contact.and_then(|contact| self.sealed_contact(dialog, call_id, &contact).ok()) {
            Some(contact) => edits.set(Name::Contact, &contact),
            None => edits.remove(Name::Contact),
        };
        let uris = self.above_ours(response).into_iter().rev();
        let uris = uris.filter_map(|value| NameAddr::parse_bracketed(value).ok()).map(|address| address.uri);
        let recorded = self.sealed_routes(dialog, call_id, uris);
        match recorded.ok().filter(|_| is_success(response) && response.header(Name::RecordRoute).is_some()) {
            Some(recorded) => {
                let theirs = request.values(Name::RecordRoute);
                let set: Vec<&[u8]> = std::iter::once(recorded.as_slice()).chain(theirs).collect();
                edits.set(Name::RecordRoute, &set.join(&b", "[..]))
            }
            None => edits.remove(Name::RecordRoute),
        };
    }

    /// The Record-Route values between the answering end and us; none where ours is not among them.
    fn above_ours<'m>(&self, response: &'m Message) -> Vec<&'m [u8]> {
        let values: Vec<&[u8]> = response.values(Name::RecordRoute).collect();
        let ours = values.iter().position(|value| {
            let uri = NameAddr::parse(value).ok().and_then(|address| address.parse_uri().ok());
            uri.is_some_and(|uri| self.own.iter().any(|host| uri.is_in_domain(host.as_bytes())))
        });
        values.into_iter().take(ours.unwrap_or(0)).collect()
    }

    /// Our Record-Route for the inside; none only where a partner's name is too long to be sealed.
    fn recorded(&self, call_id: &[u8], dialog: Dialog) -> Option<Value> {
        let label = Label { kind: Kind::Dialog, partner: "", call_id };
        let mut said = Value::from_slice(&[dialog.flags()]);
        said.extend_from_slice(self.partner.as_bytes());
        let sealed = self.sealer.seal(dialog.key, &label, &said).ok()?;
        Some(address(&[b"<sip:", &sealed, b"@", self.inner.as_bytes(), b";lr>"]))
    }

    fn sealed_contact(
        &self,
        dialog: Dialog,
        call_id: &[u8],
        contact: &Contact<'_>,
    ) -> Result<Value, Refusal> {
        let mut said = Value::from_slice(&[dialog.flags()]);
        said.extend_from_slice(contact.uri);
        let label = Label { kind: Kind::Contact, partner: self.partner, call_id };
        let sealed = self.sealer.seal(dialog.key, &label, &said).map_err(|_| Cause::TooLarge)?;
        let mut value = address(&[b"<sip:", &sealed, b"@", self.border.as_bytes(), b">"]);
        // What the end can do is told (RFC 3840 9), who it is is not.
        for param in contact.params.iter() {
            let feature = param.name.get(..8).is_some_and(|head| head.eq_ignore_ascii_case(b"+g.3gpp."));
            if feature && !self.internal.occur_in(param.raw) {
                value.push(b';');
                value.extend_from_slice(param.raw);
            }
        }
        Ok(value)
    }

    /// Our Record-Route for the partner, with the way from here to the end inside.
    fn sealed_routes<'u>(
        &self,
        dialog: Dialog,
        call_id: &[u8],
        uris: impl Iterator<Item = &'u [u8]>,
    ) -> Result<Value, Refusal> {
        let mut said = Value::new();
        for uri in uris {
            let before: &[u8] = if said.is_empty() { b"<" } else { b", <" };
            [before, uri, b">"].iter().for_each(|part| said.extend_from_slice(part));
        }
        let label = Label { kind: Kind::Routes, partner: self.partner, call_id };
        let sealed = self.sealer.seal(dialog.key, &label, &said).map_err(|_| Cause::TooLarge)?;
        Ok(address(&[b"<sip:", &sealed, b"@", self.border.as_bytes(), b";lr>"]))
    }
}

impl Inward {
    /// Where the request goes from here: the first of the route, else the end itself.
    pub fn next(&self) -> Option<Uri<'_>> {
        match self.routes.split_inclusive(|byte| *byte == b'>').next() {
            Some(route) => NameAddr::parse(route).ok()?.parse_uri().ok(),
            None => Uri::parse(&self.contact).ok(),
        }
    }
}

/// RFC 6665 4.1.2.1, RFC 3261 12.1.1: exactly one, by a URI that a request can be sent to.
fn only_contact(message: &Message) -> Option<Contact<'_>> {
    let mut contacts = message.all::<Contact<'_>>();
    let contact = contacts.next()?.ok()?;
    let reachable = contact.parse_uri().is_ok_and(|uri| uri.is_sip());
    (reachable && contacts.next().is_none()).then_some(contact)
}

fn is_success(response: &Message) -> bool {
    response.status().is_some_and(|status| (200..300).contains(&status))
}

fn is_tagged(request: &Message) -> bool {
    request.typed::<To<'_>>().ok().flatten().is_some_and(|to| to.tag().is_some())
}

fn malformed(name: Name) -> Refusal {
    Refusal::at(Cause::MalformedMessage, name.canonical())
}

fn address(parts: &[&[u8]]) -> Value {
    let mut value = Value::new();
    parts.iter().for_each(|part| value.extend_from_slice(part));
    value
}
