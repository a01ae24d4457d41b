//! The table alone; what connections make of it is in `tests/reuse.rs`.

use std::{sync::Arc, time::UNIX_EPOCH};

use wire::{AnchorId, Certificate, ConnectionId, Hop, Identity, Streams, TlsPeer, Transport};

use super::{Alias, Aliases, OF_AUTHORITY, OF_HOLDER};

const AT: &str = "10.0.0.2:5061";

fn alias(serial: u64, domain: &str, anchor: u8) -> Alias {
    let certificate = Certificate {
        identities: vec![Identity::Dns(domain.to_owned())],
        anchor: AnchorId([anchor; 32]),
        not_after: UNIX_EPOCH,
    };
    let connection = ConnectionId { shard: 0, serial };
    Alias { connection, profile: "border".into(), certificate: Arc::new(certificate) }
}

fn found(aliases: &Aliases, domain: &str) -> Option<u64> {
    let tls = TlsPeer { profile: "border".into(), domain: domain.into(), anchor: None };
    let hop = Hop {
        name: domain.into(),
        transport: Transport::Tls,
        address: AT.parse().unwrap(),
        tls: Some(tls),
        connection: None,
        streams: Streams::default(),
    };
    aliases.find(&hop, 0).map(|connection| connection.serial)
}

#[test]
fn rfc5923_9_whoever_claims_the_address_of_another_ten_thousand_times_is_noted_a_few_times() {
    let (aliases, address) = (Aliases::default(), AT.parse().unwrap());
    let noted = |aliases: &Aliases| aliases.0.read().get(&address).map_or(0, Vec::len);
    for serial in 0..10_000 {
        aliases.add(address, alias(serial, "m.example", 1));
    }
    assert_eq!(noted(&aliases), OF_HOLDER);
    for serial in 10_000..20_000 {
        aliases.add(address, alias(serial, &format!("m{serial}.example"), 1));
    }
    assert_eq!(noted(&aliases), OF_AUTHORITY);
    assert!(
        aliases.add(address, alias(30_000, "b.example", 2)),
        "another authority's have places of their own"
    );
    assert_eq!((found(&aliases, "b.example"), found(&aliases, "c.example")), (Some(30_000), None));
}

#[test]
fn rfc5923_8_3_a_connection_that_ended_leaves_its_place_to_the_next() {
    let (aliases, address) = (Aliases::default(), AT.parse().unwrap());
    for serial in 0..20 {
        aliases.add(address, alias(serial, "b.example", 1));
    }
    for serial in 0..16 {
        aliases.remove(address, ConnectionId { shard: 0, serial });
    }
    assert_eq!((found(&aliases, "b.example"), aliases.0.read().len()), (None, 0));
    assert!(aliases.add(address, alias(20, "b.example", 1)));
    assert_eq!(found(&aliases, "b.example"), Some(20));
}
