//! The audit log: whatever happens to a request stands in it by the very commit that makes it, and in the end it is whole.

use std::{collections::BTreeMap, sync::Arc};

use audit::{Entry, Key, PAGE, verify};
use store::{Change, Store};

use super::{
    net::done,
    stages::Step,
    world::{SYSTEMS, Simulation},
};

/// A PKCS#8 document of an Ed25519 key, before the 32 octets of the key (RFC 8410 7).
const PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// The key with which a system signs: always the same, so that a run follows from its seed.
pub fn key(system: &str) -> Key {
    let octets: Vec<u8> = system.bytes().cycle().take(32).collect();
    Key::from_pkcs8(&[&PKCS8[..], &octets].concat()).expect("a key")
}

/// Whether an entry that waits for its place in the chain is at this key.
pub fn is_entry(key: &[u8]) -> bool {
    key.starts_with(b"audit/") && key.windows(5).any(|part| part == b"/new/")
}

/// Of these changes, the entries that are put into the log.
pub fn entries<'c>(changes: &[&'c Change]) -> Vec<&'c str> {
    let entry = |change: &&'c Change| match change {
        Change::Put { key, value, .. } if is_entry(key) => std::str::from_utf8(value).ok(),
        Change::Put { .. } | Change::Delete { .. } => None,
    };
    changes.iter().filter_map(entry).collect()
}

/// What a commit does to a case and has no entry for; none where it has one, or needs none.
pub fn missing(step: &Step<'_>, entries: &[&str]) -> Option<String> {
    let name = format!("\"request\":\"{}\"", step.request());
    let is_missing = step.is_act() && !entries.iter().any(|entry| entry.contains(&name));
    is_missing.then(|| format!("{}, with no entry in the log", step.told()))
}

/// Nothing that was put into the log has been lost, moved or written anew; each request stands in it as asked, or as come, once.
/// The partner's word about his own log may come while it is looked: what is wrong then is so at the second look as well.
pub fn wrong(run: &Simulation) -> Vec<String> {
    let twice = |system: &&str| {
        let first = of(run, system);
        if first.is_empty() { first } else { of(run, system) }
    };
    SYSTEMS.iter().flat_map(twice).collect()
}

fn of(run: &Simulation, system: &str) -> Vec<String> {
    let (mut wrong, mut all, mut sealed) = (Vec::new(), Vec::new(), 0);
    for running in run.net.all_of(system) {
        let (chain, store, now) =
            (running.server.log().cloned().expect("is kept"), running.store, run.net.clock().wall());
        let (read, name) = (Arc::clone(&store), running.server.cx().profile().name.to_string());
        let (of, keys) = (name.clone(), run.is_signed.then(|| key(system).public()));
        let report = done(&run.net, async move {
            chain.seal(now).await.expect("sealed");
            verify(&*read, &of, keys.as_slice(), &[]).await.expect("is read")
        });
        sealed += report.entries;
        if report.is_signed != run.is_signed || !report.is_sound() || report.waiting > 0 {
            wrong.push(format!("{name}: {} entries wait: {:?}", report.waiting, report.findings));
        }
        all.extend(done(&run.net, async move { entries_of(&*store, &name).await }));
    }
    let kept = run.disks[system].content().entries;
    if kept != sealed {
        wrong.push(format!("{system}: of {kept} entries {sealed} are in the logs"));
    }
    let counts = counted(all);
    for text in run.disks[system].under("acm/case/") {
        let act = if text.starts_with("o/") { "asked" } else { "received" };
        let id = text.rsplit('/').next().unwrap_or_default();
        let times = counts.get(&(act, id.to_owned())).copied().unwrap_or_default();
        if times != 1 {
            wrong.push(format!("{id} stands {times} times in the log of {system} as {act}"));
        }
    }
    wrong
}

/// All that stands in a log.
async fn entries_of(store: &dyn Store, name: &str) -> Vec<Entry> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = audit::entries(store, name, after, PAGE).await.expect("is read");
        let Some(last) = page.last() else { return all };
        after = last.seq;
        all.extend(page.into_iter().filter_map(|sealed| sealed.entry));
    }
}

/// How often each request was taken: one that was refused for what it is, and of which nothing was kept, says why.
fn counted(entries: Vec<Entry>) -> BTreeMap<(&'static str, String), usize> {
    let mut counts = BTreeMap::new();
    for entry in entries {
        let act = match entry.act.as_str() {
            "acm.request.asked" if !entry.with.contains_key("cause") => "asked",
            "acm.request.received" => "received",
            _ => continue,
        };
        *counts.entry((act, entry.request.unwrap_or_default())).or_default() += 1;
    }
    counts
}
