//! Hops from one entity of the file to another: somebody is there, speaks what is spoken to it, and proves who it is.

use std::net::SocketAddr;

use kit::config::{HostPort, Table, did_you_mean};
use wire::Transport;

use super::{Facts, Listener};

pub(super) fn check(root: &Table<'_>, facts: &Facts<'_>) {
    for section in ["locations", "groups", "configuration", "acm", "aliases"] {
        root.again(section, |server| server.again("core", |hop| to_core(hop, facts)));
    }
    for (section, key) in
        [("locations", "gateway"), ("groups", "gateway"), ("groups", "http-gateway"), ("acm", "gateway")]
    {
        root.again(section, |server| to_server(server, key, facts, Some("gateway")));
    }
    root.again("acm", |acm| neighbours(acm, facts));
    root.again("aliases", |aliases| to_server(aliases, "server", facts, None));
    root.again("locations", |server| to_server(server, "service", facts, Some("service")));
    // An MC service server, or the ACM server, which asks for groups and writes user profiles.
    for section in ["groups", "configuration"] {
        root.again(section, |server| to_server(server, "service", facts, None));
    }
    root.again("service", |service| of_service(service, facts));
    for section in ["service", "groups", "configuration"] {
        root.again(section, |entity| entity.again("issuer", |issuer| keys_of(issuer, facts)));
    }
    root.again("identity", |identity| identity.again("partner", |partner| keys_of(partner, facts)));
    root.again("sip-core", |core| {
        to_server(core, "servers", facts, None);
        knows_servers(core, facts);
    });
    root.again("gateway", |gateway| {
        gateway.again("service", |hop| _ = reaches(hop, facts, None));
        gateway.again("xcap", |xcap| xcap.again("server", |hop| _ = reaches(hop, facts, None)));
    });
    root.named_again("client", |client| {
        client.again("core", |hop| _ = reaches(hop, facts, Some("sip-core")))
    });
}

/// Whom the ACM server asks and tells.
fn neighbours(acm: &Table<'_>, facts: &Facts<'_>) {
    for (key, to) in [
        ("alias-server", "aliases"),
        ("identity-server", "identity"),
        ("service-server", "service"),
        ("configuration-server", "configuration"),
        ("group-server", "groups"),
    ] {
        to_server(acm, key, facts, Some(to));
    }
}

fn of_service(service: &Table<'_>, facts: &Facts<'_>) {
    let documents = [
        ("group-server", "groups"),
        ("named-group-server", "groups"),
        ("configuration-server", "configuration"),
    ];
    for (key, to) in documents {
        service.again(key, |hop| {
            known_by_certificate(hop, facts, Some(to));
            to_server(hop, "http", facts, Some(to));
        });
    }
    to_server(service, "location-server", facts, Some("locations"));
    service.again("migration", |migration| {
        migration.again("core", |hop| to_core(hop, facts));
        to_server(migration, "gateway", facts, Some("gateway"));
    });
    let core = service.optional::<HostPort>("core").map(|core| core.host);
    core_is(service, "core", core.as_deref(), facts);
}

/// Every table of this key is a hop to a server of the own system.
fn to_server(from: &Table<'_>, key: &'static str, facts: &Facts<'_>, to: Option<&str>) {
    from.again(key, |hop| _ = known_by_certificate(hop, facts, to));
}

/// Where keys of access tokens are fetched: of an identity management server, and over TLS, for whoever stands between would be one.
fn keys_of(issuer: &Table<'_>, facts: &Facts<'_>) {
    issuer.again("server", |hop| match hop.optional("transport") {
        Some(Transport::Udp | Transport::Tcp) => hop.error_at_value(
            "transport",
            "keys of access tokens are fetched from who proves whose they are: \"transport\" must be \"tls\"",
        ),
        _ => {
            if reaches(hop, facts, Some("identity")) && issuer.has("revoked-uri") {
                told_of_revoked(hop, facts);
            }
        }
    });
}

/// What is revoked is told to who shows a certificate, and no key counts before that is had.
fn told_of_revoked(hop: &Table<'_>, facts: &Facts<'_>) {
    let to_anybody = |identity: &identity::Config| identity.revoked_to.iter().any(|name| name == "*");
    if facts.config.identity.as_ref().is_none_or(to_anybody) {
        return;
    }
    let address = hop.optional::<SocketAddr>("address");
    let met = facts.listeners.iter().find(|listener| Some(listener.address) == address);
    if let Some(Listener { name, .. }) = met.filter(|listener| !listener.asks_who) {
        let wrong = format!(
            "\"{name}\" of [identity] asks nobody for a certificate: \"revoked-uri\" is refused there, and no token of this issuer counts"
        );
        hop.error_at_value("address", wrong);
    }
}

/// The own SIP core, as a server knows it: by the certificate that it shows when it calls.
fn to_core(hop: &Table<'_>, facts: &Facts<'_>) {
    if known_by_certificate(hop, facts, Some("sip-core")) {
        let (key, identity) = identity(hop);
        core_is(hop, key, identity.as_deref(), facts);
        asks_there(hop, facts);
    }
}

/// A SIP core takes what is for users from servers that prove who they are.
fn knows_servers(core: &Table<'_>, facts: &Facts<'_>) {
    let mut here = facts.listeners.iter().filter(|listener| listener.section == "sip-core").peekable();
    if core.has("servers") && here.peek().is_some() && !here.any(Listener::proves_callers) {
        let told = "no listener asks for certificates: no server is known here, and what servers send to users is refused";
        core.warn_at_value("listen", told);
    }
}

/// Where the core asks elsewhere, the port for terminals is a slip: there nobody is a server.
fn asks_there(hop: &Table<'_>, facts: &Facts<'_>) {
    let address = hop.optional::<SocketAddr>("address");
    let core = || facts.listeners.iter().filter(|listener| listener.section == "sip-core");
    let Some(met) = core().find(|listener| Some(listener.address) == address) else { return };
    if let Some(right) = core().find(|listener| listener.proves_callers()).filter(|_| !met.proves_callers()) {
        let told = format!(
            "\"{}\" of [sip-core] asks nobody for a certificate: servers are known at {}",
            met.name, right.address
        );
        hop.warn_at_value("address", &told);
    }
}

/// Servers of one system know each other by their certificates. Whether nothing had to be told.
fn known_by_certificate(hop: &Table<'_>, facts: &Facts<'_>, to: Option<&str>) -> bool {
    match hop.optional("transport") {
        Some(Transport::Udp | Transport::Tcp) => {
            hop.error_at_value(
                "transport",
                "servers know each other by their certificates: \"transport\" must be \"tls\"",
            );
            false
        }
        _ => reaches(hop, facts, to),
    }
}

/// Whoever listens in this file at the hop's address is who is meant. `to` is the entity's table, where it can be only one.
fn reaches(hop: &Table<'_>, facts: &Facts<'_>, to: Option<&str>) -> bool {
    let (address, transport) =
        (hop.optional::<SocketAddr>("address"), hop.optional::<Transport>("transport"));
    let (Some(address), Some(transport)) = (address, transport) else { return false };
    let here = || facts.listeners.iter().filter(|listener| listener.address == address);
    let Some(first) = here().next() else { return is_elsewhere(hop, address, facts) };
    let meant = here().find(|listener| listener.transport == transport);
    match (meant, to) {
        (Some(listener), Some(to)) if listener.section != to => {
            let wrong = format!("[{}] listens at {address}, not [{to}]", listener.section);
            hop.error_at_value("address", wrong);
            false
        }
        (Some(listener), _) => proves(hop, listener, facts),
        (None, _) => {
            let spoken: Vec<&str> = here().map(|listener| listener.transport.via_name()).collect();
            let spoken = spoken.join(", ").to_ascii_lowercase();
            let wrong = format!("[{}] speaks {spoken} at {address}", first.section);
            hop.error_at_value("transport", wrong);
            false
        }
    }
}

/// Nobody of this file listens at the hop's address. It leads to another process then, unless it names an entity of the file that
/// listens on this very host. That two have one service identity says nothing: several servers may share one.
fn is_elsewhere(hop: &Table<'_>, address: SocketAddr, facts: &Facts<'_>) -> bool {
    // A replica on the same host has a name of its own, and may have the certificate of the other.
    let name = hop.optional::<String>("name").or_else(|| identity(hop).1);
    let is_named = |listener: &&Listener| {
        let is_called = |entity: &String| name.as_ref().is_some_and(|said| said.eq_ignore_ascii_case(entity));
        listener.entity.as_ref().is_some_and(is_called)
    };
    let meant: Vec<&Listener> = facts
        .listeners
        .iter()
        .filter(|listener| listener.address.ip() == address.ip())
        .filter(is_named)
        .collect();
    let Some(first) = meant.first() else { return true };
    let said = hop.optional::<Transport>("transport");
    let alike = meant.iter().filter(|listener| Some(listener.transport) == said);
    let places: Vec<String> = alike.map(|listener| listener.address.to_string()).collect();
    let places = if places.is_empty() { "elsewhere, and not so".to_owned() } else { places.join(", ") };
    let wrong = format!("nobody listens at {address}: [{}] does at {places}", first.section);
    hop.error_at_value("address", wrong);
    false
}

fn proves(hop: &Table<'_>, listener: &Listener, facts: &Facts<'_>) -> bool {
    let Some(profile) = &listener.tls else { return true };
    let proved = facts.certificates.proves(profile);
    let (key, Some(identity)) = identity(hop) else { return false };
    if proved.is_empty() || proved.iter().any(|domain| domain.eq_ignore_ascii_case(&identity)) {
        return true;
    }
    let (hint, domains) = (did_you_mean(&identity, proved.iter().map(String::as_str)), proved.join(", "));
    let section = &listener.section;
    let wrong = format!("[{section}] does not prove to be \"{identity}\" there, but {domains}{hint}");
    hop.error_at_value(key, wrong);
    false
}

/// What the hop's certificate must prove, and the key that says so.
fn identity(hop: &Table<'_>) -> (&'static str, Option<String>) {
    if hop.has("identity") {
        return ("identity", hop.optional::<HostPort>("identity").map(|identity| identity.host));
    }
    ("name", hop.optional("name"))
}

/// What a server believes its SIP core to prove is what the core of this file proves.
fn core_is(table: &Table<'_>, key: &'static str, believed: Option<&str>, facts: &Facts<'_>) {
    let (Some((_, core)), Some(believed)) = (&facts.config.sip_core, believed) else { return };
    let shown = core.servers.iter().filter_map(|server| server.hop.tls.as_ref());
    let mut names: Vec<&str> =
        shown.flat_map(|tls| facts.certificates.proves(&tls.profile)).map(String::as_str).collect();
    if names.is_empty() {
        names.push(&core.name);
    }
    if !names.iter().any(|name| name.eq_ignore_ascii_case(believed)) {
        names.sort_unstable();
        names.dedup();
        let (hint, proved) = (did_you_mean(believed, names.iter().copied()), names.join(", "));
        table.error_at_value(
            key,
            format!("\"{key}\" names an unknown SIP core \"{believed}\": that of this file proves to be {proved}{hint}"),
        );
    }
}
