//! Service identities and users: every section of the file calls them the same.

use std::net::SocketAddr;

use kit::config::{Table, did_you_mean};
use sip_core::{address, config::Users};

use super::Facts;

pub(super) fn check(root: &Table<'_>, facts: &Facts<'_>) {
    let psis = Psis::of(facts);
    between_servers(root, facts, &psis);
    for (section, psi) in psis.all() {
        if let Some(psi) = psi {
            ways(root, facts, section, psi);
        }
    }
    if let Some((_, core)) = &facts.config.sip_core
        && all_could_be_read(root, &core.users)
    {
        users(root, &core.users, facts);
    }
    root.named_again("client", |client| {
        if client_of_this_core(client, facts) {
            is_psi(client, "location-server", "locations", psis.locations);
        }
    });
}

/// The public service identity of each server that the file has.
struct Psis<'f> {
    locations: Option<&'f str>,
    service: Option<&'f str>,
    groups: Option<&'f str>,
    configuration: Option<&'f str>,
}

impl<'f> Psis<'f> {
    fn of(facts: &Facts<'f>) -> Self {
        let config = facts.config;
        Self {
            locations: config.locations.as_ref().map(|locations| locations.psi.as_str()),
            service: config.service.as_ref().map(|service| service.psi.as_str()),
            groups: config.groups.as_ref().map(|groups| groups.psi.as_str()),
            configuration: config.configuration.as_ref().map(|configuration| configuration.psi.as_str()),
        }
    }

    fn all(&self) -> [(&'static str, Option<&'f str>); 4] {
        [
            ("locations", self.locations),
            ("service", self.service),
            ("groups", self.groups),
            ("configuration", self.configuration),
        ]
    }
}

/// What the servers call each other.
fn between_servers(root: &Table<'_>, facts: &Facts<'_>, psis: &Psis<'_>) {
    for section in ["groups", "configuration", "locations"] {
        root.again(section, |server| {
            server.again("service", |hop| {
                if leads_to(hop, "service", facts) {
                    is_psi(hop, "psi", "service", psis.service);
                }
            });
        });
    }
    root.again("service", |server| {
        server.again("group-server", |hop| is_psi(hop, "psi", "groups", psis.groups));
        server.again("named-group-server", |hop| {
            if leads_to(hop, "groups", facts) {
                is_psi(hop, "psi", "groups", psis.groups);
            }
        });
        server.again("configuration-server", |hop| is_psi(hop, "psi", "configuration", psis.configuration));
        server.again("location-server", |hop| is_psi(hop, "psi", "locations", psis.locations));
    });
}

/// What the gateway and the SIP core, by which others come, call a server.
fn ways(root: &Table<'_>, facts: &Facts<'_>, section: &str, psi: &str) {
    root.again("gateway", |gateway| {
        gateway.again("service", |hop| {
            if leads_to(hop, section, facts) {
                is_psi(hop, "uri", section, Some(psi));
            }
        });
    });
    root.again("sip-core", |core| {
        core.again("servers", |hop| {
            if leads_to(hop, section, facts) {
                has_psi(hop, section, psi);
            }
        });
    });
}

fn leads_to(hop: &Table<'_>, section: &str, facts: &Facts<'_>) -> bool {
    let address = hop.optional::<SocketAddr>("address");
    facts.listeners.iter().any(|listener| listener.section == section && Some(listener.address) == address)
}

/// The one service identity that a key holds is the section's own.
fn is_psi(table: &Table<'_>, key: &'static str, section: &str, psi: Option<&str>) {
    let (Some(psi), Some(told)) = (psi, table.optional::<String>(key)) else { return };
    if address::of(told.as_bytes()) != address::of(psi.as_bytes()) {
        table.error_at_value(key, format!("\"{key}\" is \"{told}\", but that of [{section}] is \"{psi}\""));
    }
}

/// One of the service identities of a server is the section's own.
fn has_psi(table: &Table<'_>, section: &str, psi: &str) {
    let told = table.optional::<Vec<String>>("services");
    // What is there and no list has been told.
    if told.is_none() && table.has("services") {
        return;
    }
    let told = told.unwrap_or_default();
    if !told.iter().any(|told| address::of(told.as_bytes()) == address::of(psi.as_bytes())) {
        table.error_at_value("services", format!("\"services\" lacks that of [{section}], \"{psi}\""));
    }
}

/// Whether the core knows whoever the file says that it has: of who could not be read nobody else is to blame.
fn all_could_be_read(root: &Table<'_>, users: &Users) -> bool {
    let mut whole = true;
    root.again("sip-core", |core| {
        core.again("users", |user| {
            let name = user.optional::<String>("username");
            whole &= name.is_some_and(|name| users.named(&name).is_some());
        });
    });
    whole
}

/// Whoever registers does so at the SIP core of this file.
fn users(root: &Table<'_>, users: &Users, facts: &Facts<'_>) {
    let known = |table: &Table<'_>| {
        let Some(impu) = table.optional::<String>("impu") else { return };
        let owner = address::of(impu.as_bytes()).and_then(|address| users.owner(&address));
        if owner.is_none() {
            let hint = did_you_mean(&impu, users.identities());
            table.error_at_value(
                "impu",
                format!("\"impu\" is of no user in [[sip-core.users]]: \"{impu}\"{hint}"),
            );
        }
        if let (Some(owner), Some(username)) = (owner, table.optional::<String>("username"))
            && owner.username != username
        {
            table.error_at_value(
                "username",
                "\"username\" must be that of the \"impu\" in [[sip-core.users]]",
            );
        }
    };
    for section in ["locations", "service", "groups", "configuration", "aliases", "acm"] {
        root.again(section, |server| server.again("user", known));
    }
    root.named_again("client", |client| {
        if client_of_this_core(client, facts) {
            known(client);
        }
    });
}

/// The terminals of a file may be those of another system.
fn client_of_this_core(client: &Table<'_>, facts: &Facts<'_>) -> bool {
    let mut is = false;
    client.again("core", |hop| is = leads_to(hop, "sip-core", facts));
    is
}
