//! Where clients look for servers over HTTP, and what they show them: the identity management server is found by its issuer, its users
//! are those of the MC system, and other servers take its access tokens.

use kit::config::{HostPort, Table, did_you_mean};

use super::{Facts, sides::same, systems};

pub(super) fn check(root: &Table<'_>, facts: &Facts<'_>) {
    for section in ["groups", "configuration"] {
        root.again(section, |table| {
            if let Some(root) = table.optional::<String>("xcap-root") {
                answers(table, "xcap-root", &root);
            }
        });
    }
    let Some(config) = &facts.config.identity else { return };
    for section in ["service", "groups", "configuration"] {
        root.again(section, |table| table.again("issuer", |issuer| audience(issuer, config)));
    }
    let system = systems::own(root);
    root.again("identity", |table| {
        answers(table, "issuer", &config.issuer);
        if !table.has("client") {
            table.warn_at_value("client", "no [[identity.client]]: nobody can log in");
        }
        // Of domains that could not be read, that has been told.
        if !config.domains.is_empty() && !system.is_empty() {
            has_users_of(table, &config.domains, &system);
        }
    });
}

/// RFC 8414 3: whoever asks for what the issuer says asks the host of its URI. So does whoever asks for a document below the root of all
/// documents. A listener that answers for others answers 421.
fn answers(table: &Table<'_>, key: &'static str, uri: &str) {
    let Some(host) = uri.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)) else {
        return;
    };
    let (mut names, mut anybody) = (Vec::new(), !table.has("http"));
    table.again("http", |listen| match listen.optional::<Vec<HostPort>>("hosts") {
        Some(hosts) if !hosts.is_empty() => names.extend(hosts.into_iter().map(|host| host.host)),
        _ => anybody = true,
    });
    if !anybody && !names.iter().any(|name| same(name, &host)) {
        let (hint, answered) = (did_you_mean(&host, names.iter().map(String::as_str)), names.join(", "));
        let section = table.path();
        let wrong = format!("no [[{section}.http]] answers for \"{host}\": \"hosts\" has {answered}{hint}");
        table.error_at_value(key, wrong);
    }
}

/// Whoever takes access tokens of the identity management server of the file looks for one of its `aud` in them.
fn audience(issuer: &Table<'_>, identity: &identity::Config) {
    let Some(wanted) = issuer.optional::<Vec<String>>("audience").filter(|wanted| !wanted.is_empty()) else {
        return;
    };
    if issuer.optional::<String>("name").as_deref() == Some(identity.issuer.as_str())
        && !wanted.iter().any(|wanted| identity.audience.contains(wanted))
    {
        let given = identity.audience.join(", ");
        let wrong = format!("no access token of [identity] is for any of these: its \"audience\" is {given}");
        issuer.error_at_value("audience", wrong);
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
