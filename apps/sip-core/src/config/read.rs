//! Reading `[sip-core]`.

use std::{collections::HashSet, sync::Arc, time::Duration};

use kit::{
    config::{HopConfig, HostPort, Table, TlsProfiles},
    digest::{Algorithm, Ha1},
    lock_out::LockOut,
};

use super::{Config, Edge, Registration, Server, User, Users};
use crate::address;

impl Config {
    /// Reads the table of a SIP core. Its `listen` tables are its node's, and read by whoever starts that.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let name = table.required::<HostPort>("name");
        let domain = table.required::<HostPort>("domain");
        let realm = table.optional::<String>("realm");
        let uri = table.required::<String>("uri");
        let registration = table.table("registration", Registration::read);
        let registration = if table.has("registration") { registration? } else { Registration::default() };
        let domain = domain.map(|domain| domain.host);
        let users = users(table, domain.as_deref().unwrap_or_default(), &registration.algorithms);
        let servers = servers(table, profiles);
        let edges = table.tables("edges", |each| {
            let hop = HopConfig::read(each, profiles)?;
            Some(Edge { identity: hop.identity.clone(), hop: hop.hop() })
        });
        if uri.as_deref().is_some_and(|uri| address::of(uri.as_bytes()).is_none()) {
            table.error_at_value(
                "uri",
                "\"uri\" must be a SIP URI such as \"sip:sip-core.primary.example:5061\"",
            );
        }
        let domain = domain?;
        let realm = realm.unwrap_or_else(|| domain.clone());
        Some(Self {
            name: Arc::from(name?.host),
            realm,
            domain,
            uri: uri?,
            users,
            servers,
            edges,
            registration,
        })
    }
}

impl Registration {
    fn read(table: &Table<'_>) -> Option<Self> {
        let usual = Self::default();
        let read = Self {
            least: table.or("least", usual.least),
            most: table.or("most", usual.most),
            usual: table.or("usual", usual.usual),
            contacts: table.within("contacts", 1..=64, usual.contacts),
            algorithms: algorithms(table).unwrap_or(usual.algorithms),
            nonce_life: table.or("nonce-life", usual.nonce_life),
            lock_out: table.table("lock-out", |each| Some(LockOut::read(each))).unwrap_or_default(),
        };
        // RFC 3261 10.3 step 7: no registrar may call an hour too brief.
        if read.least > Duration::from_secs(3600) {
            table.error_at_value("least", "\"least\" must be at most an hour (RFC 3261 10.3)");
        }
        if read.least > read.usual || read.usual > read.most {
            table.error("\"least\", \"usual\" and \"most\" must not decrease in this order");
        }
        Some(read)
    }
}

fn algorithms(table: &Table<'_>) -> Option<Vec<Algorithm>> {
    let names: Vec<String> = table.optional("algorithms")?;
    let mut read: Vec<Algorithm> =
        names.iter().filter_map(|name| Algorithm::from_name(name.as_bytes())).collect();
    if read.is_empty() || read.len() != names.len() {
        table.error_at_value("algorithms", "\"algorithms\" must hold \"SHA-256\", \"MD5\" or both");
    }
    read.sort();
    read.dedup();
    if read == [Algorithm::Md5] {
        table
            .warn_at_value("algorithms", "\"algorithms\" offers MD5 alone; SHA-256 is wanted (RFC 8760 2.4)");
    }
    Some(read)
}

fn users(table: &Table<'_>, domain: &str, algorithms: &[Algorithm]) -> Users {
    let (mut usernames, mut identities) = (HashSet::new(), HashSet::new());
    let users = table.tables("users", |each| {
        let user = user(each, domain, algorithms)?;
        if !usernames.insert(user.username.clone()) {
            each.error_at_value("username", "another user has this username");
        }
        for identity in user.identities.iter().filter(|identity| !identities.insert((*identity).clone())) {
            each.error_at_value("identities", format!("{identity} is listed twice"));
        }
        Some(user)
    });
    users.into_iter().collect()
}

fn user(table: &Table<'_>, domain: &str, algorithms: &[Algorithm]) -> Option<User> {
    let username = table.required::<String>("username");
    let identities = table.required::<Vec<String>>("identities");
    let secret = |algorithm, key| {
        let hash = table.optional::<String>(key)?;
        let ha1 = Ha1::from_hash(algorithm, &hash);
        if ha1.is_none() {
            let digits = algorithm.digits();
            table.error_at_value(key, format!("\"{key}\" must be {digits} hexadecimal digits"));
        }
        ha1
    };
    let sha256 = secret(Algorithm::Sha256, "ha1-sha-256");
    let md5 = secret(Algorithm::Md5, "ha1-md5");
    if md5.is_some() && !table.has("ha1-sha-256") {
        let told = "the user proves the password by MD5 alone; \"ha1-sha-256\" is wanted (RFC 8760)";
        table.warn_at_value("ha1-md5", told);
    }
    let offered = |ha1: &Ha1| algorithms.contains(&ha1.algorithm());
    let secrets: Vec<Ha1> = [sha256, md5].into_iter().flatten().filter(offered).collect();
    if secrets.is_empty() && !table.has("ha1-sha-256") {
        table.error("a user needs \"ha1-sha-256\", the hash of username:realm:password");
    } else if secrets.is_empty() {
        let told =
            "the user cannot register: \"algorithms\" offers MD5 alone, for which there is no \"ha1-md5\"";
        table.warn_at_value("ha1-sha-256", told);
    }
    Some(User { username: username?, identities: own(table, "identities", identities?, domain), secrets })
}

/// Addresses of record in canonical form, each in our own domain.
fn own(table: &Table<'_>, key: &'static str, uris: Vec<String>, domain: &str) -> Vec<String> {
    if uris.is_empty() {
        table.error_at_value(key, format!("\"{key}\" must not be empty"));
    }
    let canonical = |uri: &String| {
        let found =
            address::of(uri.as_bytes()).filter(|found| domain.is_empty() || address::domain(found) == domain);
        if found.is_none() {
            table.error_at_value(key, format!("\"{uri}\" is no SIP address of {domain}"));
        }
        found
    };
    uris.iter().filter_map(canonical).collect()
}

fn servers(table: &Table<'_>, profiles: &TlsProfiles) -> Vec<Server> {
    let mut services = HashSet::new();
    table.tables("servers", |each| {
        let hop = HopConfig::read(each, profiles);
        let uris = each.optional::<Vec<String>>("services").unwrap_or_default();
        let own: Vec<String> = uris.iter().filter_map(|uri| address::of(uri.as_bytes())).collect();
        if own.len() != uris.len() {
            each.error_at_value("services", "\"services\" must hold SIP addresses");
        }
        for service in own.iter().filter(|service| !services.insert((*service).clone())) {
            each.error_at_value("services", format!("{service} belongs to another server"));
        }
        let third_party = each.or("third-party-registration", false);
        if third_party && own.is_empty() {
            each.error_at(
                "third-party-registration",
                "a server that is told of registrations needs one of \"services\"",
            );
        }
        let hop = hop?;
        let unregistered = each.or("unregistered", false);
        let identity = hop.identity.clone();
        Some(Server { identity, hop: hop.hop(), services: own, third_party, unregistered })
    })
}

#[cfg(test)]
mod tests;
