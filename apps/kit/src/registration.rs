//! Third-party registration: how a server learns from its SIP core who logs on and off.
//! TS 24.229 clause 5.4.1.7; TS 24.379 clause 7.3.2: the user's REGISTER rides in the body.

use std::{sync::Arc, time::Duration};

use xml_schemas::{
    body::{Body as _, McpttInfo, mcptt_info::AccessToken},
    mime,
};

use crate::{
    carriage::{self, Protection},
    peer::Impu,
    refusal::{Cause, Refusal},
    stop::{Done, Stop},
};

/// An instance is no longer, in octets: a URN of a UUID has 45.
const INSTANCE: usize = 128;

/// What a third-party REGISTER says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registration {
    /// Whose registration: the outer To.
    pub impu: Impu,
    /// For how long; zero is log-off (de-registration, or expiry as the core saw it).
    pub expires: Duration,
    /// The user's access token, where the user's REGISTER carried one in the clear.
    pub token: Option<AccessToken>,
    /// Which client of the user.
    pub client_id: Option<String>,
    /// What makes its terminal this one and no other (RFC 5626 4.1), with the angle brackets; none where its REGISTER has several
    /// contacts, or says nothing of it that can be asked for (RFC 3841).
    pub instance: Option<String>,
    /// For how long its REGISTER asks to last, where it has one contact: another client of the user may stay for longer. None where it
    /// does not say.
    pub lasts: Option<Duration>,
    /// Whether that client leaves, whoever else of the user stays: its REGISTER takes its contacts back (RFC 3261 10.2.2).
    pub is_leaving: bool,
}

impl Registration {
    /// Whether the user is logged on after it.
    #[must_use]
    pub fn is_log_on(&self) -> bool {
        !self.expires.is_zero()
    }

    /// Reads a third-party REGISTER. The user's own REGISTER in a `message/sip` body is optional.
    ///
    /// # Errors
    /// [`Stop`] where To or Expires is missing or malformed, or the body is, or is not protected as `agreed` says with that user's
    /// client.
    pub fn read(request: &sip::Message, agreed: impl Fn(&Impu) -> Option<Arc<Protection>>) -> Done<Self> {
        let bad = |header: &str| Stop::from(Refusal::at(Cause::MalformedMessage, header));
        let to = request.typed::<sip::To<'_>>().ok().flatten().ok_or_else(|| bad("To"))?;
        let impu = std::str::from_utf8(to.uri).ok().and_then(|uri| Impu::new(uri).ok());
        let impu = impu.ok_or_else(|| bad("To"))?;
        let expires = request.typed::<sip::Expires>().ok().flatten().ok_or_else(|| bad("Expires"))?;
        let expires = Duration::from_secs(u64::from(expires.0));
        let inner = users_register(request)?;
        let protection = agreed(&impu);
        let info = inner.as_ref().map_or(Ok(None), |inner| users_info(inner, protection.as_deref()));
        let info = info?.unwrap_or_default();
        Ok(Self {
            impu,
            expires,
            token: info.access_token.as_ref().and_then(|token| token.plain().ok()).cloned(),
            client_id: info.client_id.as_ref().and_then(|id| id.plain().ok()).cloned(),
            instance: inner.as_ref().and_then(instance),
            lasts: inner.as_ref().and_then(lasts),
            is_leaving: inner.is_some_and(|inner| takes_back(&inner)),
        })
    }
}

/// The user's own REGISTER.
fn users_register(request: &sip::Message) -> Done<Option<sip::Message>> {
    if request.header(sip::Name::ContentType).is_none() {
        return Ok(None);
    }
    let outer = carriage::parts(request)?;
    let Some(inner) = outer.iter().find(|part| part.is(mime::SIP_MESSAGE)) else { return Ok(None) };
    let inner = sip::Message::parse(inner.bytes.to_vec().into(), &sip::Limits::STREAM).map_err(|error| {
        Stop::from(Refusal::at(Cause::MalformedBody, &format!("message/sip {}", error.rule)))
    })?;
    Ok(Some(inner))
}

/// Its `mcptt-info`.
fn users_info(register: &sip::Message, protection: Option<&Protection>) -> Done<Option<McpttInfo>> {
    if register.header(sip::Name::ContentType).is_none() {
        return Ok(None);
    }
    let parts = carriage::parts_of(register, protection)?;
    let Some(info) = parts.iter().find(|part| part.is(mime::MCPTT_INFO)) else { return Ok(None) };
    let info = McpttInfo::read(&info.bytes);
    info.map(Some).map_err(|error| Stop::Malformed(format!("message/sip {} {error}", mime::MCPTT_INFO)))
}

fn only_contact(register: &sip::Message) -> Option<sip::Contact<'_>> {
    let mut contacts = register.all::<sip::Contact<'_>>().flatten();
    let only = contacts.next()?;
    contacts.next().is_none().then_some(only)
}

/// RFC 3261 10.2.1.1: by its only contact's own parameter, or by Expires.
fn lasts(register: &sip::Message) -> Option<Duration> {
    let usual = || register.typed::<sip::Expires>().ok().flatten().map(|expires| expires.0);
    only_contact(register)?.expires().or_else(usual).map(|seconds| Duration::from_secs(seconds.into()))
}

/// The instance of its only contact.
fn instance(register: &sip::Message) -> Option<String> {
    let only = only_contact(register)?;
    let instance = std::str::from_utf8(only.instance()?).ok()?;
    let urn = instance.strip_prefix('<')?.strip_suffix('>')?;
    // It is written into a header of ours, where commas part one value from another.
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | ',' | '<' | '>');
    let is_it = urn.len() <= INSTANCE && urn.chars().all(is_plain);
    is_it.then(|| instance.to_owned())
}

/// RFC 3261 10.2.2: every contact of it, by its own parameter or by Expires, has no time left.
fn takes_back(register: &sip::Message) -> bool {
    let usual = register.typed::<sip::Expires>().ok().flatten().map(|expires| expires.0);
    let mut contacts = register.all::<sip::Contact<'_>>().flatten().peekable();
    contacts.peek().is_some() && contacts.all(|contact| contact.expires().or(usual) == Some(0))
}

#[cfg(test)]
mod tests;
