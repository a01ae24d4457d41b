//! Whose identities stand in the bodies.
//!
//! A system speaks for its own users only: who asks lies in the domains of the system that asks, who is reported on
//! lies in the domains of the system that reports.

use kit::refusal::{Cause, Refusal};
use sip::Uri;
use smallvec::SmallVec;
use xml_schemas::mime;

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
        for (element, identity, of) in self.acm.iter().flat_map(Acm::identities) {
            match of {
                Of::Sender => check(&owns, element, identity)?,
                Of::Receiver => check(&receives, element, identity)?,
            }
        }
        for part in self.parts.iter().filter(|part| part.is(mime::LOCATION_INFO)) {
            let (speakers, _) = leaves(part.body, Speakers::note)?;
            if speakers.encrypted {
                return Err(Cause::EncryptedBody.into());
            }
            speakers.found.iter().try_for_each(|(element, identity)| check(&owns, element, identity))?;
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

impl Companion<'_> {
    fn is_spoken_for(&self, owns: &impl Fn(&[u8]) -> bool) -> Result<(), Refusal> {
        match self.sense {
            Sense::Request => {
                let system = self.requesting_system.iter().map(|id| ("requesting-mc-system-id", id));
                let requester = self.requester.iter().map(|id| ("requesting-mcs-id", id));
                system.chain(requester).try_for_each(|(element, id)| check(owns, element, id))
            }
            Sense::Response => {
                let system = self.target_system.iter().map(|id| ("target-mc-system-id", id));
                let targets = self.targets.iter().map(|id| ("target-list", id));
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

/// Who is reported on in a body of TS 24.379 F.3.
#[derive(Default)]
struct Speakers<'m> {
    found: SmallVec<[(&'static str, Text<'m>); 4]>,
    encrypted: bool,
}

impl<'m> Speakers<'m> {
    fn note(&mut self, path: &[&str], text: Text<'m>) {
        match path {
            [.., "mcptt-reporting-uri"] | [.., "mcptt-reporting-uri", "mcpttURI"] => {
                self.found.push(("mcptt-reporting-uri", text));
            }
            [.., "mcptt-reporting-uri", ENCRYPTED] => self.encrypted = true,
            _ => {}
        }
    }
}
