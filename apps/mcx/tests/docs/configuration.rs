//! `docs/CONFIGURATION.md`: every key that is asked for while a file is read.

use std::{collections::BTreeMap, fs};

use driver::SystemIds;
use kit::config::{Asked, Holds, Need};
use mcx::{
    SystemConfig,
    cli::Topology,
    lab::{files, plan::Plan},
};

use super::table::{in_backticks, rows, same};

const FILE: &str = "CONFIGURATION.md";

/// Sections that the lab does without. What stands in them does not matter: it is asked for all the same.
const REST: &str = r#"
[sip-core.registration]
[sip-core.registration.lock-out]
[[sip-core.edges]]
[gateway.http-limits]
[groups.http-limits]
[configuration.http-limits]
[service.http-limits]
[[service.http]]
[[service.issuer]]
[[groups.partner.provide]]
override = "group"
[[groups.partner.provide]]
add = "group"
[[groups.partner.provide]]
[groups.partner.provide.when]
[groups.partner.provide.unless]
[[groups.partner.accept]]
add = "group"
[[groups.partner.accept]]
[groups.partner.accept.when]
[groups.partner.accept.unless]
[[service.http]]
[service.http-limits]
[[service.issuer]]
[service.group-server]
[service.group-server.http]
[[service.named-group-server]]
[service.named-group-server.http]
[service.configuration-server]
[service.configuration-server.http]
[locations.partner.protection]
[[locations.partner.protection.keys]]
[service.issuer.server]
[groups.issuer.server]
[configuration.issuer.server]
[service.authorization]
[service.migration]
[service.migration.core]
[service.migration.gateway]
[[service.migration.partner]]
[service.migration.partner.direct]
[service.migration.partner.protection]
[[service.migration.partner.protection.keys]]
[[service.client]]
[service.client.protection]
[[service.client.protection.keys]]
[[service.migration.partner.allow]]
[acm]
[acm.core]
[acm.gateway]
[acm.alias-server]
[[acm.listen]]
[[acm.user]]
[[acm.allow]]
[[acm.partner]]
[acm.partner.direct]
[acm.partner.protection]
[[acm.partner.protection.keys]]
[[acm.partner.handle]]
[acm.identity-server]
[acm.service-server]
[acm.configuration-server]
[acm.group-server]
[acm.limits]
[acm.users]
[identity]
[identity.http-limits]
[identity.lifetimes]
[identity.keys]
[identity.hashing]
[identity.lock-out]
[[identity.http]]
[[identity.client]]
[[identity.user]]
[[identity.partner]]
jwks-uri = "https://idms.example/jwks"
[identity.partner.server]
[[identity.partner.visitor]]
[aliases]
[aliases.core]
[[aliases.listen]]
[[aliases.server]]
[[aliases.user]]
[[aliases.alias]]
[audit]
[[client.bob.listen]]
[client.bob.protection]
[[client.bob.protection.keys]]
"#;

/// Every key, by section and name.
fn asked() -> BTreeMap<(String, &'static str), Asked> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut all = BTreeMap::new();
    for topology in [Topology::On, Topology::Direct] {
        let plan = Plan::in_memory(folder.path(), topology, &*SystemIds::shared());
        files::write(&plan).expect("the lab's files");
        let system = &plan.systems[1];
        let read = |file| fs::read_to_string(file).expect("was written");
        let clients = read(system.clients_file());
        let clients = clients.find("[client.").and_then(|at| clients.get(at..)).expect("terminals");
        let text = format!("{}{clients}{REST}", read(system.servers_file()));
        for asked in SystemConfig::asked(&system.servers_file(), &text) {
            let known = all.entry((asked.section.clone(), asked.key)).or_insert_with(|| asked.clone());
            if known.holds == Holds::Unread {
                *known = asked;
            }
        }
    }
    all
}

/// What the reference calls a type.
fn words(rust: &str) -> String {
    if let Some(inner) = rust.strip_prefix("alloc::vec::Vec<").and_then(|rest| rest.strip_suffix('>')) {
        return format!("list of {}", words(inner));
    }
    let identity = rust.contains("::ids::Identity<") || rust.contains("::Identity<");
    let name = rust.trim_end_matches('>').rsplit("::").next().unwrap_or(rust);
    match name {
        _ if identity => format!("identity ({name})"),
        "String" => "text".to_owned(),
        "bool" => "boolean".to_owned(),
        "f64" => "number".to_owned(),
        "u8" | "u16" | "u32" | "u64" | "usize" | "i64" => "integer".to_owned(),
        "Duration" => "duration".to_owned(),
        "Size" => "size".to_owned(),
        "SocketAddr" => "address".to_owned(),
        "HostPort" => "host".to_owned(),
        "PathBuf" => "path".to_owned(),
        "Place" => "path or URL".to_owned(),
        "Prefix" => "prefix".to_owned(),
        "KeyId" => "identifier of a key".to_owned(),
        "Instance" => "URN".to_owned(),
        _ => "one of".to_owned(),
    }
}

fn need(need: &Need) -> String {
    match need {
        Need::Required => "required".to_owned(),
        Need::Default(value) => format!("`{value}`"),
        Need::Optional => "–".to_owned(),
    }
}

/// Letters and digits only: `["SHA-256"]` is how an operator writes what Rust shows as `[Sha256]`.
fn bare(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

fn agrees(need: &Need, told: &str) -> bool {
    match need {
        Need::Required => told == "required",
        Need::Default(value) => bare(value) == bare(told),
        Need::Optional => told != "required",
    }
}

#[test]
fn every_key_has_its_row_with_its_type_and_its_default() {
    let mut asked = asked();
    let visited: Vec<String> = asked.keys().map(|(section, _)| section.clone()).collect();
    let inner = |asked: &Asked, more: &str| match asked.section.as_str() {
        "" => format!("{}{more}", asked.key),
        section => format!("{section}.{}{more}", asked.key),
    };
    for one in asked.values() {
        let section = match one.holds {
            Holds::Table | Holds::Tables => inner(one, ""),
            Holds::NamedTables => inner(one, ".NAME"),
            Holds::Value(_) => continue,
            Holds::Unread => panic!("\"{}\" in [{}] is never read: put it into REST", one.key, one.section),
        };
        assert!(visited.contains(&section), "no file of this test has [{section}]: put it into REST");
    }
    asked.retain(|_, one| matches!(one.holds, Holds::Value(_)));

    let mut told = BTreeMap::new();
    for row in rows(FILE) {
        let key = in_backticks(&row.cells[0]).swap_remove(0);
        for section in row.under.iter().map(|section| section.trim_matches(['[', ']']).to_owned()) {
            told.insert((section, key.clone()), row.cells.clone());
        }
    }
    let (mut missing, mut wrong) = (Vec::new(), Vec::new());
    for ((section, key), one) in &asked {
        let Holds::Value(rust) = one.holds else { continue };
        let (holds, need_is) = (words(rust), need(&one.need));
        match told.remove(&(section.clone(), (*key).to_owned())) {
            None => missing.push(format!("[{section}]: | `{key}` | {holds} | {need_is} | |")),
            Some(cells) if cells.len() < 4 || cells[3].is_empty() => {
                wrong.push(format!("`{key}` in [{section}] has no meaning"));
            }
            Some(cells) if !cells[1].starts_with(&holds) => {
                wrong.push(format!("`{key}` in [{section}] is \"{holds}\", not \"{}\"", cells[1]));
            }
            Some(cells) if !agrees(&one.need, &cells[2]) => {
                wrong.push(format!("`{key}` in [{section}] is {need_is}, not {}", cells[2]));
            }
            Some(_) => {}
        }
    }
    let obsolete: Vec<String> = told.keys().map(|(section, key)| format!("`{key}` in [{section}]")).collect();
    same(FILE, &missing, &obsolete, &wrong);
}

/// Limits that are constants of the program.
#[test]
fn what_a_document_may_be_is_said() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(FILE);
    let text = fs::read_to_string(file).expect("is there");
    let (_, said) = text.split_once("\n## Documents\n").expect("has a section");
    let xml::Limits { size, depth, nodes, attributes, .. } = xml::Limits::DEFAULT;
    let words = [
        format!("{size} octets"),
        format!("{depth} levels"),
        format!("{nodes} nodes"),
        format!("{attributes}\nattributes"),
    ];
    for words in words {
        assert!(said.contains(&words), "{words} in {said}");
    }
}
