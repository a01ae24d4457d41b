//! The public service identities that this system serves, and where each is found inside.

use std::{str, sync::Arc};

use hashbrown::HashMap;
use kit::document_rules::like;
use sip::Uri;
use smallvec::SmallVec;
use wire::Hop;
use xml_schemas::ids::McServiceId;

/// From a public service identity to the inner hop of the function behind it.
#[derive(Clone, Default, Debug)]
pub struct Services {
    by_identity: HashMap<Box<[u8]>, Hop>,
    /// Servers behind one identity that have users of their own, with the patterns of their MC service IDs.
    of_users: HashMap<Box<[u8]>, Vec<OfUsers>>,
    /// In the order of the configuration.
    hops: Vec<Hop>,
}

/// Whose users are whose: patterns of MC service IDs, and the hop.
type OfUsers = (Vec<String>, Hop);

impl Services {
    /// Adds a service identity such as `sip:lms_psi@primary.example`; what it had before is replaced.
    ///
    /// # Errors
    /// The identity, where it is no `sip:` or `sips:` URI with a user.
    pub fn add(&mut self, identity: &str, hop: Hop) -> Result<(), String> {
        let uri = Uri::parse(identity.as_bytes()).ok().filter(|uri| uri.is_sip() && uri.user.is_some());
        let key = uri.as_ref().map(key).ok_or_else(|| identity.to_owned())?;
        self.hops.push(hop.clone());
        self.by_identity.insert(key.as_slice().into(), hop);
        Ok(())
    }

    /// As [`Services::add`], for a server that has the users of these MC service IDs alone; `*` stands for any characters.
    ///
    /// # Errors
    /// As [`Services::add`].
    pub fn add_for(&mut self, identity: &str, users: Vec<String>, hop: Hop) -> Result<(), String> {
        let uri = Uri::parse(identity.as_bytes()).ok().filter(|uri| uri.is_sip() && uri.user.is_some());
        let key: Box<[u8]> = uri.as_ref().map(key).ok_or_else(|| identity.to_owned())?.as_slice().into();
        self.hops.push(hop.clone());
        self.by_identity.entry(key.clone()).or_insert_with(|| hop.clone());
        self.of_users.entry(key).or_default().push((users, hop));
        Ok(())
    }

    /// The hop behind a Request-URI, of several the one that has one of these users. Where none has, the one that has all others;
    /// where there is no such one, none.
    pub(crate) fn hop_for(&self, uri: &Uri<'_>, users: &[&str]) -> Option<&Hop> {
        let any = self.hop(uri)?;
        let Some(servers) = self.of_users.get(key(uri).as_slice()) else { return Some(any) };
        let users: SmallVec<[McServiceId; 2]> =
            users.iter().filter_map(|user| McServiceId::new(user).ok()).collect();
        let has = |patterns: &[String]| {
            patterns.iter().any(|pattern| users.iter().any(|user| like(pattern, user.as_str())))
        };
        let found = servers.iter().find(|(patterns, _)| has(patterns)).map(|(_, hop)| hop);
        let is_general = !servers.iter().any(|(_, hop)| hop.name == any.name);
        found.or(Some(any).filter(|_| is_general))
    }

    /// The hop behind a Request-URI. User, host and nothing else decide: port, parameters and password of a URI from
    /// outside lead nowhere.
    pub(crate) fn hop(&self, uri: &Uri<'_>) -> Option<&Hop> {
        self.by_identity.get(key(uri).as_slice())
    }

    /// The hop towards an end inside, or towards a proxy in front of it, by its own URI: a service identity, or the name or
    /// address of a configured hop, with its port where two are on one host. Nobody else is connected to, whatever a Contact
    /// says.
    pub(crate) fn towards(&self, uri: &Uri<'_>) -> Option<&Hop> {
        let at = |hop: &&Hop| {
            let named = |name: &str| uri.is_in_domain(name.as_bytes());
            let address = str::from_utf8(uri.host()).ok().and_then(|host| host.parse().ok());
            named(&hop.name)
                || hop.tls.as_ref().is_some_and(|tls| named(&tls.domain))
                || address == Some(hop.address.ip())
        };
        let exact = || self.hops.iter().filter(at).find(|hop| uri.port == Some(hop.address.port()));
        self.hop(uri).or_else(exact).or_else(|| self.hops.iter().find(at))
    }

    /// The names of the hops, which are those of the connections that we open to them.
    pub(crate) fn hop_names(&self) -> impl Iterator<Item = Arc<str>> {
        self.by_identity.values().map(|hop| hop.name.clone())
    }
}

/// User with its escapes decoded, host without regard to case (RFC 3261 19.1.4). No host has an `@`, so the last one divides.
fn key(uri: &Uri<'_>) -> SmallVec<[u8; 128]> {
    let mut key: SmallVec<[u8; 128]> = uri.user_octets().collect();
    key.push(b'@');
    let host = uri.host.strip_suffix(b".").unwrap_or(uri.host);
    key.extend(host.iter().map(u8::to_ascii_lowercase));
    key
}
