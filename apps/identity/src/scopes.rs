//! Scopes: what an access token is for. TS 33.180 annex B, RFC 6749 clause 3.3

use xml_schemas::ids::McServiceId;

use crate::users::Ids;

/// That it is a log-in of OpenID Connect, so that there is an ID token (OpenID Connect Core 3.1.2.1).
pub const OPENID: &str = "openid";

/// The MC services, as scopes name them.
const SERVICES: [&str; 3] = ["ptt", "video", "data"];

/// What of each MC service a token may be for.
const PARTS: [&str; 4] =
    ["service", "key_management_service", "config_management_service", "group_management_service"];

/// Every scope that is known here.
#[must_use]
pub fn all() -> Vec<String> {
    let of = |service: &&str| PARTS.map(|part| format!("3gpp:mc:{service}_{part}"));
    let services = SERVICES.iter().flat_map(of);
    std::iter::once(OPENID.to_owned()).chain(services).collect()
}

/// What users of a partner may have where nothing else is said. MCData migrates by no published element.
#[must_use]
pub fn of_visitors() -> Vec<String> {
    all().into_iter().filter(|scope| service(scope) != Some("data")).collect()
}

/// Whether it is known here.
#[must_use]
pub fn is_known(scope: &str) -> bool {
    scope == OPENID || service(scope).is_some()
}

/// The MC service that a scope is of: `ptt`, `video` or `data`.
fn service(scope: &str) -> Option<&'static str> {
    let rest = scope.strip_prefix("3gpp:mc:")?;
    let (service, part) = rest.split_once('_')?;
    let known = SERVICES.iter().find(|known| **known == service)?;
    PARTS.contains(&part).then_some(*known)
}

/// What is granted of what is asked for: what is known, what the application may have (`allowed`, every one where it is empty), and
/// what the user has an MC service ID for. Each once, in the order in which it was asked for.
#[must_use]
pub fn granted(asked: &str, allowed: &[String], ids: &Ids) -> Vec<String> {
    let mut granted: Vec<String> = Vec::new();
    for scope in asked.split(' ').filter(|scope| is_known(scope)) {
        let is_allowed = allowed.is_empty() || allowed.iter().any(|each| each == scope);
        let has_id = service(scope).is_none_or(|service| id_of(service, ids).is_some());
        if is_allowed && has_id && !granted.iter().any(|each| each == scope) {
            granted.push(scope.to_owned());
        }
    }
    granted
}

/// The claims that name the user (TS 33.180 table B.1.2.2): one for each MC service that a scope is of.
#[must_use]
pub fn claims<'i>(scopes: &[String], ids: &'i Ids) -> Vec<(&'static str, &'i McServiceId)> {
    let named = [("ptt", "mcptt_id"), ("video", "mcvideo_id"), ("data", "mcdata_id")];
    let is_granted = |wanted: &str| scopes.iter().any(|scope| service(scope) == Some(wanted));
    let claims = named.into_iter().filter(|(service, _)| is_granted(service));
    claims.filter_map(|(service, claim)| Some((claim, id_of(service, ids)?))).collect()
}

fn id_of<'i>(service: &str, ids: &'i Ids) -> Option<&'i McServiceId> {
    match service {
        "ptt" => ids.mcptt.as_ref(),
        "video" => ids.mcvideo.as_ref(),
        _ => ids.mcdata.as_ref(),
    }
}
