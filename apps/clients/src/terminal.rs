//! What a terminal's node serves: its clients, each by what it is for.

use std::sync::Arc;

use sip::{Message, Method};
use wire::{Arrival, BoxFuture, Reply, Service};

use crate::{AcmClient, AliasClient, ChangeWatcher, LocationClient, ServiceClient};

/// The clients of one terminal: NOTIFYs are for whoever watches changes, what became of a migration for the service client, what is
/// administered between MC systems for the ACM client, all else for the location management client.
#[derive(Clone)]
pub struct Terminal {
    location: Arc<dyn Service>,
    service: Option<Arc<dyn Service>>,
    acm: Option<Arc<dyn Service>>,
    aliases: Option<Arc<dyn Service>>,
    changes: Arc<dyn Service>,
}

impl Terminal {
    /// A terminal with what every terminal has.
    #[must_use]
    pub fn new(location: &LocationClient, changes: &ChangeWatcher) -> Self {
        Self {
            location: location.service(),
            service: None,
            acm: None,
            aliases: None,
            changes: changes.service(),
        }
    }

    /// And with an MC service client, where there is one.
    #[must_use]
    pub fn with_service(self, client: Option<&ServiceClient>) -> Self {
        Self { service: client.map(ServiceClient::service), ..self }
    }

    /// And with an ACM client, where there is one.
    #[must_use]
    pub fn with_acm(self, client: Option<&AcmClient>) -> Self {
        Self { acm: client.map(AcmClient::service), ..self }
    }

    /// And with a client of functional aliases, where there is one.
    #[must_use]
    pub fn with_aliases(self, client: Option<&AliasClient>) -> Self {
        Self { aliases: client.map(AliasClient::service), ..self }
    }

    fn client(&self, request: &Message) -> &Arc<dyn Service> {
        if let (Method::Notify, Some(aliases)) = (request.method(), &self.aliases)
            && AliasClient::takes(request)
        {
            return aliases;
        }
        match (request.method(), &self.service, &self.acm) {
            (Method::Notify, ..) => &self.changes,
            (Method::Message, Some(service), _) if ServiceClient::takes(request) => service,
            (Method::Message, _, Some(acm)) if AcmClient::takes(request) => acm,
            _ => &self.location,
        }
    }
}

impl Service for Terminal {
    fn serve(&self, request: Message, arrival: Arrival) -> BoxFuture<'static, Reply> {
        self.client(&request).serve(request, arrival)
    }
}
