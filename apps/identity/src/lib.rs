//! The identity management server (TS 23.280 7.4.2.2.2): OpenID Connect as TS 33.180 annex B and TS 24.482 profile it.
//!
//! Users log in here, and their clients get the tokens that every other server takes: by authorization code with PKCE, then by refresh
//! tokens. For a user who migrates it is both halves of TS 33.180 B.7: at his primary MC system it exchanges his access token for a
//! security token (RFC 8693), at the partner it takes that security token as an assertion (RFC 7523) and gives him tokens with the
//! partner MC service ID that it has allocated to him, the information element of TS 23.280 10.6.3.
//!
//! What the text leaves open is in `SPEC.md`, with our choice and its switch.

pub mod config;
mod grants;
mod issue;
mod keys;
mod lock_out;
mod locks;
mod metrics;
mod oauth;
pub mod password;
mod redirect;
mod revoked;
mod ring;
pub mod scopes;
mod state;
pub mod users;
mod web;

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use arc_swap::ArcSwap;
use kit::{Fault, audit::Log, tokens::Tokens};
use store::Store;
use wire::{World, web::WebService};

pub use config::Config;
pub use metrics::Metrics;
pub use ring::NewKey;
pub use web::paths;

use lock_out::Attempts;
use password::Hasher;
use ring::Ring;
use state::Idms;
use users::Users;

/// How often it is looked whether it is time for another signing key.
const LOOK: Duration = Duration::from_secs(20);

/// An identity management server. A clone is the same server.
#[derive(Clone)]
pub struct IdentityServer(Arc<Idms>);

impl IdentityServer {
    /// The server over its store; administrative acts go into the log. Over HTTP it is [`IdentityServer::web`]; it grants nothing before [`IdentityServer::start`].
    ///
    /// # Errors
    /// [`Fault`] where a partner's keys or the parameters of hashing are of no use.
    pub fn new(
        config: Config,
        store: Arc<dyn Store>,
        new_key: NewKey,
        metrics: &Metrics,
        world: World,
        log: Log,
    ) -> Result<Self, Fault> {
        let fault = |why: String| Fault::new(format!("identity management: {why}"));
        let issuers: Vec<_> = config.partners.iter().filter_map(|partner| partner.issuer.clone()).collect();
        let partners = Tokens::configured(&issuers).map_err(fault)?;
        let hasher = Hasher::new(&config.hashing, world.ids.token().as_bytes()).map_err(fault)?;
        Ok(Self(Arc::new(Idms {
            rules: ArcSwap::from_pointee(config.rules()),
            users: Users::new(Arc::clone(&store)).audited(log.clone(), &config.name),
            ring: Ring::new(&config, Arc::clone(&store), new_key).audited(log.clone()),
            attempts: Attempts::new(config.lock_out),
            metrics: metrics.of(&config.name),
            revoked: revoked::List::default(),
            config,
            store,
            hasher,
            partners,
            log,
            world,
        })))
    }

    /// Sees to it that there is a key to sign with: from then on whoever fetches the keys finds some.
    ///
    /// # Errors
    /// [`Fault`] where the store cannot be read or written.
    pub async fn ready(&self) -> Result<(), Fault> {
        self.0.ring.look(self.0.now()).await
    }

    /// Begins to look after signing keys, and to fetch those of partners. Once for each server.
    pub fn start(&self) {
        self.0.partners.follow(&self.0.world);
        self.0.world.tasks.spawn(Box::pin(look_after(Arc::downgrade(&self.0))));
        let idms = Arc::clone(&self.0);
        self.0.world.tasks.spawn(Box::pin(async move { idms.settle_locks(&[]).await }));
    }

    /// What answers the server's HTTP: the endpoints of [`paths`].
    #[must_use]
    pub fn web(&self) -> Arc<dyn WebService> {
        Arc::new(web::Site(Arc::clone(&self.0)))
    }

    /// The users that its store keeps.
    #[must_use]
    pub fn users(&self) -> &Users {
        &self.0.users
    }

    /// From now on clients and users are what a configuration that was read again says. The tokens of users whom it locks, or names no
    /// more, are revoked.
    pub fn replace(&self, config: &Config) {
        let old = self.0.rules.swap(Arc::new(config.rules()));
        let idms = Arc::clone(&self.0);
        self.0.world.tasks.spawn(Box::pin(async move { idms.settle_locks(&old.users).await }));
    }
}

async fn look_after(server: Weak<Idms>) {
    loop {
        let rest = {
            let Some(idms) = server.upgrade() else { return };
            if let Err(fault) = idms.ring.look(idms.now()).await {
                tracing::error!(target: "mcx::fault", entity = %idms.config.name, %fault);
            }
            idms.world.clock.sleep(LOOK)
        };
        rest.await;
    }
}
