//! Changes of documents, watched from a terminal: event package `xcap-diff` (RFC 5875) as TS 24.481 clause 6.3.13.2 and
//! TS 24.484 clause 6.3.13.2 have group and configuration management clients use it.

use std::{sync::Arc, time::Duration};

use futures::FutureExt as _;
use kit::{
    Cx, Done, Entity, Expected, Impu, PartnerTable,
    events::{Ask, Held, Outcome, Watcher},
    xcap_diff,
};
use wire::{Service, World};
pub use xcap::diff;
use xcap::diff::XcapDiff;
use xml_schemas::{body::mcptt_info::AccessToken, ids::Psi};

use crate::{Device, fault};

/// What a user wants to be told of.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The server that has the documents.
    pub server: Psi,
    /// Documents, collections and nodes, by their selectors below its XCAP root.
    pub selectors: Vec<String>,
    /// How changes are told.
    pub processing: Processing,
    /// The user's access token, where the server wants one.
    pub token: Option<AccessToken>,
    /// For how long, until it is refreshed.
    pub lifetime: Duration,
}

/// The event parameter `diff-processing` (RFC 5875 clause 4.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Processing {
    /// By entity tags alone.
    NoPatching,
    /// Each change, with a patch.
    #[default]
    XcapPatching,
    /// One patch over all changes since the last.
    Aggregate,
}

impl Processing {
    /// As it stands in Event.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoPatching => "no-patching",
            Self::XcapPatching => "xcap-patching",
            Self::Aggregate => "aggregate",
        }
    }
}

/// What a subscription brings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum News {
    /// What there is at first, and then what has changed.
    Changed(XcapDiff),
    /// It is over; with the status that refused it, where one did.
    Over(Option<u16>),
}

/// The subscriber of a terminal. A clone is the same one.
#[derive(Clone)]
pub struct ChangeWatcher {
    entity: Entity<()>,
    watcher: Watcher,
    device: Device,
    world: World,
}

impl ChangeWatcher {
    /// The subscriber of a terminal's user. `core_identity` is the domain that the SIP core's certificate proves, where the
    /// terminal reaches it over TLS.
    ///
    /// # Errors
    /// [`kit::Stop::Fault`] where the user's identity cannot stand in a message.
    pub fn new(device: &Device, core_identity: Option<Arc<str>>) -> Done<Self> {
        let (terminal, world) = (device.settings(), device.world());
        let own = Psi::new(terminal.account.impu.as_str()).map_err(fault)?;
        let watcher = Watcher::of_terminal(world.clone(), own.clone(), &terminal.contact);
        let mut profile = device.profile("document-client", core_identity)?;
        profile.accept = vec![xcap::diff::MEDIA_TYPE];
        let entity =
            Entity::new(Cx::new(profile, (), PartnerTable::default(), world.clone())).watches(&watcher);
        Ok(Self { entity, watcher, device: device.clone(), world })
    }

    /// Subscribes, and stays subscribed until it is refused or [`ChangeWatcher::leave`] is called. `told` hears of every
    /// NOTIFY that says anything.
    ///
    /// # Errors
    /// [`kit::Stop::Fault`] where the server's identity cannot stand in a message.
    pub fn watch(&self, wish: &Wish, told: impl Fn(News) + Send + Sync + 'static) -> Done<Held> {
        let selectors: Vec<&str> = wish.selectors.iter().map(String::as_str).collect();
        let ask = Ask {
            uri: wish.server.as_str().to_owned(),
            hop: self.device.settings().core.clone(),
            peer: Expected::asserted(Impu::new(wish.server.as_str()).map_err(fault)?),
            event: format!("xcap-diff;diff-processing={}", wish.processing.as_str()),
            accept: xcap::diff::MEDIA_TYPE,
            lifetime: wish.lifetime,
            body: Some(xcap_diff::wish(&selectors, wish.token.as_ref(), &*self.world.ids)),
        };
        Ok(self.watcher.subscribe(ask, move |outcome| {
            let heard = hear(outcome);
            let heard = heard.map(|news| news.into_iter().for_each(&told));
            async move { heard }.boxed()
        }))
    }

    /// Ends a subscription (RFC 6665 4.1.2.3): [`News::Over`] follows.
    pub fn leave(&self, held: &Held) {
        held.unsubscribe(&self.world);
    }

    /// What takes the NOTIFYs.
    #[must_use]
    pub fn service(&self) -> Arc<dyn Service> {
        Arc::new(self.entity.clone())
    }
}

/// A NOTIFY without a body says nothing, as after a refresh.
fn hear(outcome: Outcome) -> Done<Option<News>> {
    match outcome {
        Outcome::Notified(message) => Ok(xcap_diff::told(&message)?.map(News::Changed)),
        Outcome::Over(status) => Ok(Some(News::Over(status))),
    }
}

#[cfg(test)]
mod tests;
