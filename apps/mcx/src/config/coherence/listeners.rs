//! Every listener of the file, no two at one address.

use std::net::SocketAddr;

use kit::config::Table;
use wire::Transport;

use crate::config::SERVERS;

/// Where an entity of this file listens.
pub(super) struct Listener {
    /// The entity's table: `gateway`, `client.alice`.
    pub(super) section: String,
    /// What the entity is called.
    pub(super) entity: Option<String>,
    /// What arrivals by it are called.
    pub(super) name: String,
    pub(super) address: SocketAddr,
    pub(super) transport: Transport,
    /// Its trust profile.
    pub(super) tls: Option<String>,
    /// Whether whoever comes is asked for a certificate.
    pub(super) asks_who: bool,
}

impl Listener {
    fn collides(&self, address: SocketAddr, is_datagram: bool) -> bool {
        let same_kind = (self.transport == Transport::Udp) == is_datagram;
        let (mine, theirs) = (self.address.ip(), address.ip());
        // An address of all of a family takes the port of each of them.
        let is_all = mine.is_ipv4() == theirs.is_ipv4() && (mine.is_unspecified() || theirs.is_unspecified());
        let same_place = self.address.port() == address.port() && (mine == theirs || is_all);
        same_kind && same_place && address.port() != 0
    }

    /// Whether whoever comes proves who it is.
    pub(super) fn proves_callers(&self) -> bool {
        self.transport == Transport::Tls && self.asks_who
    }
}

pub(super) fn read(root: &Table<'_>, admin: Option<SocketAddr>) -> Vec<Listener> {
    let mut all = Vec::new();
    for section in SERVERS {
        root.again(section, |entity| of_entity(entity, &mut all));
    }
    root.named_again("client", |entity| of_entity(entity, &mut all));
    root.again("admin", |table| {
        let taken = admin.and_then(|admin| all.iter().find(|other| other.collides(admin, false)));
        if let Some(other) = taken {
            table.error_at_value(
                "listen",
                format!("[{}] listens at {} already", other.section, other.address),
            );
        }
    });
    all
}

/// The kernel would share an address between two listeners of one user, and each would get what is meant for the other.
fn of_entity(entity: &Table<'_>, all: &mut Vec<Listener>) {
    let mut add = |listen: &Table<'_>| {
        let (address, transport) = (listen.optional("address"), listen.optional("transport"));
        let (Some(address), Some(transport)) = (address, transport) else { return };
        if let Some(other) = all.iter().find(|other| other.collides(address, transport == Transport::Udp)) {
            listen.error_at_value(
                "address",
                format!("\"{}\" of [{}] listens at {} already", other.name, other.section, other.address),
            );
        }
        all.push(Listener {
            section: entity.path().to_owned(),
            entity: entity.optional("name"),
            name: listen.optional("name").unwrap_or_default(),
            address,
            transport,
            tls: listen.optional("tls"),
            asks_who: listen.optional::<String>("client-certificate").as_deref() != Some("none"),
        });
    };
    entity.again("listen", &mut add);
    entity.again("http", &mut add);
}
