//! Who sent a request, as far as the hop proves it.

use std::{fmt, net::SocketAddr, sync::Arc};

use wire::{Arrival, Transport};
use xml_schemas::ids::{Identity, Kind};

use crate::{
    partner::{Partner, PartnerId, PartnerTable, asserted_identities},
    refusal::Cause,
};

/// The kind of [`Impu`].
pub enum PublicUser {}

impl Kind for PublicUser {
    const NAME: &'static str = "public user identity";
    const PERSONAL: bool = true;
}

/// A public user identity (IMPU, TS 23.228 4.3.3.2) that is registered at the own SIP core. Personal.
pub type Impu = Identity<PublicUser>;

/// Who sent a request. Only [`Trust::peer`] makes one, from what the hop proves.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Peer(Who);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Who {
    Partner(PartnerId),
    User(Impu),
    Server(Arc<str>),
    Core,
}

impl Peer {
    /// The interconnected MC system, where the sender is one.
    #[must_use]
    pub fn partner(&self) -> Option<&PartnerId> {
        match &self.0 {
            Who::Partner(id) => Some(id),
            _ => None,
        }
    }

    /// The registered user, asserted by the own SIP core, where the sender is one.
    #[must_use]
    pub fn user(&self) -> Option<&Impu> {
        match &self.0 {
            Who::User(impu) => Some(impu),
            _ => None,
        }
    }

    /// The domain that an own server's certificate proves, where the sender is one.
    #[must_use]
    pub fn server(&self) -> Option<&Arc<str>> {
        match &self.0 {
            Who::Server(identity) => Some(identity),
            _ => None,
        }
    }

    /// Whether the sender is the own SIP core itself.
    #[must_use]
    pub fn is_core(&self) -> bool {
        matches!(self.0, Who::Core)
    }

    /// As a store keeps it: kind and name.
    #[must_use]
    pub fn word(&self) -> String {
        match &self.0 {
            Who::Partner(id) => format!("partner {}", id.name()),
            Who::User(impu) => format!("user {}", impu.as_str()),
            Who::Server(identity) => format!("server {identity}"),
            Who::Core => "core".to_owned(),
        }
    }

    /// Who was kept under such a word; none for a partner that is none any more, and for a word that is none. It proves nothing
    /// about a message that has just come: only what we kept ourselves is a word.
    #[must_use]
    pub(crate) fn recall(word: &str, partners: &PartnerTable) -> Option<Self> {
        let (kind, name) = word.split_once(' ').unwrap_or((word, ""));
        match kind {
            "partner" => partners.named(name).map(|partner| Self::of_partner(partners.addressed(partner))),
            "user" => Impu::new(name).ok().map(Self::of_user),
            "server" => Some(Self::of_server(Arc::from(name))),
            "core" => Some(Self(Who::Core)),
            _ => None,
        }
    }

    pub(crate) fn of_partner(id: PartnerId) -> Self {
        Self(Who::Partner(id))
    }

    pub(crate) fn of_user(impu: Impu) -> Self {
        Self(Who::User(impu))
    }

    pub(crate) fn of_server(identity: Arc<str>) -> Self {
        Self(Who::Server(identity))
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Who::Partner(id) => write!(f, "partner {}", id.name()),
            Who::User(impu) => write!(f, "user {impu}"),
            Who::Server(identity) => write!(f, "server {identity}"),
            Who::Core => f.write_str("SIP core"),
        }
    }
}

/// From whom an answer is awaited, as far as we addressed it ourselves. It is compared with the proven sender of what comes,
/// and proves nothing: there is no way from here to a [`Peer`] or a [`PartnerId`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Expected(Peer);

impl Expected {
    /// A partner, behind our gateway or at its own border.
    #[must_use]
    pub fn partner(partners: &PartnerTable, partner: &Partner) -> Self {
        Self(Peer::of_partner(partners.addressed(partner)))
    }

    /// The own server whose certificate proves this domain.
    #[must_use]
    pub fn server(identity: &str) -> Self {
        Self(Peer::of_server(identity.into()))
    }

    /// Whoever the own SIP core asserts under this identity: for a terminal, a server.
    #[must_use]
    pub fn asserted(identity: Impu) -> Self {
        Self(Peer::of_user(identity))
    }

    /// Whether this is who sent it.
    #[must_use]
    pub fn is(&self, peer: &Peer) -> bool {
        self.0 == *peer
    }
}

/// Whom an entity believes, by the domains that certificates prove.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The domain of the own SIP core: its P-Asserted-Identity names a registered user (RFC 3325 9.1).
    pub core: Option<Arc<str>>,
    /// Where the own SIP core sends from without TLS. For terminals alone, which are registered over that very hop; servers
    /// know their core by its certificate.
    pub core_address: Option<SocketAddr>,
    /// The domains of the own servers that may send requests, MC service servers above all.
    pub servers: Vec<Arc<str>>,
}

impl Trust {
    /// Who sent this request.
    ///
    /// # Errors
    /// [`Cause::UnknownPartner`] where the hop proves nobody that this entity knows; [`Cause::RequesterUnknown`] where
    /// the own SIP core relays a request without saying whose it is.
    pub fn peer(
        &self,
        partners: &PartnerTable,
        request: &sip::Message,
        arrival: &Arrival,
    ) -> Result<Peer, Cause> {
        if partners.is_border(arrival) {
            return partners.from_certificate(arrival).map(Peer::of_partner);
        }
        if partners.is_gateway(arrival) {
            return partners.from_gateway(request, arrival).map(Peer::of_partner);
        }
        if self.is_core(arrival) {
            return core_or_user(request);
        }
        self.own_server(arrival)
            .map(|server| Peer::of_server(Arc::clone(server)))
            .ok_or(Cause::UnknownPartner)
    }

    /// The own server at the other end of a hop, proved by its certificate.
    pub(crate) fn own_server(&self, arrival: &Arrival) -> Option<&Arc<str>> {
        let certificate = arrival.certificate.as_deref()?;
        self.servers.iter().find(|server| certificate.proves(server))
    }

    pub(crate) fn is_core(&self, arrival: &Arrival) -> bool {
        match (arrival.transport, arrival.certificate.as_deref()) {
            (Transport::Tls, Some(certificate)) => {
                self.core.as_deref().is_some_and(|core| certificate.proves(core))
            }
            (Transport::Tls, None) => false,
            (Transport::Udp | Transport::Tcp, _) => self.core_address == Some(arrival.remote),
        }
    }
}

/// What the SIP core sends on its own behalf is third-party registration and OPTIONS; the rest it relays for a user.
fn core_or_user(request: &sip::Message) -> Result<Peer, Cause> {
    if matches!(request.method(), sip::Method::Register | sip::Method::Options) {
        return Ok(Peer(Who::Core));
    }
    let impu = asserted_identities(request).find_map(|uri| Impu::new(&uri).ok());
    impu.map(Peer::of_user).ok_or(Cause::RequesterUnknown)
}
