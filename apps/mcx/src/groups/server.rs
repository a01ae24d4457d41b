//! Which group management server a user of a lab asks for a group: the one that his profile names for it (TS 23.280 10.2.7.1).

use std::{collections::BTreeSet, sync::Arc};

use wire::Silent;
use xml_schemas::body::mcptt_info::AccessToken;

use crate::{
    Failure,
    endpoints::{Endpoints, SystemEndpoints},
    location::user,
    log_in::{Documents, profile},
    serve,
};

/// The profile that users of the lab have their groups in.
const INDEX: u8 = 1;

/// The system whose server it is: his own, where his profile says nothing of the group, or he is no user and has none.
///
/// # Errors
/// The profile cannot be read, or names a server that is none of the lab's.
pub(super) async fn of_group<'e>(
    endpoints: &'e Endpoints,
    (home, id): (&'e SystemEndpoints, &str),
    group: &str,
    token: &str,
) -> Result<&'e SystemEndpoints, Failure> {
    if !home.users.iter().any(|known| known.mc_service_id == id) {
        return Ok(home);
    }
    let (env, at) = (serve::world(None, Arc::new(Silent)), Documents::of_lab(home)?);
    let profile = profile(&at, (&user(id)?, INDEX), AccessToken::new(token), &env).await?;
    let Some(named) = profile.as_ref().and_then(|profile| profile.group_server(group)) else {
        return Ok(home);
    };
    let is_it = |system: &&SystemEndpoints| {
        xcap::canonical(&system.services.groups) == xcap::canonical(named.as_str())
    };
    endpoints.systems.iter().find(is_it).ok_or_else(|| {
        let named = named.as_str();
        Failure::Procedure(format!(
            "the profile of {id} names {named} for {group}, and the lab has no such server"
        ))
    })
}

/// The public service identity of the server that is asked for all of these groups.
///
/// # Errors
/// As [`of_group`], or they are at several: one subscription is at one server.
pub(super) async fn of_all(
    endpoints: &Endpoints,
    (home, id): (&SystemEndpoints, &str),
    groups: &[String],
    token: &str,
) -> Result<String, Failure> {
    let mut servers = BTreeSet::new();
    for group in groups {
        servers.insert(of_group(endpoints, (home, id), group, token).await?.services.groups.as_str());
    }
    let first = servers.first().copied().unwrap_or(&home.services.groups).to_owned();
    if servers.len() > 1 {
        let servers = servers.into_iter().collect::<Vec<_>>().join(" and ");
        let text = format!(
            "the profile of {id} names {servers} for these groups: subscribe to those of each by themselves"
        );
        return Err(Failure::Procedure(text));
    }
    Ok(first)
}
