//! A server that a test plays: a real node at the place of a real entity, which keeps whatever reaches it and says whatever it
//! is told to.

use std::{fs, net::SocketAddr, path::Path, sync::Arc};

use bytes::Bytes;
use driver::{Env, ListenerConfig, Node, NodeConfig, NodeHandle, TlsProfile};
use futures::FutureExt as _;
use kit::carriage::{self, Envelope};
use parking_lot::Mutex;
use sip::{Message, Request, Response};
use wire::{
    Arrival, BoxFuture, Hop, Identity, Reply, Service, TerminateAll, TlsPeer, Transport, Wire as _, WireError,
};
use xml_schemas::{flow::Carriage, ids::Psi};

/// The name of its trust profile.
const PROFILE: &str = "played";

/// A server in the hands of a test.
pub struct Played {
    node: NodeHandle,
    env: Env,
    seen: Arc<Seen>,
}

type Answer = dyn Fn(&Message) -> Option<Response> + Send;

struct Seen {
    requests: Mutex<Vec<Message>>,
    peers: Mutex<Vec<Identity>>,
    responses: Mutex<Vec<Message>>,
    answer: Mutex<Box<Answer>>,
}

impl Service for Seen {
    fn serve(&self, request: Message, arrival: Arrival) -> BoxFuture<'static, Reply> {
        let answer = (self.answer.lock())(&request);
        self.requests.lock().push(request);
        let proved = arrival.certificate.iter().flat_map(|certificate| certificate.identities.clone());
        self.peers.lock().extend(proved);
        match answer {
            Some(response) => futures::future::ready(response.into()).boxed(),
            None => futures::future::pending().boxed(),
        }
    }
}

/// Whose certificate it shows and whom it trusts: PEM files.
pub(crate) struct Papers<'p> {
    pub(crate) certificate: &'p Path,
    pub(crate) authority: &'p Path,
}

impl Played {
    pub(crate) fn start(name: &str, listen: Option<SocketAddr>, papers: &Papers<'_>, env: Env) -> Self {
        let read = |file: &Path| fs::read_to_string(file).expect("the lab wrote it");
        let mut config = NodeConfig::new(name);
        config.tls = vec![TlsProfile::new(
            PROFILE,
            read(&papers.certificate.with_extension("pem")),
            read(&papers.certificate.with_extension("key")),
            read(papers.authority),
        )];
        let listener =
            |address| ListenerConfig::new(PROFILE, address, Transport::Tls).tls(PROFILE, true).sent_by(name);
        config.listeners = listen.map(listener).into_iter().collect();
        let seen = Arc::new(Seen {
            requests: Mutex::default(),
            peers: Mutex::default(),
            responses: Mutex::default(),
            answer: Mutex::new(Box::new(|_| Some(Response::new(200)))),
        });
        let node = Node::start(config, Arc::new(TerminateAll), seen.clone(), &env).expect("starts");
        Self { node, env, seen }
    }

    /// From now on requests are answered so; with nothing at all where there is no response.
    pub fn answer(&self, answer: impl Fn(&Message) -> Option<Response> + Send + 'static) {
        *self.seen.answer.lock() = Box::new(answer);
    }

    /// The requests that reached it.
    #[must_use]
    pub fn requests(&self) -> Vec<Message> {
        self.seen.requests.lock().clone()
    }

    /// The names that the certificates of those proved who sent requests.
    #[must_use]
    pub fn peers(&self) -> Vec<Identity> {
        self.seen.peers.lock().clone()
    }

    /// Every octet of every message that reached it, requests and responses.
    #[must_use]
    pub fn received(&self) -> Vec<Bytes> {
        let (requests, responses) = (self.seen.requests.lock(), self.seen.responses.lock());
        requests.iter().chain(&*responses).map(|message| message.bytes().clone()).collect()
    }

    /// The last flow of this type that reached it.
    #[must_use]
    pub fn last<F: Carriage>(&self) -> Option<F> {
        self.requests().iter().rev().find_map(|request| F::join(&carriage::parts(request).ok()?).ok())
    }

    /// A hop by TLS to the server of this name.
    #[must_use]
    pub fn hop(name: &str, address: SocketAddr) -> Hop {
        let tls = TlsPeer { profile: PROFILE.into(), domain: name.into(), anchor: None };
        Hop {
            name: name.into(),
            transport: Transport::Tls,
            address,
            tls: Some(tls),
            connection: None,
            streams: wire::Streams::default(),
        }
    }

    /// Sends a request and awaits its response.
    ///
    /// # Errors
    /// As the wire says.
    pub async fn send(&self, request: Request, to: &Hop) -> Result<Message, WireError> {
        let answer = self.node.request(request, to.clone()).await?;
        self.seen.responses.lock().push(answer.response.clone());
        Ok(answer.response)
    }

    /// The MESSAGE that carries a flow from one service identity to another.
    ///
    /// # Panics
    /// Where an identity is none.
    #[must_use]
    pub fn message(&self, flow: &impl Carriage, from: &str, to: &str) -> Request {
        let own = Psi::new(from).expect("a service identity");
        let envelope = Envelope { uri: to, own: &own, asserts: true, ids: &*self.env.ids };
        carriage::compose(&envelope, &flow.split()).expect("a valid request")
    }

    /// Stops it at once.
    pub fn stop(&self) {
        self.node.stop();
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        self.node.stop();
    }
}
