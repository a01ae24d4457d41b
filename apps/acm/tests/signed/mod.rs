//! Audit logs that are signed, and what partners sign for each other.
#![allow(dead_code, reason = "each test file uses what it needs")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use acm::config::AuditKeys;
use audit::{Digest, Entry, Head, Key, PublicKey, Receipt};
use aws_lc_rs::{encoding::AsDer as _, signature::Ed25519KeyPair};
use futures::FutureExt as _;
use xml_schemas::acm::AuditReceipt;

use crate::systems::*;

pub const HOUR: u64 = 3_601;

/// After so long a repeat is known by what is kept alone.
pub const FORGOTTEN: u64 = 65;

pub fn key() -> Key {
    let pair = Ed25519KeyPair::generate().unwrap();
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
    Key::from_pkcs8(der.as_ref()).unwrap()
}

pub fn entries(world: &World, system: &str) -> Vec<Entry> {
    let (chain, store) = (world.chain(system), &world.stores[system]);
    chain.seal(world.now()).now_or_never().expect("not busy").expect("sealed");
    let sealed = audit::entries(&**store, world.chain_name(system), 0, 10_000).now_or_never();
    sealed.expect("not busy").expect("is read").into_iter().filter_map(|sealed| sealed.entry).collect()
}

pub fn count(world: &World, system: &str, act: &str) -> usize {
    entries(world, system).iter().filter(|entry| entry.act == act).count()
}

pub fn public(world: &World, system: &str) -> PublicKey {
    let head = world.chain(system).head().now_or_never().expect("not busy").expect("is read");
    head.expect("is signed").key
}

/// What a system's operator says of the other's keys.
pub fn trusts(world: &World, system: &str, keys: &AuditKeys) {
    let mut config = (*world.systems[system].cx().config()).clone();
    config.partners.iter_mut().for_each(|partner| partner.audit = keys.clone());
    let partners = acm::partners(&config, |_| Err("no file")).unwrap();
    world.systems[system].replace(config, partners);
}

pub fn flow(receipt: &Receipt) -> AuditReceipt {
    AuditReceipt { request_id: request_id(&receipt.request), receipt: kit::audit::carried(receipt) }
}

/// A request of A's that B has, and has confirmed: what B sent.
pub fn confirmed(world: &World) -> AuditReceipt {
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    let sent = world.sent::<AuditReceipt>(&format!("mcgw.{B}"));
    let receipt = sent.into_iter().find(|sent| sent.request_id.as_str() == "r-1");
    receipt.expect("B has confirmed")
}

/// The same as it would be by another key.
pub fn by_another(receipt: &AuditReceipt, key: &Key) -> AuditReceipt {
    let head = Head { chain: "x".into(), seq: 7, link: Digest::of(b"x"), at: 0 };
    let digest = Digest::read(&receipt.receipt.digest).unwrap();
    flow(&Receipt::new(&receipt.receipt.of, receipt.request_id.as_str(), digest, &head, key))
}
