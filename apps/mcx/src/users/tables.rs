//! What a configuration file has to say of users beside the store: one table for each of its servers that reaches them.

use std::{collections::HashSet, fs, path::Path};

use identity::users::{SipUser, User, listed};
use toml::{Table, Value};

use crate::{Failure, SystemConfig};

/// The servers that know their users' public identities.
const SERVERS: [&str; 6] = ["locations", "service", "groups", "configuration", "aliases", "acm"];

/// What a file lacks of the users of a store.
#[derive(Default)]
pub(super) struct Lacking {
    /// The tables, to be put at its end.
    pub(super) tables: String,
    /// Who has no SIP identity, which nobody need have: he logs in, and is not reached.
    pub(super) without_sip: Vec<String>,
    /// Whose tables the file cannot take, or who could not register by them, and why.
    pub(super) left_out: Vec<(String, String)>,
}

/// The tables that this file lacks of these users, and who has none there.
///
/// # Errors
/// The file cannot be read, or is no TOML.
pub(super) fn lacking(file: &Path, users: &[User]) -> Result<Lacking, Failure> {
    let text = fs::read_to_string(file).map_err(|why| Failure::file(file, why))?;
    let config: Table = text.parse().map_err(|why: toml::de::Error| Failure::file(file, why))?;
    let (mut lacking, mut each) = (Lacking::default(), Vec::new());
    for user in users.iter().filter(|user| !user.locked) {
        let Some(sip) = &user.sip else {
            lacking.without_sip.push(user.name.clone());
            continue;
        };
        let tables = of(&config, user, sip);
        match realm(&config, sip).filter(|_| !tables.is_empty()).or_else(|| stale(&config, sip)) {
            Some(why) => lacking.left_out.push((user.name.clone(), why)),
            None => each.push((user.name.clone(), tables)),
        }
    }
    let all: String = each.iter().map(|(_, tables)| tables.as_str()).collect();
    let known = mistakes(file, &text);
    if all.is_empty() || breaks(file, &text, &all, &known).is_none() {
        return Ok(Lacking { tables: all, ..lacking });
    }
    // Whose tables it is: each is held against the file beside those that it takes.
    for (name, tables) in each {
        match breaks(file, &text, &format!("{}{tables}", lacking.tables), &known) {
            None => lacking.tables.push_str(&tables),
            Some(why) => lacking.left_out.push((name, why)),
        }
    }
    Ok(lacking)
}

/// Why this user, who is not in the store yet, would be of no use to the servers of a file; none where he would be.
///
/// # Errors
/// The file cannot be read, or is no TOML.
pub(super) fn refusal(file: &Path, user: &User) -> Result<Option<String>, Failure> {
    let text = fs::read_to_string(file).map_err(|why| Failure::file(file, why))?;
    let config: Table = text.parse().map_err(|why: toml::de::Error| Failure::file(file, why))?;
    if let Some(why) = elsewhere(&config, user) {
        return Ok(Some(why));
    }
    let told = lacking(file, std::slice::from_ref(user))?;
    Ok(told.left_out.into_iter().next().map(|(_, why)| why))
}

/// What of him the file gives to somebody else already, or to no user of its identity management server.
fn elsewhere(config: &Table, user: &User) -> Option<String> {
    if has(config, ("identity", "user"), ("name", &user.name)) {
        return Some("an [[identity.user]] of the file has this name, and stands before him".to_owned());
    }
    let domains = config.get("identity").and_then(|own| own.get("domains")).and_then(Value::as_array);
    let is_own = |domain: &str| {
        domains.is_none_or(|all| {
            all.iter().filter_map(Value::as_str).any(|own| own.eq_ignore_ascii_case(domain))
        })
    };
    for id in user.ids.all() {
        if !is_own(id.domain()) {
            return Some(format!("{} lies in no domain of [identity]", id.as_str()));
        }
        let keys = ["mc-service-id", "mcptt-id", "mcvideo-id", "mcdata-id"];
        if keys.iter().any(|key| has(config, ("identity", "user"), (key, id.as_str()))) {
            return Some(format!("{} is that of an [[identity.user]] of the file", id.as_str()));
        }
    }
    let sip = user.sip.as_ref()?;
    let taken = sip.identities.iter().find(|impu| is_registered(config, impu))?;
    Some(format!("{taken} is that of one of [[sip-core.users]] of the file"))
}

/// Whether one of the SIP core's users has this public identity.
fn is_registered(config: &Table, impu: &str) -> bool {
    let users = config.get("sip-core").and_then(|core| core.get("users")).and_then(Value::as_array);
    let identities = users.into_iter().flatten().filter_map(|user| user.get("identities")?.as_array());
    identities.flatten().any(|identity| identity.as_str() == Some(impu))
}

/// Why what the file has of this user proves another password than his.
fn stale(config: &Table, sip: &SipUser) -> Option<String> {
    let users = config.get("sip-core")?.get("users")?.as_array()?;
    let own =
        users.iter().find(|user| user.get("username").and_then(Value::as_str) == Some(&sip.username))?;
    let differs = |key: &str, hash: Option<&str>| {
        let there = own.get(key).and_then(Value::as_str);
        there.is_some()
            && !hash.is_some_and(|hash| there.is_some_and(|there| there.eq_ignore_ascii_case(hash)))
    };
    let keys = [("ha1-sha-256", Some(sip.ha1_sha_256.as_str())), ("ha1-md5", sip.ha1_md5.as_deref())];
    let (key, _) = keys.into_iter().find(|(key, hash)| differs(key, *hash))?;
    Some(format!(
        "his {key} in the file is not that of the store, so that another password registers him: `mcx users list --sip-core` prints what \
         replaces it"
    ))
}

fn of(config: &Table, user: &User, sip: &SipUser) -> String {
    let Some(id) = user.ids.first() else { return String::new() };
    let (id, impu) = (id.as_str(), sip.identities.first().map(String::as_str).unwrap_or_default());
    let mut out = String::new();
    if config.contains_key("sip-core") && !has(config, ("sip-core", "users"), ("username", &sip.username)) {
        out.push('\n');
        out.push_str(&listed(std::slice::from_ref(user)));
    }
    for server in SERVERS.into_iter().filter(|server| config.contains_key(*server)) {
        if !has(config, (server, "user"), ("mc-service-id", id)) {
            out.push_str(&format!("\n[[{server}.user]]\nmc-service-id = \"{id}\"\nimpu = \"{impu}\"\n"));
        }
    }
    out
}

/// Why the hashes of this user prove nothing to the SIP core of this file: they are of another realm (RFC 7616 3.4.2).
fn realm(config: &Table, sip: &SipUser) -> Option<String> {
    let core = config.get("sip-core")?;
    let said = |key| core.get(key).and_then(Value::as_str);
    // What is not said is the domain, which is a host: in lower case.
    let there = said("realm").map(str::to_owned).or_else(|| said("domain").map(str::to_lowercase))?;
    let own = sip.realm.as_ref().filter(|own| **own != there)?;
    Some(format!(
        "the password was kept for the realm {own}, and that of [sip-core] is {there}: `mcx users password` with --impu and --realm keeps it anew"
    ))
}

/// What is wrong with the file by itself.
fn mistakes(file: &Path, text: &str) -> HashSet<String> {
    match SystemConfig::parse(file, text) {
        Err(Failure::Config(errors)) => errors.iter().map(|error| error.text.clone()).collect(),
        _ => HashSet::new(),
    }
}

/// What would be wrong with the file besides, had it these tables at its end.
fn breaks(file: &Path, text: &str, tables: &str, known: &HashSet<String>) -> Option<String> {
    let Err(Failure::Config(errors)) = SystemConfig::parse(file, &format!("{text}{tables}")) else {
        return None;
    };
    let mut new: Vec<&str> = errors
        .iter()
        .map(|error| error.text.as_str())
        .filter(|text| !known.contains(*text) && !text.starts_with("warning: "))
        .collect();
    new.dedup();
    (!new.is_empty()).then(|| new.join("; "))
}

/// Whether one of the tables has this value.
fn has(config: &Table, (section, tables): (&str, &str), (key, value): (&str, &str)) -> bool {
    let tables = config.get(section).and_then(|section| section.get(tables)).and_then(Value::as_array);
    tables.into_iter().flatten().any(|table| table.get(key).and_then(Value::as_str) == Some(value))
}
