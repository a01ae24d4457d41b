//! PUBLISH at an entity: what every event state compositor answers alike. RFC 3903 clause 6.
//!
//! Which operation a PUBLISH is, and for how long it may last, is settled here. The state, its entity tags and who may publish
//! are the handler's, which [`crate::Entity::publishes`] takes for one event package.

use std::{sync::Arc, time::Duration};

pub use dialog::{
    compositor::{Publication, Request as Operation},
    notifier::Lifetimes,
};
use futures::FutureExt as _;
use wire::BoxFuture;
use xml_schemas::flow::Part;

use crate::{
    carriage::{self, Protection},
    peer::Peer,
    refusal::{Cause, Refusal},
    stop::{Done, Stop},
};

/// A PUBLISH for one package of an entity, as far as the package need not be known.
#[derive(Clone, Debug)]
pub struct Publish {
    /// Who publishes, as the hop proves.
    pub peer: Peer,
    /// Which of the four operations it is, with the entity tag that it names (RFC 3903 table 1).
    pub operation: Operation,
    /// For how long it may last; zero where it is to end, or not to begin.
    pub lifetime: Duration,
    /// The request.
    pub message: sip::Message,
    protection: Option<Arc<Protection>>,
}

/// What a PUBLISH comes to: RFC 3903 6 step 6.
pub struct Published {
    /// SIP-ETag: what the next PUBLISH names.
    pub tag: String,
    /// Expires: zero where the publication is over.
    pub lifetime: Duration,
    pub(crate) after: Option<BoxFuture<'static, ()>>,
}

impl Published {
    /// Nothing more is to be done.
    #[must_use]
    pub fn new(tag: impl Into<String>, lifetime: Duration) -> Self {
        Self { tag: tag.into(), lifetime, after: None }
    }

    /// This goes on once the response has been handed down, so that no outcome overtakes it.
    #[must_use]
    pub fn then(self, work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { after: Some(work.boxed()), ..self }
    }

    pub(crate) fn response(&self) -> sip::Response {
        sip::Response::new(200)
            .header(sip::Name::SipEtag, &self.tag)
            .header(sip::Name::Expires, self.lifetime.as_secs().to_string())
    }
}

impl Publish {
    /// Reads a PUBLISH of this peer.
    ///
    /// # Errors
    /// [`Cause::MalformedMessage`] as [`Operation::read`] says; [`Cause::TooBrief`] below the shortest lifetime.
    pub(crate) fn read(
        peer: Peer,
        message: sip::Message,
        lifetimes: &Lifetimes,
        protection: Option<Arc<Protection>>,
    ) -> Done<Self> {
        let (operation, asked) = Operation::read(&message)
            .map_err(|fault| Stop::from(Refusal::at(Cause::MalformedMessage, &fault.to_string())))?;
        let lifetime = lifetimes.grant(asked).map_err(|_| Cause::TooBrief)?;
        Ok(Self { peer, operation, lifetime, message, protection })
    }

    /// Its bodies, whose protection holds where any was agreed with the publisher.
    ///
    /// # Errors
    /// As [`crate::carriage::parts`] and [`crate::carriage::unprotect`].
    pub fn parts(&self) -> Result<Vec<Part<'_>>, Refusal> {
        carriage::parts_of(&self.message, self.protection.as_deref())
    }
}
