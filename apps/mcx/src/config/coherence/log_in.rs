//! The identity management server: clients look for it by its issuer, and its users are those of the MC system.

use kit::config::{HostPort, Table, did_you_mean};

use super::{Facts, sides::same, systems};

pub(super) fn check(root: &Table<'_>, facts: &Facts<'_>) {
    let Some(config) = &facts.config.identity else { return };
    let system = systems::own(root);
    root.again("identity", |table| {
        answers_as_issuer(table, &config.issuer);
        // Of domains that could not be read, that has been told.
        if !config.domains.is_empty() && !system.is_empty() {
            has_users_of(table, &config.domains, &system);
        }
    });
}

/// RFC 8414 3: whoever asks for what the issuer says asks the host of its URI; a listener that answers for others answers 421.
fn answers_as_issuer(table: &Table<'_>, issuer: &str) {
    let Some(host) = issuer.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)) else {
        return;
    };
    let (mut names, mut anybody) = (Vec::new(), false);
    table.again("http", |listen| match listen.optional::<Vec<HostPort>>("hosts") {
        Some(hosts) if !hosts.is_empty() => names.extend(hosts.into_iter().map(|host| host.host)),
        _ => anybody = true,
    });
    if !anybody && !names.iter().any(|name| same(name, &host)) {
        let (hint, answered) = (did_you_mean(&host, names.iter().map(String::as_str)), names.join(", "));
        let wrong = format!("no [[identity.http]] answers for \"{host}\": \"hosts\" has {answered}{hint}");
        table.error_at_value("issuer", wrong);
    }
}

/// Whoever could log in would be of another system than every server of this file.
fn has_users_of(table: &Table<'_>, domains: &[String], system: &[String]) {
    if domains.iter().any(|domain| system.iter().any(|own| same(own, domain))) {
        return;
    }
    let hint = domains.first().map(|first| did_you_mean(first, system.iter().map(String::as_str)));
    let (hint, own) = (hint.unwrap_or_default(), system.join(", "));
    table.warn_at_value("domains", &format!("\"domains\" has none of the MC system's ({own}){hint}"));
}
