//! `[identity]`, and whose tokens every other server takes.

use std::net::IpAddr;

use identity::{config::Hashing, password};

use super::{hop, listed};
use crate::{
    Failure,
    lab::{
        idms::AUDIENCE,
        pki::files::JWKS,
        plan::{SystemPlan, User},
    },
};

/// The application with which users of the lab log in.
pub const CLIENT: &str = "mcx-ue";

/// Where it has browsers sent back: a port of its own on a loopback address (RFC 8252 7.3).
pub const REDIRECT: &str = "http://127.0.0.1/callback";

/// Passwords of the lab are chance, 122 bits of it: a slow hash would add nothing.
const HASHING: Hashing = Hashing { memory: 64, passes: 1, threads: 0, waiting: 64 };

pub(super) fn section(system: &SystemPlan, other: &SystemPlan) -> Result<String, Failure> {
    let (host, at) = (system.identity_host(), system.at.identity);
    let users = system.users.iter().map(|each| user(system, each)).collect::<Result<String, _>>()?;
    let Hashing { memory, passes, threads, .. } = HASHING;
    Ok(format!(
        r#"
# The identity management server: users log in here, and get the tokens that all servers take.
[identity]
name = "{host}"
issuer = "{issuer}"
domains = ["{domain}"]
audience = ["{AUDIENCE}"]
acm-servers = ["{acm}"]
revoked-to = {told}

# Passwords of a lab are chance. Where people choose them, leave this out.
[identity.hashing]
memory = {memory}
passes = {passes}
threads = {threads}

[[identity.http]]
name = "clients"
address = "{at}"
transport = "tls"
tls = "idms"
client-certificate = "none"
hosts = ["{host}", "{ip}"]

# Where the own servers fetch keys and what has been revoked, and the ACM server has visitors admitted.
[[identity.http]]
name = "servers"
address = "{servers}"
transport = "tls"
tls = "idms"
hosts = ["{host}"]

[[identity.client]]
id = "{CLIENT}"
redirect-uris = ["{REDIRECT}"]
{users}{partner}"#,
        acm = system.inner("acm1"),
        told = listed(
            &["mcs1", "gms1", "cms1"].map(|server| system.inner(server)).each_ref().map(String::as_str)
        ),
        servers = system.at.identity_servers,
        issuer = system.issuer(),
        domain = system.domain,
        ip = bracketed(at.ip()),
        partner = partner(system, other),
    ))
}

fn user(system: &SystemPlan, user: &User) -> Result<String, Failure> {
    let (name, id) = (user.name, user.mc_service_id(system.domain));
    // Whoever has the file has the passwords of the lab beside it.
    let salt = format!("lab {id}");
    let hash = password::hash(&HASHING, &user.password, salt.as_bytes());
    let hash = hash.map_err(|why| Failure::start("identity", why))?;
    Ok(format!("\n[[identity.user]]\nname = \"{name}\"\npassword = \"{hash}\"\nmc-service-id = \"{id}\"\n"))
}

/// Who goes there gets a security token for it; who comes from there gets tokens, and the MC service ID that his account here has.
fn partner(system: &SystemPlan, other: &SystemPlan) -> String {
    let going: Vec<String> = other.visitors.iter().map(|each| each.primary(system)).collect();
    let coming: Vec<String> = system.visitors.iter().map(|each| each.primary(other)).collect();
    let texts = |all: &[String]| listed(&all.iter().map(String::as_str).collect::<Vec<_>>());
    let visitor = |each: &crate::lab::plan::Visitor| {
        let (primary, id) = (each.primary(other), each.partner(system));
        format!("\n[[identity.partner.visitor]]\nprimary = \"{primary}\"\nid = \"{id}\"\n")
    };
    let (name, domain) = (other.issuer(), other.domain);
    let server = hop(&other.identity_host(), other.at.identity, "idms-abroad");
    format!(
        r#"
# That of {domain}: who goes there (TS 33.180 B.7.2), and who comes from there (B.7.4).
[[identity.partner]]
name = "{name}"
jwks-uri = "{name}/jwks"
server = {server}
domains = ["{domain}"]
may-visit = {going}
visitors = {coming}
{visitors}"#,
        going = texts(&going),
        coming = texts(&coming),
        visitors = system.visitors.iter().map(visitor).collect::<String>(),
    )
}

/// Whose access tokens an entity takes: those of the key in the lab's folder, and those of the identity management server, whose keys
/// are fetched.
pub(super) fn issuers(system: &SystemPlan, table: &str, profile: &str) -> String {
    let (issuer, tester) = (system.issuer(), system.tester());
    let server = hop(&system.identity_host(), system.at.identity_servers, profile);
    format!(
        r#"
# Tokens that `mcx lab token` signs.
[[{table}.issuer]]
name = "{tester}"
audience = ["{AUDIENCE}"]
jwks = "{JWKS}"

[[{table}.issuer]]
name = "{issuer}"
audience = ["{AUDIENCE}"]
jwks-uri = "{issuer}/jwks"
revoked-uri = "{issuer}/revoked"
server = {server}
"#
    )
}

/// An address as it stands in a URI (RFC 3986 3.2.2).
fn bracketed(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}
