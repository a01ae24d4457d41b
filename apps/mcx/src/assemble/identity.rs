//! The identity management server and its HTTP. It speaks no SIP, and has no node.

use std::sync::Arc;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use driver::{Env, Http, LateWire};
use identity::{Config, IdentityServer, Metrics, NewKey, users::Users};
use wire::World;

use super::{
    audit::{self, Kept},
    node::{Profiles, http_listener},
};
use crate::Failure;

pub(super) async fn start(
    config: &Config,
    profiles: &Profiles,
    kept: Kept<'_>,
    env: &Env,
) -> Result<(IdentityServer, Http), Failure> {
    let fault = |why: &dyn std::fmt::Display| Failure::start(&config.name, why);
    let http = Http::new(profiles.http(&config.name, &config.http_limits, config.http.iter()), env);
    let http = http.map_err(|why| fault(&why))?;
    let world = World { web: http.web(), ..env.world(LateWire::new()) };
    let metrics = Metrics::default();
    env.metrics.register(|registry| metrics.register(registry));
    let log = audit::log(&config.name, &kept, &world).await?;
    let server = IdentityServer::new(config.clone(), kept.store, new_key(), &metrics, world, log);
    let server = server.map_err(|why| fault(&why))?;
    // Servers of this process fetch the keys as soon as they run.
    server.ready().await.map_err(|why| fault(&why))?;
    let site = server.web();
    for listen in &config.http {
        let listener = http_listener(listen).map_err(|why| fault(&why))?;
        http.listen(listener, site.clone()).map_err(|why| fault(&why))?;
    }
    warn_of_shadowed(config, server.users()).await;
    server.start();
    Ok((server, http))
}

/// Says how many users of the store cannot log in for those of the configuration. Who they are, `mcx check` says: names of users are no
/// matter for a log.
pub(super) async fn warn_of_shadowed(config: &Config, users: &Users) {
    let shadowed = shadowed(config, users).await.len();
    if shadowed > 0 {
        tracing::warn!(entity = %config.name, users = shadowed, "[[identity.user]] stands before users of the same names in the store: see `mcx check`");
    }
}

/// The users of the configuration in whose stead the store has users who cannot log in.
pub(super) async fn shadowed(config: &Config, users: &Users) -> Vec<String> {
    let mut shadowed = Vec::new();
    for user in &config.users {
        // What cannot be read is told when it is needed.
        if let Ok(Some(_)) = users.get(&user.name).await {
            shadowed.push(user.name.clone());
        }
    }
    shadowed
}

/// Signing keys, from the system's random source.
fn new_key() -> NewKey {
    Arc::new(|| {
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        key.map(|key| key.as_ref().to_vec()).map_err(|_| "no key could be made".to_owned())
    })
}
