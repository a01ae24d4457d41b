//! Stores with as many requests as are wanted.

use std::sync::Arc;

use acm::config::User;
use futures::{FutureExt as _, executor::block_on};
use kit::{
    Impu,
    testing::{Lab, arrival},
};
use store::{Batch, Clock, Disk, Redb, Store};

use sip::Message;
use xml_schemas::acm::{Actor, Outcome};

use crate::setup::{CORE, GATEWAY, config, message, open, request, user};

/// What one request leaves in the store, and all that can be made of it: records of which only numbers and names differ.
pub(crate) struct Pattern {
    records: Vec<(String, String)>,
    seq: u64,
}

const TEMPLATE: &str = "r-template";

/// As long as the name of the template, so that requests of two patterns have different names.
const ENDED: &str = "r-finished";

impl Pattern {
    /// What a server has kept of one request for user 999999 that waits for him.
    pub(crate) fn open() -> Self {
        Self::of_template(TEMPLATE, false)
    }

    /// The same of one that he has answered.
    pub(crate) fn ended() -> Self {
        Self::of_template(ENDED, true)
    }

    fn of_template(name: &str, is_ended: bool) -> Self {
        let lab = Lab::new();
        let clock = lab.world("store").clock;
        let store: Arc<dyn Store> =
            Arc::new(Redb::open_in_memory(Disk::new(), Clock::new(move || clock.wall())).expect("opens"));
        let mut config = config(0);
        let id = user(999_999);
        config.users.push(User {
            id: id.clone(),
            impu: Impu::new("sip:x@b.example").expect("valid"),
            handles: true,
        });
        let server = open(&lab, &config, &store);
        let request = request(name, id.clone());
        let says = |message: &Message, by: &str| {
            let answer = lab.deliver_message(&*server.service(), message, arrival("inner", by));
            assert_eq!(answer.and_then(|answer| answer.status()), Some(200));
            let records = store.scan(b"acm/", None, 100).now_or_never().expect("not busy").expect("read");
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
            records.iter().map(|each| (text(&each.key), text(&each.record.value))).collect::<Vec<_>>()
        };
        let records = says(&message(&lab, &request, "sip:a.example"), GATEWAY);
        let key = records.iter().find_map(|(key, _)| key.strip_prefix("acm/wait/")).expect("it waits");
        let seq = u64::from_str_radix(key.rsplit('/').next().expect("a place"), 16).expect("a number");
        if !is_ended {
            return Self { records, seq };
        }
        let answer = request.answer(Actor::user(id), Outcome::Success);
        let records = says(&message(&lab, &answer, "sip:x@b.example"), CORE);
        assert!(records.iter().any(|(key, _)| key.starts_with("acm/closed/")), "it has ended");
        Self { records, seq }
    }

    /// The records of another request, without those that begin so.
    fn of(&self, number: usize, target: usize, without: &str) -> Vec<(String, String)> {
        let seq = self.seq;
        let other = seq + (number as u64 + 1) * 256;
        let change = |text: &str| {
            text.replace(TEMPLATE, &format!("r-{number:09}"))
                .replace(ENDED, &format!("e-{number:09}"))
                .replace("user999999", &format!("user{target:06}"))
                .replace(&format!("{seq:016x}"), &format!("{other:016x}"))
                .replace(&format!("{:016x}", !seq), &format!("{:016x}", !other))
                .replace(&seq.to_string(), &other.to_string())
        };
        let kept = self.records.iter().filter(|(key, _)| without.is_empty() || !key.starts_with(without));
        kept.map(|(key, value)| {
            let key = if key.starts_with("acm/letter/") {
                // Each letter has a place of its own.
                format!("acm/letter/{:016x}", other + 1)
            } else {
                change(key)
            };
            (key, change(value))
        })
        .collect()
    }

    pub(crate) fn fill(&self, store: &dyn Store, count: usize, users: usize, without: &str) {
        for first in (0..count).step_by(5_000) {
            let batch = (first..(first + 5_000).min(count)).fold(Batch::new(), |batch, number| {
                let records = self.of(number, number % users, without);
                records.into_iter().fold(batch, |batch, (key, value)| batch.put(key, value))
            });
            block_on(store.commit(batch)).expect("kept");
        }
    }
}
