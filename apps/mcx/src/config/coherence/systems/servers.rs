//! Servers of partners, each in a domain of the partner's; and the ACM server, as own servers know it.

use std::net::SocketAddr;

use kit::config::{Table, did_you_mean};
use xml_schemas::ids::Psi;

use super::{
    super::{Facts, sides::is_in},
    Partner, Systems,
};

/// `psi` and `xcap-root` of a section's partners.
pub(super) fn of_partners(root: &Table<'_>, table: &Table<'_>, systems: &Systems) {
    if !systems.is_whole {
        return;
    }
    let border = Border::read(root);
    table.again("partner", |each| {
        let Some(partner) = Partner::read(each) else { return };
        if let Some(psi) = each.optional::<Psi>("psi") {
            belongs(each, "psi", psi.domain(), &partner, &border.domains);
        }
        let root = each.optional::<String>("xcap-root");
        let host = root.and_then(|root| root.parse::<http::Uri>().ok()?.host().map(str::to_owned));
        if let Some(host) = host {
            belongs(each, "xcap-root", &host, &partner, &border.roots);
        }
    });
}

/// What the gateway of the file knows of all partners: it may know more of them than a server does.
#[derive(Default)]
struct Border {
    domains: Vec<String>,
    /// The hosts of their XCAP roots.
    roots: Vec<String>,
}

impl Border {
    fn read(root: &Table<'_>) -> Self {
        let mut read = Self::default();
        root.again("gateway", |gateway| {
            gateway.again("partner", |each| {
                read.domains.extend(Partner::read(each).into_iter().flat_map(|partner| partner.domains));
                each.again("xcap", |xcap| {
                    let root =
                        xcap.optional::<String>("root").and_then(|root| root.parse::<http::Uri>().ok());
                    read.roots.extend(root.and_then(|root| root.host().map(str::to_owned)));
                });
            });
        });
        read
    }
}

/// A host that is almost in a domain of the partner's is a slip; one that is not at all may be meant.
fn belongs(table: &Table<'_>, key: &'static str, host: &str, partner: &Partner, known: &[String]) {
    let is_theirs = partner.domains.iter().any(|domain| is_in(host, domain));
    if is_theirs || known.iter().any(|known| known.eq_ignore_ascii_case(host)) {
        return;
    }
    let slip = partner.domains.iter().find_map(|domain| {
        let meant = did_you_mean(tail(host, domain), [domain.as_str()]);
        (!meant.is_empty()).then_some(meant)
    });
    let wrong = format!("\"{key}\" is of \"{host}\", which is not in {}", partner.domains.join(", "));
    match slip {
        Some(hint) => table.error_at_value(key, format!("{wrong}{hint}")),
        None => table.warn_at_value(key, &wrong),
    }
}

/// So much of a host's end as a domain has labels.
pub(in crate::config::coherence) fn tail<'h>(host: &'h str, domain: &str) -> &'h str {
    let labels = domain.split('.').count();
    let at = host.rmatch_indices('.').nth(labels.saturating_sub(1)).map_or(0, |(at, _)| at + 1);
    host.get(at..).unwrap_or(host)
}

/// Who takes the word of an ACM server knows the one of the file by what it proves when it comes.
pub(super) fn of_acm(root: &Table<'_>, facts: &Facts<'_>) {
    root.again("acm", |acm| {
        acm.again("service-server", |hop| {
            root.again("service", |service| {
                service.again("migration", |table| is_known_at(table, "service", hop, facts));
            });
        });
        acm.again("identity-server", |hop| {
            root.again("identity", |table| is_known_at(table, "identity", hop, facts));
        });
    });
}

fn is_known_at(table: &Table<'_>, section: &str, hop: &Table<'_>, facts: &Facts<'_>) {
    let leads_here = |at: SocketAddr| {
        facts.listeners.iter().any(|listener| listener.section == section && listener.address == at)
    };
    let known = table.optional::<Vec<String>>("acm-servers").unwrap_or_default();
    let (Some(first), Some(profile)) = (known.first(), hop.optional::<String>("tls")) else { return };
    let proved = facts.certificates.proves(&profile);
    let is_known = proved.iter().any(|proved| known.iter().any(|known| known.eq_ignore_ascii_case(proved)));
    if proved.is_empty() || is_known || !hop.optional("address").is_some_and(leads_here) {
        return;
    }
    let (hint, proved) = (did_you_mean(first, proved.iter().map(String::as_str)), proved.join(", "));
    let wrong = format!(
        "\"acm-servers\" names an unknown ACM server \"{first}\": that of this file proves to be {proved}{hint}"
    );
    table.error_at_value("acm-servers", wrong);
}
