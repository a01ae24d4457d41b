//! Whose identities stand in the bodies.
//!
//! A system speaks for its own users only: who asks lies in the domains of the system that asks, who is reported on
//! lies in the domains of the system that reports. Whom a message must name and does not, nobody has spoken for.

use kit::refusal::{Cause, Refusal};
use sip::Uri;
use smallvec::SmallVec;
use xml_schemas::{
    mime::{self, kind},
    names,
};

use super::{Acm, Companion, Content, ENCRYPTED, Migrant, Sense, Text, acm::Of, info::Speaks, leaves};

impl Content<'_> {
    /// Checks every identity that only the sending system may speak for; `owns` says whether a host is the sender's, `receives`
    /// whether it is of the system that the request goes to.
    ///
    /// # Errors
    /// [`Cause::ForeignIdentity`], naming the element; [`Cause::EncryptedBody`] and [`Cause::MalformedBody`] where
    /// an identity cannot be read.
    pub fn is_spoken_for(
        &self,
        owns: impl Fn(&[u8]) -> bool,
        receives: impl Fn(&[u8]) -> bool,
    ) -> Result<(), Refusal> {
        if let Some(companion) = &self.companion {
            companion.is_spoken_for(&owns)?;
        }
        let callers = &self.info.callers;
        callers.iter().try_for_each(|caller| check(&owns, "mcptt-calling-user-id", caller))?;
        if let Some(migrant) = self.migrant.as_ref().filter(|migrant| migrant.is_ours()) {
            migrant.is_spoken_for(&owns, &receives)?;
        }
        if let Some(element) = self.acm.as_ref().and_then(Acm::missing) {
            return Err(Refusal::at(Cause::MalformedBody, element));
        }
        for (element, identity, of) in self.acm.iter().flat_map(Acm::identities) {
            match of {
                Of::Sender => check(&owns, element, identity)?,
                Of::Receiver => check(&receives, element, identity)?,
            }
        }
        for part in self.parts.iter().filter(|part| part.is(mime::LOCATION_INFO)) {
            let speakers = speakers(part.body)?;
            speakers.iter().try_for_each(|speaker| check(&owns, REPORTING, speaker))?;
        }
        Ok(())
    }
}

impl Migrant<'_> {
    /// A user is somebody in both systems: each speaks of an ID of its own, and to the system that the other ID is of.
    fn is_spoken_for(
        &self,
        owns: &impl Fn(&[u8]) -> bool,
        receives: &impl Fn(&[u8]) -> bool,
    ) -> Result<(), Refusal> {
        let [partner, primary] = [("partner-mcptt-id", &self.partner), ("primary-mcptt-id", &self.primary)];
        let (of_sender, of_receiver) = match self.speaks() {
            Speaks::Partner => (partner, primary),
            Speaks::Primary => (primary, partner),
            Speaks::One if check(owns, partner.0, partner.1).is_ok() => (partner, primary),
            Speaks::One => (primary, partner),
        };
        check(owns, of_sender.0, of_sender.1)?;
        check(receives, of_receiver.0, of_receiver.1)
    }
}

impl<'m> Companion<'m> {
    /// TS 23.280 10.9.2.2, 10.9.2.3: who is reported on, and who asks, are M.
    fn named<'c>(
        &self,
        ids: &'c [Text<'m>],
        element: &'static str,
    ) -> Result<impl Iterator<Item = (&'static str, &'c Text<'m>)> + use<'c, 'm>, Refusal> {
        let is_needed = [kind::LOCATION_REQUEST, kind::LOCATION_REPORT].contains(&&*self.flow);
        if is_needed && ids.is_empty() {
            return Err(Refusal::at(Cause::MalformedBody, element));
        }
        Ok(ids.iter().map(move |id| (element, id)))
    }

    fn is_spoken_for(&self, owns: &impl Fn(&[u8]) -> bool) -> Result<(), Refusal> {
        match self.sense {
            Sense::Request => {
                let system = self.requesting_system.iter().map(|id| ("requesting-mc-system-id", id));
                let requester = self.named(self.requester.as_slice(), "requesting-mcs-id")?;
                let role = self.role.iter().map(|role| ("requesting-functional-alias-URI", role));
                system.chain(requester).chain(role).try_for_each(|(element, id)| check(owns, element, id))
            }
            Sense::Response => {
                let system = self.target_system.iter().map(|id| ("target-mc-system-id", id));
                let targets = self.named(&self.targets, "target-list")?;
                system.chain(targets).try_for_each(|(element, id)| check(owns, element, id))
            }
        }
    }
}

/// A user has one name (RFC 3261 19.1.4): with a port, parameters or `sips:` a system would make others of it.
fn check(owns: &impl Fn(&[u8]) -> bool, element: &str, identity: &str) -> Result<(), Refusal> {
    let uri = Uri::parse(identity.as_bytes()).ok().filter(|uri| owns(uri.host));
    let uri = uri.ok_or_else(|| Refusal::at(Cause::ForeignIdentity, element))?;
    let is_one_name = uri.user.is_none() || uri.is_plain();
    if is_one_name { Ok(()) } else { Err(Refusal::at(Cause::MalformedBody, element)) }
}

const REPORTING: &str = "mcptt-reporting-uri";

/// Who is reported on in a body of TS 24.379 F.3.
///
/// # Errors
/// [`Cause::EncryptedBody`] and [`Cause::MalformedBody`] where one cannot be read.
pub(super) fn speakers(body: &[u8]) -> Result<SmallVec<[Text<'_>; 4]>, Refusal> {
    let (speakers, _) = leaves(body, Speakers::note)?;
    if speakers.encrypted { Err(Cause::EncryptedBody.into()) } else { Ok(speakers.found) }
}

/// The body while it is being read.
#[derive(Default)]
struct Speakers<'m> {
    found: SmallVec<[Text<'m>; 4]>,
    encrypted: bool,
}

impl<'m> Speakers<'m> {
    fn note(&mut self, path: &[&str], text: Text<'m>) {
        match path {
            [.., REPORTING] => self.found.push(text),
            [.., REPORTING, value] if names::is_value(value) => self.found.push(text),
            [.., REPORTING, ENCRYPTED] => self.encrypted = true,
            _ => {}
        }
    }
}
