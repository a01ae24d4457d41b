//! `[service.group-server]` and `[service.configuration-server]`: where documents are fetched, and who tells of changes.

use std::{collections::HashSet, sync::Arc};

use kit::config::{HopConfig, Table, TlsProfiles};
use wire::Hop;
use xcap::Root;
use xml_schemas::ids::Psi;

/// An own server of documents.
#[derive(Clone, Debug)]
pub struct DocumentServer {
    /// The domain that its certificate proves.
    pub identity: Arc<str>,
    /// Its public service identity, at which changes are subscribed to.
    pub psi: Psi,
    /// Below which URI its documents are.
    pub root: Root,
    /// The next hop towards it over SIP.
    pub sip: Hop,
    /// The next hop towards it over HTTP.
    pub http: Hop,
}

/// `[[service.named-group-server]]`.
pub(super) fn named(
    table: &Table<'_>,
    profiles: &TlsProfiles,
    usual: Option<&DocumentServer>,
) -> Vec<DocumentServer> {
    let mut known: HashSet<String> = usual.iter().map(|usual| xcap::canonical(usual.psi.as_str())).collect();
    let has_usual = table.has("group-server");
    table.tables("named-group-server", |each| {
        let server = DocumentServer::read(each, profiles);
        if !has_usual {
            each.error("groups whose entries name no server are asked for at [service.group-server]");
        }
        let server = server?;
        if !known.insert(xcap::canonical(server.psi.as_str())) {
            each.error_at_value("psi", "another group management server has this public service identity");
        }
        Some(server)
    })
}

impl DocumentServer {
    pub(super) fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let psi = table.required("psi");
        let text: Option<String> = table.required("xcap-root");
        let root = text.as_deref().and_then(Root::new);
        if let (Some(text), None) = (&text, &root) {
            let why = format!("\"xcap-root\" must be an absolute https URI, not \"{text}\"");
            table.error_at_value("xcap-root", why);
        }
        let sip = HopConfig::read(table, profiles);
        let http = table.required_table("http", |http| HopConfig::read(http, profiles));
        let sip = sip?;
        Some(Self {
            identity: Arc::from(sip.identity.as_str()),
            psi: psi?,
            root: root?,
            sip: sip.hop(),
            http: http?.hop(),
        })
    }
}
