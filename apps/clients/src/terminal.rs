//! What a terminal's node serves: its clients, each by what it is for.

use std::sync::Arc;

use sip::{Message, Method};
use wire::{Arrival, BoxFuture, Reply, Service};

use crate::{ChangeWatcher, LocationClient};

/// The clients of one terminal: NOTIFYs are for whoever watches changes, all else for the location management client.
#[must_use]
pub fn terminal(location: &LocationClient, changes: &ChangeWatcher) -> Arc<dyn Service> {
    Arc::new(Terminal { location: location.service(), changes: changes.service() })
}

struct Terminal {
    location: Arc<dyn Service>,
    changes: Arc<dyn Service>,
}

impl Service for Terminal {
    fn serve(&self, request: Message, arrival: Arrival) -> BoxFuture<'static, Reply> {
        match request.method() {
            Method::Notify => self.changes.serve(request, arrival),
            _ => self.location.serve(request, arrival),
        }
    }
}
