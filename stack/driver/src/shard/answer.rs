//! Responses of our own, and the way back to whoever asked.
//! RFC 3261 clauses 8.2.6 and 18.2.2

use std::net::SocketAddr;

use bytes::Bytes;
use sip::{Malformed, Message, Method, Name, Response};
use transaction::{ServerId, servers::Answered};
use wire::{Arrival, Transport};

use super::{core::Core, unanswered::Charge};

/// What is remembered of a request until it is answered.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) request: Message,
    pub(super) arrival: Arrival,
    /// What it costs whoever asked, until it is forgotten.
    _charge: Charge,
}

impl Asked {
    pub(super) fn new(request: Message, arrival: Arrival, charge: Charge) -> Self {
        Self { request, arrival, _charge: charge }
    }
}

/// The way back: the connection the request came by, or the address its datagram came from. What its Via says does not
/// count, so that nobody can have responses sent to somebody else.
#[derive(Clone, Copy, Debug)]
pub(super) enum Route {
    /// A socket of ours, and where to.
    Port(usize, SocketAddr),
    /// The connection of this number.
    Link(u64),
    /// There is none.
    Nowhere,
}

impl Route {
    /// For what came by a connection. Where it has ended there is no way back: RFC 3261 18.2.2 would have one opened to the
    /// sent-by of the Via, and so to wherever a sender says. A client that lost its connection has lost the transaction
    /// too (17.1.4), and asks again.
    pub(super) fn of(arrival: &Arrival) -> Self {
        arrival.connection.map_or(Self::Nowhere, |connection| Self::Link(connection.serial))
    }
}

impl Core {
    pub(super) fn route_back(&self, arrival: &Arrival) -> Route {
        if arrival.transport != Transport::Udp {
            return Route::of(arrival);
        }
        let port = self.ports.iter().find(|port| port.local == arrival.local);
        port.map_or(Route::Nowhere, |port| Route::Port(port.index, arrival.remote))
    }

    /// The way back for a request whose Via is readable. Over UDP without `rport`, the port is the one in Via
    /// (RFC 3261 18.2.2); the address is that of the datagram all the same.
    pub(super) fn route_of(&self, request: &Message, arrival: &Arrival) -> Route {
        let route = self.route_back(arrival);
        let Route::Port(port, from) = route else { return route };
        match request.typed::<sip::Via<'_>>() {
            Ok(Some(via)) if via.rport().is_none() => {
                Route::Port(port, SocketAddr::new(from.ip(), via.port.unwrap_or(5060)))
            }
            _ => route,
        }
    }

    pub(super) fn send(&mut self, route: Route, octets: Bytes) {
        let sent = match route {
            Route::Port(port, to) => self.ports.get(port).is_some_and(|port| {
                self.send_datagram(port, to, octets);
                true
            }),
            Route::Link(serial) => self.links.write(serial, &octets),
            Route::Nowhere => false,
        };
        if !sent {
            self.common.metrics.dropped("no way back");
        }
    }

    /// Answers a transaction that has not been answered.
    pub(super) fn answer(&mut self, server: ServerId, response: &Response) {
        let Some(asked) = self.servers.user(server) else { return };
        let tag = tag(self.hasher.hash(&asked.request).unwrap_or_default());
        response.print_from(&asked.request, &tag, Some(asked.arrival.remote), &mut self.scratch);
        let octets = self.printed();
        self.respond(server, response.status(), octets);
    }

    /// Gives a printed response to the transaction, and sends what the transaction lets through.
    pub(super) fn respond(&mut self, server: ServerId, status: u16, octets: Bytes) {
        let way = self.servers.user(server).map(|asked| self.route_of(&asked.request, &asked.arrival));
        match self.servers.respond(self.now, server, status, octets) {
            Answered::Provisional(octets) => self.send(way.unwrap_or(Route::Nowhere), octets),
            Answered::Final(octets, asked) => {
                self.common.metrics.response_out(status);
                self.send(way.unwrap_or(Route::Nowhere), octets);
                // Anybody is told what we can do (RFC 3261 11.2), so that having asked proves nothing.
                let proves = (200..300).contains(&status) && asked.request.method() != Method::Options;
                self.forget(&asked, proves);
            }
            Answered::Discarded => self.common.metrics.dropped("late response"),
        }
    }

    /// The request is no longer being answered, so its connection is no longer kept for it. Who was answered with success
    /// is no stranger any more.
    pub(super) fn forget(&mut self, asked: &Asked, is_success: bool) {
        let Some(connection) = asked.arrival.connection else { return };
        if let Some(link) = self.links.get(connection.serial) {
            link.asked.set(link.asked.get().saturating_sub(1));
            if is_success {
                link.has_proved();
            }
        }
    }

    /// Answers without a transaction; each copy of the request alike.
    pub(super) fn answer_stateless(&mut self, request: &Message, arrival: &Arrival, response: &Response) {
        let route = self.route_of(request, arrival);
        let tag = tag(self.hasher.hash(request).unwrap_or_default());
        response.print_from(request, &tag, Some(arrival.remote), &mut self.scratch);
        let octets = self.printed();
        self.common.metrics.response_out(response.status());
        self.send(route, octets);
    }

    /// A request that cannot be understood is refused where it can be told to whom, and is never answered by an ACK's
    /// or a response's sender being written to.
    pub(super) fn refuse_malformed(
        &mut self,
        readable: Option<&Message>,
        malformed: Malformed,
        arrival: &Arrival,
        fallback: Route,
    ) {
        self.common.metrics.dropped("malformed");
        tracing::debug!(rule = %malformed, offset = malformed.offset, peer = %arrival.remote, "malformed message");
        let Some(request) =
            readable.filter(|message| message.is_request() && message.method() != Method::Ack)
        else {
            return;
        };
        let response = Response::new(malformed.status).reason(phrase(malformed));
        let route = match self.route_of(request, arrival) {
            Route::Nowhere => fallback,
            route => route,
        };
        let tag = tag(self.hasher.hash(request).unwrap_or_default());
        response.print_from(request, &tag, Some(arrival.remote), &mut self.scratch);
        let octets = self.printed();
        self.common.metrics.response_out(malformed.status);
        self.send(route, octets);
    }

    /// 503 with Retry-After (RFC 3261 21.5.4).
    pub(super) fn overloaded(&self) -> Response {
        Response::new(503)
            .header(Name::RetryAfter, self.common.config.limits.retry_after.as_secs().to_string())
    }
}

/// The To tag of our own responses: unguessable, and the same for each copy of a request.
fn tag(hash: u64) -> String {
    format!("{hash:016x}")
}

/// 400 tells what is wrong; the other statuses say it by themselves.
fn phrase(malformed: Malformed) -> String {
    match malformed.status {
        400 => malformed.to_string(),
        status => format!("{} ({malformed})", sip::reason_phrase(status)),
    }
}
