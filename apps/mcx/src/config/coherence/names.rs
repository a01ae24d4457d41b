//! Names of hosts and of domains: one that is none is found nowhere, and proved by nobody.

use kit::config::{Table, is_host};

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
    root.again("configuration", |table| table.again("group-server", |each| list(each, "partners")));
    root.again("identity", |table| {
        list(table, "domains");
        list(table, "acm-servers");
        // It is called by its issuer.
        table.again("partner", |partner| list(partner, "domains"));
    });
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
