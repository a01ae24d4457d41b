//! The partner MC systems in which a user profile is valid, and how its user is connected there.
//!
//! TS 23.379 table A.3-2 wants with each system the access information of table A.6-1 of TS 23.280. TS 24.484 carries it as
//! `MigratablePartnerMCPTTSystemInfo` in the `anyExt` of `OnNetwork`: the system, and its UE initial configuration. Under which SIP
//! identities the user registers there (TS 23.280 10.1.6) no published element says: an element of our own in the `anyExt` of that one
//! does. *Provisional.*

use std::fmt;

use kit::{Impu, partner::domain_of};
use xml::Element;
use xml_schemas::{
    ids::{BadId, Psi},
    migration::ProfileIndex,
    mime::namespace::PARTNER_CONNECTIVITY as CONNECTIVITY,
};

use super::{NAMESPACE, UserProfile, extended};

/// How a user is connected with a partner MC system. Secrets are not here: the password is in his terminal, and his MC service ID there
/// is told by the partner's identity management server when he has logged in (TS 23.280 10.6.3.2.1 NOTE 1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartnerSystem {
    /// The public user identity under which he registers.
    pub impu: Impu,
    /// The username for digest authentication.
    pub username: String,
    /// Where terminals reach the SIP core: a `sip:` URI of a host.
    pub core: String,
    /// The MC service server.
    pub service: Psi,
    /// The location management server.
    pub locations: Psi,
    /// The ACM server, where there is one.
    pub acm: Option<Psi>,
    /// The functional alias controlling server, where there is one.
    pub aliases: Option<Psi>,
}

/// An entry of the list: a system, and how its user is connected there, as far as the entry says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    domain: String,
    system: Result<PartnerSystem, &'static str>,
}

/// Why a user cannot go to a partner MC system with a profile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoWay {
    /// The profile is not valid there.
    NotThere(ProfileIndex, String),
    /// It names the system twice.
    Twice(ProfileIndex, String),
    /// It names the system, but this is missing, or is none.
    Lacks(ProfileIndex, String, &'static str),
}

impl fmt::Display for NoWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotThere(ProfileIndex(index), system) => {
                write!(f, "user profile {index} says nothing of {system}: it is not valid there")
            }
            Self::Twice(ProfileIndex(index), system) => {
                write!(f, "user profile {index} has two entries for {system}")
            }
            Self::Lacks(ProfileIndex(index), system, what) => {
                write!(f, "user profile {index} does not say how to connect with {system}: no valid {what}")
            }
        }
    }
}

impl std::error::Error for NoWay {}

impl UserProfile {
    /// How its user is connected with the partner MC system of this domain: the precondition of TS 23.280 10.6.3.3.
    ///
    /// # Errors
    /// [`NoWay`]
    pub fn partner(&self, domain: &str) -> Result<&PartnerSystem, NoWay> {
        let mut found = self.partners.iter().filter(|entry| entry.domain.eq_ignore_ascii_case(domain));
        let (index, domain) = (self.index, domain.to_owned());
        match (found.next(), found.next()) {
            (None, _) => Err(NoWay::NotThere(index, domain)),
            (Some(_), Some(_)) => Err(NoWay::Twice(index, domain)),
            (Some(entry), None) => entry.system.as_ref().map_err(|what| NoWay::Lacks(index, domain, what)),
        }
    }
}

impl Entry {
    /// None where the element is another.
    pub(super) fn read(element: Element<'_>) -> Option<Self> {
        if !element.is(NAMESPACE, "MigratablePartnerMCPTTSystemInfo") {
            return None;
        }
        let id = element.child(NAMESPACE, "PartnerMCPTTSystemId")?.text().trim().to_owned();
        // The identity is a URI: of the system's domain, or that domain alone.
        let domain = domain_of(&id).unwrap_or(id);
        let connectivity = extended(element).find(|child| child.is(CONNECTIVITY, "partner-connectivity"));
        let system = connectivity.ok_or("partner-connectivity").and_then(PartnerSystem::read);
        Some(Self { domain, system })
    }
}

impl PartnerSystem {
    fn read(element: Element<'_>) -> Result<Self, &'static str> {
        let text = |name: &'static str| {
            let found = element.child(CONNECTIVITY, name).map(|child| child.text().trim().to_owned());
            found.filter(|text| !text.is_empty())
        };
        let required = |name: &'static str| text(name).ok_or(name);
        let psi = |name: &'static str, text: String| Psi::new(&text).map_err(|_: BadId| name);
        let named = |name: &'static str| required(name).and_then(|text| psi(name, text));
        let optional = |name: &'static str| text(name).map(|text| psi(name, text)).transpose();
        Ok(Self {
            impu: Impu::new(&required("impu")?).map_err(|_| "impu")?,
            username: required("username")?,
            core: required("sip-core")?,
            service: named("service-server")?,
            locations: named("location-server")?,
            acm: optional("acm-server")?,
            aliases: optional("alias-server")?,
        })
    }
}
