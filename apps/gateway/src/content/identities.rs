//! Whose identities stand in the bodies.
//!
//! A system speaks for its own users only: who asks lies in the domains of the system that asks, who is reported on
//! lies in the domains of the system that reports.

use kit::refusal::{Cause, Refusal};
use sip::Uri;
use smallvec::SmallVec;
use xml_schemas::mime;

use super::{Companion, Content, ENCRYPTED, Sense, Text, leaves};

impl Content<'_> {
    /// Checks every identity that only the sending system may speak for; `owns` says whether a host is the sender's.
    ///
    /// # Errors
    /// [`Cause::ForeignIdentity`], naming the element; [`Cause::EncryptedBody`] and [`Cause::MalformedBody`] where
    /// an identity cannot be read.
    pub fn is_spoken_for(&self, owns: impl Fn(&[u8]) -> bool) -> Result<(), Refusal> {
        if let Some(companion) = &self.companion {
            companion.is_spoken_for(&owns)?;
        }
        for part in &self.parts {
            if part.is(mime::MCPTT_INFO) || part.is(mime::LOCATION_INFO) {
                let (speakers, _) = leaves(part.body, Speakers::note)?;
                if speakers.encrypted {
                    return Err(Cause::EncryptedBody.into());
                }
                speakers.found.iter().try_for_each(|(element, identity)| check(&owns, element, identity))?;
            }
        }
        Ok(())
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

fn check(owns: &impl Fn(&[u8]) -> bool, element: &str, identity: &str) -> Result<(), Refusal> {
    let owned = Uri::parse(identity.as_bytes()).is_ok_and(|uri| owns(uri.host));
    if owned { Ok(()) } else { Err(Refusal::at(Cause::ForeignIdentity, element)) }
}

/// Who speaks in a body of TS 24.379: who calls (F.1) and who is reported on (F.3).
#[derive(Default)]
struct Speakers<'m> {
    found: SmallVec<[(&'static str, Text<'m>); 4]>,
    encrypted: bool,
}

impl<'m> Speakers<'m> {
    fn note(&mut self, path: &[&str], text: Text<'m>) {
        match path {
            [.., "mcptt-calling-user-id", "mcpttURI"] => self.found.push(("mcptt-calling-user-id", text)),
            [.., "mcptt-reporting-uri"] | [.., "mcptt-reporting-uri", "mcpttURI"] => {
                self.found.push(("mcptt-reporting-uri", text));
            }
            [.., "mcptt-calling-user-id" | "mcptt-reporting-uri", ENCRYPTED] => self.encrypted = true,
            _ => {}
        }
    }
}
