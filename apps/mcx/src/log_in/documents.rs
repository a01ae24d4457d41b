//! What a user reads at home: his profiles.

use std::{fs, net::SocketAddr, path::PathBuf};

use clients::{
    ProfileClient,
    profiles::{NotRead, PartnerSystem, UserProfile},
};
use driver::Env;
use xml_schemas::{body::mcptt_info::AccessToken, ids::McServiceId, migration::ProfileIndex};

use super::server::{authority, https};
use crate::{Failure, endpoints::SystemEndpoints};

/// Where profiles are looked for, once the one that was asked for is not there.
const USUAL: std::ops::RangeInclusive<u8> = 0..=9;

/// A configuration management server as its users reach it.
pub(crate) struct Documents {
    /// The XCAP root.
    pub(crate) root: String,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// PEM certificates of who issued its certificate.
    pub(crate) ca: PathBuf,
}

impl Documents {
    /// That of a system of a lab.
    ///
    /// # Errors
    /// The system has none.
    pub(crate) fn of_lab(system: &SystemEndpoints) -> Result<Self, Failure> {
        let none = || Failure::Procedure(format!("{} has no configuration management server", system.domain));
        let https = |listener: &&crate::endpoints::Listener| {
            listener.entity == "configuration" && listener.protocol == "https"
        };
        let listener = system.listeners.iter().filter(https);
        let listener = listener.max_by_key(|each| each.listener.contains("client")).ok_or_else(none)?;
        let address = listener.address.parse().map_err(|_| none())?;
        Ok(Self { root: system.configuration_root.clone(), address, ca: system.tls.ca.clone() })
    }
}

/// How a user is connected with a partner MC system by the profile of this index: the precondition of TS 23.280 10.6.3.3.
///
/// # Errors
/// He has no such profile, or it is not valid there.
pub(crate) async fn connected(
    at: &Documents,
    (user, index): (&McServiceId, u8),
    partner: &str,
    token: AccessToken,
    env: &Env,
) -> Result<PartnerSystem, Failure> {
    let said = |why: &dyn std::fmt::Display| Failure::Procedure(format!("{}: {why}", user.as_str()));
    let Some(profile) = profile(at, (user, index), token.clone(), env).await? else {
        let has = others(at, user, &token, env).await?;
        return Err(said(&format!("{}; {has}", NotRead::Missing)));
    };
    profile.partner(partner).cloned().map_err(|why| said(&why))
}

/// Which of the profiles that users usually have this one has.
async fn others(
    at: &Documents,
    user: &McServiceId,
    token: &AccessToken,
    env: &Env,
) -> Result<String, Failure> {
    let mut found = Vec::new();
    for index in USUAL {
        if profile(at, (user, index), token.clone(), env).await?.is_some() {
            found.push(index.to_string());
        }
    }
    let (least, most) = (USUAL.start(), USUAL.end());
    Ok(if found.is_empty() {
        format!("he has none of {least} to {most}")
    } else {
        format!("he has {}", found.join(", "))
    })
}

/// The profile of a user that has this index; none where he has none.
///
/// # Errors
/// It cannot be read.
pub(crate) async fn profile(
    at: &Documents,
    (user, index): (&McServiceId, u8),
    token: AccessToken,
    env: &Env,
) -> Result<Option<UserProfile>, Failure> {
    let (host, _) = authority(&at.root)?;
    let pem = fs::read_to_string(&at.ca).map_err(|why| Failure::file(&at.ca, why))?;
    let (http, hop) = https(user.as_str(), &host, at.address, pem, env)?;
    let client = ProfileClient::new(http.web(), hop, &at.root, token);
    match client.get(user, ProfileIndex(index)).await {
        Ok(profile) => Ok(Some(profile)),
        Err(NotRead::Missing) => Ok(None),
        Err(why) => Err(Failure::Procedure(format!("{}: {why}", user.as_str()))),
    }
}
