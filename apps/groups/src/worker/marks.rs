//! Marks of groups that have changed: what each comes to, and when it goes.
//!
//! A mark is committed together with the change. Where partners are to be told, it goes with the commit that promises that. Where
//! nobody is, it has nothing more to say, and waits to be deleted with others: a disk is not to be asked twice for each change that
//! concerns nobody. What a restart finds of them is looked at again, to the same end.

use std::{collections::HashMap, time::Duration};

use bytes::Bytes;
use futures::future::try_join_all;
use kit::{Cx, Fault};
use store::Version;

use super::{PAGE, news::News};
use crate::{
    Gms,
    group::GroupId,
    keys,
    procedures::provide::{self, Spread},
    state::fault,
};

/// How long a mark waits for others at most.
const LONGEST: Duration = Duration::from_secs(1);

/// How many marks wait.
const MOST: usize = 256;

/// Marks that have nothing more to say.
#[derive(Default)]
pub(super) struct Marks {
    spent: HashMap<GroupId, Version>,
    /// When they go, in milliseconds since 1970.
    until: Option<u64>,
}

impl Marks {
    /// When marks go next, in milliseconds since 1970.
    pub(super) fn next(&self) -> Option<u64> {
        self.until
    }

    /// Looks at what has changed; whether partners are to be told.
    pub(super) async fn look(&mut self, cx: &Cx<Gms>, news: &News, now: u64) -> Result<bool, Fault> {
        let is_promised =
            if news.is_everything() { self.look_at_all(cx).await? } else { self.look_at(cx, news).await? };
        if self.spent.is_empty() {
            self.until = None;
            return Ok(is_promised);
        }
        let longest = u64::try_from(LONGEST.as_millis()).unwrap_or(u64::MAX);
        let until = *self.until.get_or_insert(now.saturating_add(longest));
        if until <= now || self.spent.len() >= MOST {
            self.clear(cx).await?;
        }
        Ok(is_promised)
    }

    async fn look_at(&mut self, cx: &Cx<Gms>, news: &News) -> Result<bool, Fault> {
        let marks = news.changed().map(|group| async move {
            let key = keys::changed(group);
            let mark = cx.store().get(key.as_bytes()).await.map_err(fault)?;
            Ok::<_, Fault>(mark.map(|mark| (group.clone(), mark.version)))
        });
        let marks = try_join_all(marks).await?;
        self.spread(cx, marks.into_iter().flatten()).await
    }

    async fn look_at_all(&mut self, cx: &Cx<Gms>) -> Result<bool, Fault> {
        let (mut after, mut is_promised): (Option<Bytes>, bool) = (None, false);
        loop {
            let page = cx.store().scan(keys::CHANGED.as_bytes(), after.as_deref(), PAGE).await;
            let page = page.map_err(fault)?;
            let Some(last) = page.last() else { return Ok(is_promised) };
            after = Some(last.key.clone());
            let marks = page.iter().filter_map(|entry| {
                Some((keys::group_below(keys::CHANGED, &entry.key)?, entry.record.version))
            });
            is_promised |= self.spread(cx, marks).await?;
            if self.spent.len() >= MOST {
                self.clear(cx).await?;
            }
        }
    }

    /// What is committed at once reaches the disk at once.
    async fn spread(
        &mut self,
        cx: &Cx<Gms>,
        marks: impl Iterator<Item = (GroupId, Version)>,
    ) -> Result<bool, Fault> {
        let spread = marks.map(|(group, mark)| async move {
            let spread = provide::spread(cx, &group, mark).await?;
            Ok::<_, Fault>((group, mark, spread))
        });
        let mut is_promised = false;
        for (group, mark, spread) in try_join_all(spread).await? {
            match spread {
                Spread::Promised => is_promised = true,
                Spread::Nothing => drop(self.spent.insert(group, mark)),
            }
        }
        Ok(is_promised)
    }

    /// One that was written again meanwhile stays.
    async fn clear(&mut self, cx: &Cx<Gms>) -> Result<(), Fault> {
        self.until = None;
        let spent = std::mem::take(&mut self.spent);
        try_join_all(spent.iter().map(|(group, mark)| provide::clear(cx, group, *mark))).await.map(drop)
    }
}
