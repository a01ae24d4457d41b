//! A chain in a store of its own, and hands to tamper with it.

#![allow(dead_code, clippy::unwrap_used, reason = "a test")]

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use audit::{Chain, Entry, Finding, Kept, Key, PublicKey, Report, SignedHead, verify};
use aws_lc_rs::{encoding::AsDer as _, signature::Ed25519KeyPair};
use futures::executor::block_on;
use store::{Batch, Clock, Disk, Redb, Store};

pub const NAME: &str = "acm1.a.example";

pub fn key() -> Key {
    let pair = Ed25519KeyPair::generate().unwrap();
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
    Key::from_pkcs8(der.as_ref()).unwrap()
}

pub fn at(ms: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(ms)
}

pub struct World {
    pub store: Arc<dyn Store>,
    pub key: Key,
    pub chain: Chain,
}

impl World {
    pub fn new() -> Self {
        Self::signed_by(key())
    }

    pub fn signed_by(key: Key) -> Self {
        let store: Arc<dyn Store> =
            Arc::new(Redb::open_in_memory(Disk::default(), Clock::still(UNIX_EPOCH)).unwrap());
        let open = Chain::open(Arc::clone(&store), NAME, Some(key.clone()), "c0ffee", at(0));
        let chain = block_on(open).unwrap();
        Self { store, key, chain }
    }

    /// So many acts, put into the chain.
    pub fn of(count: u64) -> Self {
        let world = Self::new();
        (1..=count).for_each(|number| world.act(number));
        world.seal();
        world
    }

    pub fn act(&self, number: u64) {
        let entry =
            Entry::new(at(number), "acm.request.stored", "sip:alice@a.example").of(format!("r{number}"));
        self.enter(&entry);
    }

    pub fn enter(&self, entry: &Entry) {
        let batch = Batch::new().put(format!("act/{}", entry.at), "done");
        block_on(self.store.commit(self.chain.append(batch, entry))).unwrap();
    }

    pub fn seal(&self) -> usize {
        block_on(self.chain.seal(at(99))).unwrap()
    }

    pub fn head(&self) -> SignedHead {
        block_on(self.chain.head()).unwrap().unwrap()
    }

    pub fn trusted(&self) -> Vec<PublicKey> {
        vec![self.key.public()]
    }

    pub fn verify(&self) -> Report {
        self.verify_against(&[])
    }

    pub fn verify_against(&self, witnessed: &[Kept]) -> Report {
        block_on(verify(&*self.store, NAME, &self.trusted(), witnessed)).unwrap()
    }

    pub fn findings(&self) -> Vec<Finding> {
        self.verify().findings
    }

    /// Every record of the chain, with its key.
    pub fn records(&self) -> Vec<(String, Vec<u8>)> {
        let records = block_on(self.store.scan(b"audit/", None, 10_000)).unwrap().into_iter();
        records
            .map(|entry| (String::from_utf8(entry.key.to_vec()).unwrap(), entry.record.value.to_vec()))
            .collect()
    }

    pub fn key_of(&self, seq: u64) -> String {
        format!("audit/{NAME}/entry/{seq:016x}")
    }

    pub fn read(&self, key: &str) -> Vec<u8> {
        block_on(self.store.get(key.as_bytes())).unwrap().unwrap().value.to_vec()
    }

    pub fn write(&self, key: &str, value: Vec<u8>) {
        block_on(self.store.commit(Batch::new().put(key.to_owned(), value))).unwrap();
    }

    pub fn delete(&self, key: &str) {
        block_on(self.store.commit(Batch::new().delete(key.to_owned()))).unwrap();
    }
}
