//! The border: a partner's authority is trusted where the partner arrives and where it is reached.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use driver::tls::inspect;
use gateway::BadGateway;
use kit::config::{HostPort, Table};
use wire::{AnchorId, Silent};

use super::{Facts, Listener, certificates::text};
use crate::assemble::anchor;

pub(super) fn check(root: &Table<'_>, facts: &Facts<'_>) {
    root.again("gateway", |table| {
        let mut border = Vec::new();
        table.again("listen", |listen| {
            if listen.optional::<String>("side").as_deref() == Some("border") {
                border.extend(anchors_of(listen, facts));
            }
        });
        table.again("partner", |partner| {
            let mut hop = None;
            partner.again("hop", |table| hop = Some(anchors_of(table, facts)));
            partner.again("hop", |hop| is_abroad(hop, facts));
            partner.again("xcap", |xcap| xcap.again("hop", |hop| is_abroad(hop, facts)));
            issuer(partner, &border, hop.as_deref());
        });
        border_is_known(table, facts);
        table.again("listen", |listen| {
            asks_for_certificates(listen);
            shows_itself(listen, facts);
        });
        table.again("http", asks_for_certificates);
        assembles(table, facts);
    });
    root.again("locations", |table| {
        let (mut border, names) = (Vec::new(), table.optional::<Vec<String>>("border").unwrap_or_default());
        table.again("listen", |listen| {
            if listen.optional::<String>("name").is_some_and(|name| names.contains(&name)) {
                border.extend(anchors_of(listen, facts));
            }
        });
        table.again("partner", |partner| {
            partner.again("direct", |direct| issuer(direct, &border, Some(&anchors_of(direct, facts))));
        });
    });
}

/// What is sent to a partner comes to a border of his.
fn is_abroad(hop: &Table<'_>, facts: &Facts<'_>) {
    let Some(address) = hop.optional::<SocketAddr>("address") else { return };
    let is_ours = |listener: &Listener| listener.section == "gateway" && listener.address == address;
    if facts.listeners.iter().any(is_ours) {
        hop.error_at_value("address", format!("our own gateway listens at {address}, and no partner's"));
    }
}

/// Partners know the border by what its certificate proves (RFC 5922 7.2): by its host, by another
/// name of it, or by a domain of the system.
fn border_is_known(gateway: &Table<'_>, facts: &Facts<'_>) {
    let Some(config) = &facts.config.gateway else { return };
    let by_sip: Vec<&str> = std::iter::once(&config.host)
        .chain(&config.domains)
        .chain(&config.aliases)
        .map(String::as_str)
        .collect();
    gateway.again("listen", |listen| proves_one_of(listen, &by_sip, facts));
    let root = config.http.as_ref().map(|http| http.root.host());
    let by_http: Vec<&str> = by_sip.iter().copied().chain(root).collect();
    gateway.again("http", |listen| proves_one_of(listen, &by_http, facts));
}

fn proves_one_of(listen: &Table<'_>, names: &[&str], facts: &Facts<'_>) {
    if listen.optional::<String>("side").as_deref() != Some("border") {
        return;
    }
    let profile = listen.optional::<String>("tls");
    let Some(proved) = profile.as_deref().and_then(|profile| facts.certificates.read_of(profile)) else {
        return;
    };
    let is_proved = |name: &&str| proved.iter().any(|proved| proved.eq_ignore_ascii_case(name));
    if !names.iter().any(is_proved) {
        let (wanted, found) = (names.join(", "), proved.join(", "));
        let found = if found.is_empty() { "nobody" } else { &found };
        let wrong =
            format!("the certificate of this profile proves {found}; partners look for one of {wanted}");
        listen.error_at_value("tls", wrong);
    }
}

/// Between systems TLS is mutual: whoever shows no certificate is nobody's partner. Inside, addresses are trusted in its stead where no
/// TLS is spoken, and nowhere else.
fn asks_for_certificates(listen: &Table<'_>) {
    if listen.optional::<String>("client-certificate").as_deref() != Some("none") {
        return;
    }
    let key = "client-certificate";
    if listen.optional::<String>("side").as_deref() == Some("border") {
        let wrong = "\"none\" at the border makes everybody an unknown partner: partners prove by certificates who they are";
        listen.error_at_value(key, wrong);
    } else {
        let told = "\"none\" leaves everybody unknown here: over TLS own servers are known by their certificates alone";
        listen.warn_at_value(key, told);
    }
}

/// Each request that leaves says in its Via where it was sent from.
fn shows_itself(listen: &Table<'_>, facts: &Facts<'_>) {
    let Some(config) = &facts.config.gateway else { return };
    let is_border = listen.optional::<String>("side").as_deref() == Some("border");
    if !is_border || !config.partners.iter().any(|partner| partner.hide) {
        return;
    }
    let (key, shown, is_internal) = match listen.optional::<HostPort>("sent-by") {
        Some(sent_by) => ("sent-by", sent_by.host.clone(), config.internal.has_host(sent_by.host.as_bytes())),
        None => {
            let Some(address) = listen.optional::<SocketAddr>("address") else { return };
            ("address", address.ip().to_string(), config.internal.has_address(address.ip()))
        }
    };
    if is_internal {
        let told = format!(
            "\"{shown}\" is among \"internal\" and leaves in the Via of each request all the same; \"sent-by\" says another name"
        );
        listen.warn_at_value(key, &told);
    }
}

fn anchors_of(table: &Table<'_>, facts: &Facts<'_>) -> Vec<AnchorId> {
    let profile = table.optional::<String>("tls");
    profile.map(|profile| facts.certificates.anchors(&profile).to_vec()).unwrap_or_default()
}

/// Nobody trusted is what a profile with a fault of its own comes to; that has been told.
fn issuer(partner: &Table<'_>, border: &[AnchorId], hop: Option<&[AnchorId]>) {
    let Some(file) = partner.optional::<PathBuf>("issuer") else { return };
    let Some(pem) = text(partner, "issuer", &file) else { return };
    let id = match inspect::authorities(&pem) {
        Ok(ids) => ids.into_iter().next(),
        Err(why) => return partner.error_at_value("issuer", format!("{}: {why}", file.display())),
    };
    let lacks = |anchors: &[AnchorId]| !anchors.is_empty() && id.is_some_and(|id| !anchors.contains(&id));
    if lacks(border) {
        partner.error_at_value(
            "issuer",
            "\"issuer\" is not among the authorities of the listener for partners: this one could not connect",
        );
    }
    if hop.is_some_and(lacks) {
        partner.error_at_value(
            "issuer",
            "\"issuer\" is not among the authorities of the profile that the partner is reached under",
        );
    }
}

/// What else would keep a gateway from being made of the section.
fn assembles(table: &Table<'_>, facts: &Facts<'_>) {
    let Some(config) = &facts.config.gateway else { return };
    let made = config.gateway(anchor, &[0; 32], gateway::Metrics::default(), Arc::new(Silent));
    match made.err() {
        None | Some(BadGateway::Issuer(..)) => {}
        Some(why @ (BadGateway::Secret(..) | BadGateway::Weak(_))) => {
            table.error_at_value("hiding-secrets", why.to_string());
        }
        Some(why @ BadGateway::Service(_)) => table.error_at("service", why.to_string()),
        Some(why @ BadGateway::SameProof(..)) => table.error_at("partner", why.to_string()),
    }
}
