//! What a terminal's node serves: its clients, each by what it is for.

use std::sync::Arc;

use sip::{Message, Method};
use wire::{Arrival, BoxFuture, Reply, Service};

use crate::{ChangeWatcher, LocationClient, ServiceClient};

/// The clients of one terminal: NOTIFYs are for whoever watches changes, what became of a migration for the service client, all else
/// for the location management client.
#[must_use]
pub fn terminal(
    location: &LocationClient,
    service: Option<&ServiceClient>,
    changes: &ChangeWatcher,
) -> Arc<dyn Service> {
    let (location, changes) = (location.service(), changes.service());
    Arc::new(Terminal { location, service: service.map(ServiceClient::service), changes })
}

struct Terminal {
    location: Arc<dyn Service>,
    service: Option<Arc<dyn Service>>,
    changes: Arc<dyn Service>,
}

impl Service for Terminal {
    fn serve(&self, request: Message, arrival: Arrival) -> BoxFuture<'static, Reply> {
        match (request.method(), &self.service) {
            (Method::Notify, _) => self.changes.serve(request, arrival),
            (Method::Message, Some(service)) if ServiceClient::takes(&request) => {
                service.serve(request, arrival)
            }
            _ => self.location.serve(request, arrival),
        }
    }
}
