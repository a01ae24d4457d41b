//! Alice's terminal in memory, and a registrar of a few lines in front of it.

use std::{sync::Arc, time::Duration};

use futures::channel::oneshot;
use kit::{
    Impu,
    digest::{Algorithm, Exchange, Ha1},
    private::Private,
    testing::{End, Lab, arrival, hop},
};
use parking_lot::Mutex;
use sip::{Authorization, Message, Name, Response};
use wire::{Arrival, BoxFuture, Reply, Service};
use xml_schemas::ids::McServiceId;

use crate::{Account, Device, device::Settings};

pub(crate) const CORE: &str = "sip-core.core.primary.example";
pub(crate) const PASSWORD: &str = "circle of life";

pub(crate) fn settings() -> Settings {
    Settings {
        name: "alice".into(),
        account: Account {
            impu: Impu::new("sip:alice.imsi@primary.example").unwrap(),
            username: "alice".to_owned(),
            password: Private::new(PASSWORD.to_owned()),
            realm: "primary.example".to_owned(),
            algorithms: vec![Algorithm::Sha256],
            mc_id: McServiceId::new("sip:alice@primary.example").unwrap(),
            client_id: Some("urn:uuid:50f3b0a2-9c0e-4bd5-9a7e-1c2f0a6d7e11".to_owned()),
            access_token: None,
        },
        core: hop(CORE),
        contact: "sip:alice@192.0.2.1:5070".to_owned(),
        instance: Some("urn:uuid:1".to_owned()),
        expires: Duration::from_secs(3600),
        protection: None,
        keep_alive: None,
    }
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn device(lab: &Lab) -> Device {
    Device::new(settings(), lab.world("alice"))
}

/// What the terminal's core does next; a REGISTER without current credentials is always challenged.
#[derive(Default)]
pub(crate) struct Registrar {
    pub(crate) nonce: Mutex<String>,
    pub(crate) offers: Mutex<Vec<String>>,
    pub(crate) grants: Mutex<Option<u32>>,
    pub(crate) others: Mutex<Option<Response>>,
}

impl Registrar {
    pub(crate) fn connected(lab: &Lab) -> Arc<Self> {
        let registrar = Arc::new(Self::default());
        *registrar.nonce.lock() = "n1".to_owned();
        *registrar.offers.lock() = vec!["SHA-256".to_owned()];
        let service: Arc<dyn Service> = registrar.clone();
        lab.connect(
            "alice",
            CORE,
            End::Service { service, arrival: arrival("clients", "x"), asserted: None },
        );
        registrar
    }

    fn answer(&self, request: &Message) -> Response {
        if request.method() != sip::Method::Register {
            return self.others.lock().clone().unwrap_or_else(|| Response::new(200));
        }
        match request.typed::<Authorization<'_>>().unwrap() {
            None => self.challenge(""),
            Some(credentials) if credentials.get("nonce") != Some(self.nonce.lock().as_bytes()) => {
                self.challenge(", stale=true")
            }
            Some(credentials) if !proves(&credentials) => self.challenge(""),
            Some(_) => self.accept(request),
        }
    }

    fn challenge(&self, stale: &str) -> Response {
        let nonce = self.nonce.lock();
        let challenge = |algorithm: &String| {
            format!(
                "Digest realm=\"primary.example\", nonce=\"{nonce}\", algorithm={algorithm}, qop=\"auth\"{stale}"
            )
        };
        let offers = self.offers.lock();
        offers
            .iter()
            .map(challenge)
            .fold(Response::new(401), |response, one| response.header(Name::WwwAuthenticate, one))
    }

    fn accept(&self, request: &Message) -> Response {
        let asked = request.typed::<sip::Expires>().unwrap().map_or(0, |expires| expires.0);
        let granted = self.grants.lock().unwrap_or(asked).min(asked);
        let contact = request.typed::<sip::Contact<'_>>().unwrap().unwrap();
        let uri = String::from_utf8_lossy(contact.uri).into_owned();
        Response::new(200).header(Name::Contact, format!("<{uri}>;expires={granted}"))
    }
}

fn proves(credentials: &Authorization<'_>) -> bool {
    let get = |name| credentials.get(name).unwrap_or_default();
    let Some(algorithm) = Algorithm::from_name(get("algorithm")) else { return false };
    let exchange = Exchange {
        method: b"REGISTER",
        uri: get("uri"),
        nonce: get("nonce"),
        count: get("nc"),
        cnonce: get("cnonce"),
    };
    Ha1::of(algorithm, "alice", "primary.example", PASSWORD).proves(&exchange, get("response"))
}

impl Service for Registrar {
    fn serve(&self, request: Message, _: Arrival) -> BoxFuture<'static, Reply> {
        let response = self.answer(&request);
        Box::pin(async move { response.into() })
    }
}

/// Runs a future in the lab; none where it waits for time to pass.
pub(crate) fn run<T: Send + 'static>(
    lab: &Lab,
    work: impl Future<Output = T> + Send + 'static,
) -> Started<T> {
    let (sender, receiver) = oneshot::channel();
    lab.world("alice").tasks.spawn(Box::pin(async move {
        let _ = sender.send(work.await);
    }));
    lab.run();
    Started(receiver)
}

/// Work that may have ended.
pub(crate) struct Started<T>(oneshot::Receiver<T>);

impl<T> Started<T> {
    pub(crate) fn ended(&mut self) -> Option<T> {
        self.0.try_recv().ok().flatten()
    }
}
