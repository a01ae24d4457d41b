//! What tests put and look for: configurations, rules, groups.

use bytes::Bytes;
use groups::{
    Config,
    config::{GroupRule, PartnerConfig},
};
use http::{Response, header};
use kit::{
    OwnServer,
    config::Document,
    document_rules::{Rule, Vocabulary},
    testing::{hop, hop_config},
};
use xcap::Root;
use xml_schemas::ids::Psi;

use super::FIRE;

/// A server of a system that has agreed on everything with the other one.
pub fn config(own: &str, other: &str) -> Config {
    let psi = |domain: &str| Psi::new(&format!("sip:gms_psi@{domain}")).expect("valid");
    let root = |domain: &str| Root::new(&format!("https://xcap.{domain}")).expect("valid");
    let partner = PartnerConfig {
        root: Some(root(other)),
        may_be_provided: true,
        may_provide: true,
        may_request: true,
        may_be_asked: true,
        ..PartnerConfig::new(other, psi(other))
    };
    let gateway = hop_config(&format!("mcgw.{own}"));
    Config {
        gateway: Some(gateway.clone()),
        http_gateway: Some(gateway),
        servers: vec![OwnServer {
            identity: format!("mcs1.core.{own}").into(),
            psi: Psi::new(&format!("sip:mcptt_psi@{own}")).expect("valid"),
            hop: hop(&format!("mcs1.core.{own}")),
        }],
        partners: vec![partner],
        administrators: vec![format!("sip:admin@{own}")],
        creators: vec![format!("sip:dispatcher@{own}")],
        ..Config::new(format!("gms1.core.{own}"), psi(own), root(own))
    }
}

/// Rules as an operator writes them.
pub fn rules(text: &str) -> Vec<GroupRule> {
    let read = Document::parse("rules.toml", text).read(|root| {
        Some(root.tables("rule", |table| {
            let group = table.optional("group");
            let names = Vocabulary { prefixes: &groups::group::PREFIXES, domains: None };
            Some(GroupRule { group, rule: Rule::read(table, &names)? })
        }))
    });
    read.expect("valid rules")
}

/// A group document: its members, and its priority.
pub fn group(id: &str, members: &[&str], priority: u8) -> String {
    let entries: String = members.iter().map(|member| format!("<entry uri=\"{member}\"/>")).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<group xmlns=\"urn:oma:xml:poc:list-service\" \
         xmlns:mcpttgi=\"urn:3gpp:ns:mcpttGroupInfo:1.0\"><list-service uri=\"{id}\"><display-name>Fire</display-name>\
         <list>{entries}</list><mcpttgi:on-network-group-priority>{priority}</mcpttgi:on-network-group-priority>\
         </list-service></group>"
    )
}

/// The group of A with a member in each system.
pub fn fire(priority: u8) -> String {
    group(FIRE, &["sip:alice@a.example", "sip:bob@b.example"], priority)
}

pub fn path(id: &str) -> String {
    format!("/org.openmobilealliance.groups/global/byGroupID/{id}")
}

pub fn etag(response: &Response<Bytes>) -> String {
    response.headers().get(header::ETAG).expect("an entity tag").to_str().expect("text").to_owned()
}

/// The cause code that a refusal says.
pub fn cause(response: &Response<Bytes>) -> Option<kit::Cause> {
    kit::Cause::from_fields(response.headers())
}
