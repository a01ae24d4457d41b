//! What is sent to the core goes over the flow of the registration: it is what the core knows the user by (RFC 5626).

use sip::Request;
use wire::{Answer, BoxFuture, ConnectionId, Hop, Wire, WireError};

use super::Device;

/// A wire that keeps to the registered flow.
pub(super) struct FlowWire(Device);

impl FlowWire {
    pub(super) fn of(device: Device) -> Self {
        Self(device)
    }
}

impl Wire for FlowWire {
    fn request(&self, request: Request, hop: Hop) -> BoxFuture<'static, Result<Answer, WireError>> {
        let device = self.0.clone();
        if hop.name != device.settings().core.name {
            return device.0.world.wire.request(request, hop);
        }
        Box::pin(async move {
            let wire = &device.0.world.wire;
            let hop = device.core();
            let answer = wire.request(request.clone(), hop.clone()).await?;
            // A new stream in place of a lost one is not known to the core: it has to be registered first.
            let is_stranger =
                answer.response.status() == Some(403) && answer.arrival.connection != hop.connection;
            if is_stranger && device.is_wanted() && device.register().await.is_ok() {
                return wire.request(request, device.core()).await;
            }
            Ok(answer)
        })
    }

    fn ended(&self, connection: ConnectionId) -> BoxFuture<'static, ()> {
        self.0.0.world.wire.ended(connection)
    }
}
