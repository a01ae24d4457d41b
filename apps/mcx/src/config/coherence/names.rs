//! Names of hosts and of domains: one that is none is found nowhere, and proved by nobody.

use std::net::IpAddr;

use kit::config::{HostPort, Table, is_host};

use super::sides::{is_in, same};

/// Sections with the domains of the own system, and with `[[….partner]]`.
const SECTIONS: [&str; 5] = ["gateway", "locations", "groups", "configuration", "acm"];

pub(super) fn check(root: &Table<'_>) {
    for section in SECTIONS {
        root.again(section, |table| {
            list(table, "domains");
            list(table, "aliases");
            table.again("partner", partner);
        });
    }
    root.again("service", |service| {
        service.again("authorization", |table| list(table, "domains"));
        service.again("migration", |table| {
            list(table, "acm-servers");
            table.again("partner", partner);
        });
    });
    root.again("sip-core", core);
    root.again("configuration", |table| table.again("group-server", |each| list(each, "partners")));
    root.again("identity", |table| {
        list(table, "domains");
        list(table, "acm-servers");
        // It is called by its issuer.
        table.again("partner", |partner| list(partner, "domains"));
    });
}

/// The core's own URI is in what it tells users and servers of their way back to it.
fn core(table: &Table<'_>) {
    let Some(text) = table.optional::<String>("uri") else { return };
    let Ok(uri) = sip::Uri::parse(text.as_bytes()) else { return };
    let host = String::from_utf8_lossy(uri.host()).into_owned();
    if !uri.is_sip() || host.parse::<IpAddr>().is_ok() {
        return;
    }
    let of = |key| table.optional::<HostPort>(key).map(|own| own.host);
    let is_ours = of("name").is_some_and(|name| same(&name, &host))
        || of("domain").is_some_and(|domain| is_in(&host, &domain));
    if !host.contains('.') && !is_ours {
        let told = format!(
            "\"uri\" has \"{host}\", neither \"name\" nor a host of \"domain\": nobody finds the core by it"
        );
        table.warn_at_value("uri", &told);
    }
}

fn partner(table: &Table<'_>) {
    if let Some(name) = table.optional::<String>("name").filter(|name| !is_host(name)) {
        table.error_at_value("name", format!("\"{name}\" is no name of a domain"));
    }
    list(table, "domains");
    list(table, "identities");
}

fn list(table: &Table<'_>, key: &'static str) {
    for name in table.optional::<Vec<String>>(key).into_iter().flatten().filter(|name| !is_host(name)) {
        table
            .error_at_value(key, format!("\"{key}\" has \"{name}\", which is no name of a host or a domain"));
    }
}
