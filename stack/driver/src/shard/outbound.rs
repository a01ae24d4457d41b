//! Requests that leave, on their own account or forwarded.
//! RFC 3261 clauses 8.1, 16.6 and 18.1.1

use std::{net::SocketAddr, rc::Rc, sync::Arc, time::Instant};

use bytes::Bytes;
use sip::{Edits, Message, Method, Name, Request};
use tokio::sync::oneshot;
use transaction::{ClientId, ClientKey, Refused};
use wire::{Answer, Arrival, ConnectionId, Hop, Opened, Transport, WireError};

use super::{
    alias::ALIAS, core::Core, forward::Relayed, inbound::reliability, inbox::Letter, link::Link,
    share::Entrusted,
};

/// What one datagram carries over IPv4, and over IPv6 too.
const LONGEST_DATAGRAM: usize = 65_507;

/// What is remembered of a request until its outcome is known.
#[derive(Debug)]
pub(super) struct Sent {
    /// Counts up within the shard.
    pub(super) number: u64,
    pub(super) target: Target,
    pub(super) begun: Instant,
    pub(super) origin: Origin,
    /// How else to send it, where the connection cannot be opened that only its length called for.
    instead: Option<Box<Printed>>,
}

/// A request as it goes to the wire.
#[derive(Clone, Debug)]
struct Printed {
    transport: Transport,
    target: Target,
    octets: Bytes,
    key: ClientKey,
}

/// Where it went.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// From a socket of ours to there.
    Port(usize, SocketAddr),
    /// By the connection of this number.
    Link(u64),
    /// By a connection of another shard.
    Elsewhere(ConnectionId),
    /// By the one connection to the peer, which this shard has or opens.
    Owner(u16, Box<(Hop, Transport)>),
}

/// Who waits for the outcome.
#[derive(Debug)]
pub(super) enum Origin {
    Relayed(Relayed),
    Entity(oneshot::Sender<Result<Answer, WireError>>),
}

/// A request that has no Via of ours yet.
pub(super) enum Draft<'a> {
    Relayed { request: &'a Message, edits: &'a mut Edits },
    Own(&'a Request),
}

impl Draft<'_> {
    fn method(&self) -> Method<'_> {
        match self {
            Self::Relayed { request, .. } => request.method(),
            Self::Own(request) => request.method(),
        }
    }
}

impl Core {
    pub(super) fn request_of_entity(
        &mut self,
        request: Request,
        hop: Hop,
        reply: oneshot::Sender<Result<Answer, WireError>>,
    ) {
        self.dispatch(Draft::Own(&request), &hop, 0, Origin::Entity(reply));
    }

    /// Prints the request, begins its client transaction and sends it.
    pub(super) fn dispatch(&mut self, mut draft: Draft<'_>, hop: &Hop, loop_hash: u64, origin: Origin) {
        let mut printed = match self.print(&mut draft, hop, hop.transport, loop_hash) {
            Ok(printed) => printed,
            Err(error) => return self.outcome(origin, Err(error)),
        };
        let mut instead = None;
        let size = printed.octets.len();
        if printed.transport == Transport::Udp && size > self.common.config.udp_mtu {
            // RFC 3261 18.1.1, for this request only: the next one is measured again.
            if let Draft::Relayed { edits, .. } = &mut draft {
                edits.pop_first(Name::Via);
            }
            instead = (size <= LONGEST_DATAGRAM).then(|| Box::new(printed));
            printed = match self.print(&mut draft, hop, Transport::Tcp, loop_hash) {
                Ok(printed) => printed,
                Err(error) => return self.outcome(origin, Err(error)),
            };
        }
        self.common.metrics.request_out(&draft.method());
        self.launch(printed, instead, self.now, origin);
    }

    fn launch(&mut self, printed: Printed, instead: Option<Box<Printed>>, begun: Instant, origin: Origin) {
        let Printed { transport, target, octets, key } = printed;
        self.sent += 1;
        let number = self.sent;
        let sent = Sent { number, target: target.clone(), begun, origin, instead };
        match self.clients.begin(self.now, &key, octets.clone(), reliability(transport), sent) {
            Ok(client) => self.transmit(client, number, &target, octets),
            Err(Refused(_, sent)) => {
                self.common.metrics.dropped("too many transactions");
                self.outcome(sent.origin, Err(WireError::Overloaded));
            }
        }
    }

    fn print(
        &mut self,
        draft: &mut Draft<'_>,
        hop: &Hop,
        transport: Transport,
        loop_hash: u64,
    ) -> Result<Printed, WireError> {
        let target = self.target(hop, transport)?;
        let branch = self.branches.next(loop_hash);
        let sent_by: Arc<str> = self.names.sent_by(hop, transport);
        let mut via = proxy::forward::via(transport.via_name(), &sent_by, branch.as_bytes());
        if self.names.is_alias(hop, transport, &sent_by) {
            via.extend_from_slice(ALIAS);
        }
        let key = ClientKey::new(branch.as_bytes(), draft.method().as_bytes());
        match draft {
            Draft::Relayed { request, edits } => {
                edits.prepend(Name::Via, &via);
                edits.apply(request, &mut self.scratch);
            }
            Draft::Own(request) => request.print(&via, &mut self.scratch),
        }
        Ok(Printed { transport, target, octets: self.printed(), key })
    }

    fn target(&mut self, hop: &Hop, transport: Transport) -> Result<Target, WireError> {
        if let Some(flow) = hop.connection.filter(|_| transport != Transport::Udp) {
            if flow.shard != self.index {
                return Ok(Target::Elsewhere(flow));
            }
            if self.links.get(flow.serial).is_some() {
                return Ok(Target::Link(flow.serial));
            }
        }
        if hop.streams.opened == Opened::None && transport != Transport::Udp {
            return Err(WireError::Unreachable("the flow has ended".into()));
        }
        if transport == Transport::Udp {
            let port = self.names.port(hop);
            let port =
                port.ok_or_else(|| WireError::Unreachable("no datagram socket of that family".into()))?;
            return Ok(Target::Port(port, hop.address));
        }
        if let Some(target) = self.entrusts(hop, transport) {
            return Ok(target);
        }
        self.stream_to(hop, transport).map(Target::Link)
    }

    /// The number of the connection of this shard by which the hop is reached, open or being opened.
    pub(super) fn stream_to(&mut self, hop: &Hop, transport: Transport) -> Result<u64, WireError> {
        let link: Rc<Link> = self.link_to(hop, transport);
        if !link.is_open.get() && link.unwritten() > self.common.config.limits.unopened {
            self.common.metrics.dropped("waiting for a connection");
            return Err(WireError::Overloaded);
        }
        let serial = link.arrival.borrow().connection.map(|connection| connection.serial);
        Ok(serial.unwrap_or_default())
    }

    /// Sends for the first time or, over UDP, again.
    pub(super) fn transmit(&mut self, client: ClientId, number: u64, target: &Target, octets: Bytes) {
        match *target {
            Target::Port(port, to) => {
                if let Some(port) = self.ports.get(port) {
                    self.send_datagram(port, to, octets);
                }
            }
            Target::Owner(owner, ref peer) => {
                let (hop, transport) = (**peer).clone();
                let entrusted = Entrusted { hop, transport, octets, shard: self.index, client };
                // The other shard ends only with the node.
                self.common.send(owner, Letter::Entrusted(Box::new(entrusted)));
            }
            Target::Link(serial) => {
                if self.links.write(serial, &octets) {
                    if let Some(link) = self.links.get(serial) {
                        link.users.borrow_mut().insert(number, client);
                    }
                } else {
                    self.client_failed(client, WireError::Unreachable("the connection is closed".into()));
                }
            }
            Target::Elsewhere(flow) => {
                let letter = Letter::Write { connection: flow.serial, octets, shard: self.index, client };
                if !self.common.send(flow.shard, letter) {
                    self.client_failed(client, WireError::Unreachable("no such connection".into()));
                }
            }
        }
    }

    pub(super) fn client_failed(&mut self, client: ClientId, error: WireError) {
        if let Some(sent) = self.clients.transport_failed(self.now, client) {
            self.unuse(&sent);
            self.outcome(sent.origin, Err(error));
        }
    }

    /// The connection never was. RFC 3261 18.1.1: what only its length had kept from UDP is sent by it after all.
    pub(super) fn unopened(&mut self, client: ClientId, error: WireError) {
        if let Some(sent) = self.clients.transport_failed(self.now, client) {
            match sent.instead {
                Some(datagram) => self.launch(*datagram, None, sent.begun, sent.origin),
                None => self.outcome(sent.origin, Err(error)),
            }
        }
    }

    /// The connection no longer carries this request.
    pub(super) fn unuse(&self, sent: &Sent) {
        if let Target::Link(serial) = sent.target
            && let Some(link) = self.links.get(serial)
        {
            link.users.borrow_mut().remove(&sent.number);
        }
    }

    /// A connection has ended; whoever waited for it learns so at once.
    pub(super) fn lost(&mut self, link: &Rc<Link>, why: &str) {
        link.close(why);
        self.links.remove(link);
        link.ended();
        let users = std::mem::take(&mut *link.users.borrow_mut());
        let (was_open, error) = (link.is_open.get(), || WireError::Unreachable(why.to_owned()));
        for client in users.into_values() {
            self.unwritten(client, error(), was_open);
        }
        for (shard, client) in link.take_users_elsewhere() {
            self.tell_unwritten(shard, client, error(), was_open);
        }
    }

    /// Tells whoever waits.
    pub(super) fn outcome(&mut self, origin: Origin, outcome: Result<(Message, Arrival), WireError>) {
        match origin {
            Origin::Relayed(relayed) => self.relay(&relayed, outcome.map(|(response, _)| response)),
            Origin::Entity(reply) => {
                // Whoever asked may have gone away meanwhile.
                let _ = reply.send(outcome.map(|(response, arrival)| Answer { response, arrival }));
            }
        }
    }
}
