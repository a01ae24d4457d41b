//! The subscription to the functional alias controlling server. RFC 6665, TS 24.379 clause 9A.2.1.3

use std::{sync::Arc, time::Duration};

use futures::FutureExt as _;
use sip::{Message, Name};
use wire::World;
use xml_schemas::{
    body::{Body as _, Presence},
    mime,
};

use super::View;
use crate::{
    carriage,
    cx::OwnServer,
    events::{Ask, Outcome, Watcher},
    peer::Expected,
    refusal::Cause,
    stop::{Done, Stop},
};

/// The event package.
pub const EVENT: &str = "presence";

/// For how long a subscription is asked for, unless the configuration says otherwise.
pub const LIFETIME: Duration = crate::events::LIFETIME;

/// How long is waited before a subscription that is over is begun anew.
const PAUSE: Duration = Duration::from_secs(30);

/// Where the aliases of the own system are told.
#[derive(Clone, Debug)]
pub struct Source {
    /// The functional alias controlling server.
    pub server: OwnServer,
    /// For how long a subscription is asked for; it is refreshed in time.
    pub lifetime: Duration,
}

impl Source {
    fn ask(&self) -> Ask {
        Ask {
            uri: self.server.psi.as_str().to_owned(),
            hop: self.server.hop.clone(),
            peer: Expected::server(&self.server.identity),
            event: EVENT.to_owned(),
            accept: mime::PIDF,
            lifetime: self.lifetime,
            body: None,
        }
    }
}

/// Keeps the view as the controlling server tells it, from now on. The entity must hand NOTIFYs to the same watcher
/// ([`crate::Entity::watches`]) and name the controlling server among those it trusts.
pub fn follow(watcher: &Watcher, world: &World, source: Source, view: View) {
    let followed = Arc::new(Followed { watcher: watcher.clone(), world: world.clone(), source, view });
    begin(followed);
}

struct Followed {
    watcher: Watcher,
    world: World,
    source: Source,
    view: View,
}

fn begin(followed: Arc<Followed>) {
    let (watcher, ask) = (followed.watcher.clone(), followed.source.ask());
    watcher.subscribe(ask, move |outcome| {
        let followed = Arc::clone(&followed);
        async move { followed.hear(outcome) }.boxed()
    });
}

impl Followed {
    fn hear(self: Arc<Self>, outcome: Outcome) -> Done<()> {
        match outcome {
            Outcome::Notified(notify) => {
                let presence = told(&notify)?;
                self.view.heard(self.world.clock.now());
                if let Some(presence) = presence {
                    self.view.learn(&presence);
                }
            }
            Outcome::Over(status) => {
                tracing::warn!(target: "mcx::procedure", ?status, "who holds functional aliases is not told");
                let (world, again) = (self.world.clone(), self);
                let pause = world.clock.sleep(PAUSE);
                world.tasks.spawn(
                    async move {
                        pause.await;
                        begin(again)
                    }
                    .boxed(),
                );
            }
        }
        Ok(())
    }
}

/// What a NOTIFY says; none where it has no body.
///
/// # Errors
/// [`Stop`] where it cannot be read.
pub fn told(notify: &Message) -> Done<Option<Presence>> {
    if notify.header(Name::ContentType).is_none() {
        return Ok(None);
    }
    let parts = carriage::parts(notify)?;
    let part = parts.iter().find(|part| part.is(mime::PIDF)).ok_or(Cause::UnsupportedBody)?;
    let presence = Presence::read(&part.bytes);
    presence.map(Some).map_err(|why| Stop::Malformed(format!("{} {why}", mime::PIDF)))
}
