//! The two sides of a gateway: what own servers need to be let out by the one, and what is said to partners on the other.

use gateway::{Config, Side};
use kit::config::{HostPort, Table, did_you_mean};
use wire::Transport;
use xml_schemas::ids::Psi;

use super::Facts;

pub(super) fn check(root: &Table<'_>, facts: &Facts<'_>) {
    let is_lab = facts.config.process.lab;
    root.again("gateway", |table| {
        inside(table);
        table.again("partner", |partner| {
            partner.again("hop", |hop| to_partner(hop, is_lab));
            partner.again("xcap", |xcap| xcap.again("hop", |hop| to_partner(hop, is_lab)));
        });
        if let Some(config) = &facts.config.gateway {
            table.again("service", |service| of_ours(service, config));
            table.again("listen", |listen| sent_by(listen, config));
        }
    });
}

/// TLS is mutual between MC systems: what is sent in the clear proves nobody to anybody. In a lab it measures what TLS costs.
fn to_partner(hop: &Table<'_>, is_lab: bool) {
    if matches!(hop.optional("transport"), Some(Transport::Udp | Transport::Tcp)) && !is_lab {
        hop.error_at_value(
            "transport",
            "MC systems know each other by their certificates: \"transport\" must be \"tls\"",
        );
    }
}

/// One gateway may be the way in alone; where it is to be the way out too, own servers arrive somewhere and are known to be ours.
fn inside(table: &Table<'_>) {
    let (mut inner, mut all_known) = (false, true);
    for key in ["listen", "http"] {
        table.again(key, |listen| match listen.optional::<Side>("side") {
            Some(side) => inner |= side == Side::Inner,
            None => all_known = false,
        });
    }
    if !inner && all_known && table.has("listen") {
        table.warn_at_value(
            "listen",
            "no listener has side = \"inner\": nobody of ours can send anything out",
        );
    }
    // What is there and cannot be read has been told of.
    let has = |key, what: fn(&String) -> bool| {
        table.optional::<Vec<String>>(key).map_or(table.has(key), |all| all.iter().any(what))
    };
    let proved = if table.has("trusted-certificates") { "trusted-certificates" } else { "internal" };
    // No certificate proves a network.
    if inner && !has(proved, |entry| is_name(entry)) && !has("trusted-addresses", |_| true) {
        let told = "nobody is let out: own servers are those that prove a name of \"internal\" (or of \
                    \"trusted-certificates\", where that is said), or come from \"trusted-addresses\"";
        table.warn_at_value(proved, told);
    }
}

fn is_name(entry: &str) -> bool {
    !entry.contains('/') && entry.parse::<std::net::IpAddr>().is_err()
}

/// Partners send to a service identity what their agreement has for our domains.
fn of_ours(service: &Table<'_>, config: &Config) {
    let Some(uri) = service.optional::<Psi>("uri") else { return };
    let own = || config.domains.iter().chain([&config.host]).map(String::as_str);
    if !own().any(|own| same(own, uri.domain())) {
        let (domain, domains) = (uri.domain(), config.domains.join(", "));
        let hint = did_you_mean(domain, own());
        service.error_at_value(
            "uri",
            format!("\"uri\" is of \"{domain}\", no domain of ours ({domains}){hint}"),
        );
    }
}

/// What stands in our Via is where answers are sent to (RFC 3261 18.2.2).
fn sent_by(listen: &Table<'_>, config: &Config) {
    let Some(HostPort { host, .. }) = listen.optional::<HostPort>("sent-by") else { return };
    let is_address = host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok();
    let own = || [&config.host, &config.name].into_iter().chain(&config.aliases).map(String::as_str);
    let is_ours = own().any(|own| same(own, &host)) || config.domains.iter().any(|own| is_in(&host, own));
    if !is_address && !is_ours {
        let hint = did_you_mean(&host, own());
        listen.warn_at_value("sent-by", &format!("\"sent-by\" names \"{host}\", no host of ours{hint}"));
    }
}

/// Names as they are compared (RFC 4343).
pub(super) fn same(one: &str, other: &str) -> bool {
    let bare = |name: &str| name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    bare(one) == bare(other)
}

/// Whether a host is a domain, or lies below it.
pub(super) fn is_in(host: &str, domain: &str) -> bool {
    let (host, domain) = (host.to_ascii_lowercase(), domain.to_ascii_lowercase());
    same(&host, &domain) || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
}
