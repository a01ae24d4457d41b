//! Groups of which a partner holds something else than we provided, counted by what the shares say: whichever replica found it
//! out, and whichever put an end to it, all of them count the same.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use futures::StreamExt as _;
use kit::{Cx, Fault};
use store::{Event, Happened};

use super::{PAGE, PAUSE};
use crate::{
    Gms, keys,
    share::{Conflict, Share},
    state::fault,
};

/// Counts for as long as the store is there.
pub(super) async fn follow(cx: Cx<Gms>) {
    let mut counted = Counted { cx: cx.clone(), all: HashMap::new() };
    loop {
        let mut changes = cx.store().watch(keys::SHARE.as_bytes());
        let mut read = counted.read_all().await;
        while read.is_ok() {
            match changes.next().await {
                None => return,
                Some(Ok(event)) => read = counted.read(&event).await,
                // Some were missed.
                Some(Err(_)) => read = counted.read_all().await,
            }
        }
        if let Err(fault) = read {
            tracing::warn!(target: "mcx::store", entity = %cx.profile().name, %fault, "conflicts could not be counted");
        }
        cx.world().clock.sleep(PAUSE).await;
    }
}

/// Partner and group of each, and which two versions.
struct Counted {
    cx: Cx<Gms>,
    all: HashMap<(String, String), Conflict>,
}

impl Counted {
    async fn read_all(&mut self) -> Result<(), Fault> {
        let (mut seen, mut after) = (HashSet::new(), None::<Bytes>);
        loop {
            let page = self.cx.store().scan(keys::SHARE.as_bytes(), after.as_deref(), PAGE).await;
            let page = page.map_err(fault)?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            for share in page.iter().filter_map(|entry| Share::read(&entry.record.value)) {
                seen.insert((share.partner.clone(), share.group.clone()));
                self.count((share.partner, share.group), share.conflict);
            }
        }
        let gone: Vec<_> = self.all.keys().filter(|one| !seen.contains(*one)).cloned().collect();
        gone.into_iter().for_each(|one| self.count(one, None));
        Ok(())
    }

    async fn read(&mut self, event: &Event) -> Result<(), Fault> {
        let record = match event.change {
            Happened::Put => self.cx.store().get(&event.key).await.map_err(fault)?,
            Happened::Deleted => None,
        };
        if let Some(share) = record.and_then(|record| Share::read(&record.value)) {
            self.count((share.partner, share.group), share.conflict);
        } else if let Some(one) = keys::shared(&event.key) {
            self.count(one, None);
        }
        Ok(())
    }

    fn count(&mut self, one: (String, String), conflict: Option<Conflict>) {
        if self.all.get(&one) == conflict.as_ref() {
            return;
        }
        let (metrics, entity) = (self.cx.metrics(), &self.cx.profile().name);
        let subject = (one.0.as_str(), one.1.as_str());
        if let Some(before) = self.all.get(&one) {
            metrics.contested(entity, subject, before, false);
        }
        if let Some(now) = &conflict {
            metrics.contested(entity, subject, now, true);
        }
        match conflict {
            Some(now) => self.all.insert(one, now),
            None => self.all.remove(&one),
        };
    }
}
