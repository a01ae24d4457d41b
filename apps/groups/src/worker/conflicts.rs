//! Groups of which a partner holds something else than we provided, counted by what the shares say: whichever replica found it
//! out, and whichever put an end to it, all of them count the same.

use std::collections::HashSet;

use bytes::Bytes;
use futures::StreamExt as _;
use kit::{Cx, Fault};
use store::{Event, Happened};

use super::{PAGE, PAUSE};
use crate::{Gms, keys, share::Share, state::fault};

/// Counts for as long as the store is there.
pub(super) async fn follow(cx: Cx<Gms>) {
    let mut counted = Counted { cx: cx.clone(), all: HashSet::new() };
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

/// Partner and group of each.
struct Counted {
    cx: Cx<Gms>,
    all: HashSet<(String, String)>,
}

impl Counted {
    async fn read_all(&mut self) -> Result<(), Fault> {
        let (mut gone, mut after) = (self.all.clone(), None::<Bytes>);
        loop {
            let page = self.cx.store().scan(keys::SHARE.as_bytes(), after.as_deref(), PAGE).await;
            let page = page.map_err(fault)?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            for share in page.iter().filter_map(|entry| Share::read(&entry.record.value)) {
                let is_so = share.conflict.is_some();
                gone.retain(|one| !is_so || *one != (share.partner.clone(), share.group.clone()));
                self.count((share.partner, share.group), is_so);
            }
        }
        gone.into_iter().for_each(|one| self.count(one, false));
        Ok(())
    }

    async fn read(&mut self, event: &Event) -> Result<(), Fault> {
        let record = match event.change {
            Happened::Put => self.cx.store().get(&event.key).await.map_err(fault)?,
            Happened::Deleted => None,
        };
        if let Some(share) = record.and_then(|record| Share::read(&record.value)) {
            self.count((share.partner, share.group), share.conflict.is_some());
        } else if let Some(one) = keys::shared(&event.key) {
            self.count(one, false);
        }
        Ok(())
    }

    fn count(&mut self, one: (String, String), is_so: bool) {
        let is_news = if is_so { self.all.insert(one.clone()) } else { self.all.remove(&one) };
        if is_news {
            let (partner, group) = one;
            self.cx.metrics().contested(&self.cx.profile().name, &partner, &group, is_so);
        }
    }
}
