//! The border: a partner's authority is trusted where the partner arrives and where it is reached.

use std::{path::PathBuf, sync::Arc};

use driver::tls::inspect;
use gateway::BadGateway;
use kit::config::Table;
use wire::{AnchorId, Silent};

use super::{Facts, certificates::text};
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
            issuer(partner, &border, hop.as_deref());
        });
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

fn anchors_of(table: &Table<'_>, facts: &Facts<'_>) -> Vec<AnchorId> {
    let profile = table.optional::<String>("tls");
    profile.map(|profile| facts.certificates.anchors(&profile).to_vec()).unwrap_or_default()
}

/// Nobody trusted is what a profile with a fault of its own comes to; that has been told.
fn issuer(partner: &Table<'_>, border: &[AnchorId], hop: Option<&[AnchorId]>) {
    let Some(file) = partner.optional::<PathBuf>("issuer") else { return };
    let Some(pem) = text(partner, "issuer", &file) else { return };
    let id = match inspect::anchors(&pem) {
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
