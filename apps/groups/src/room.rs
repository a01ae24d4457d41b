//! How many groups one partner may keep here (10.2.7.2): whoever may provide may not fill the disk.
//!
//! What a partner has is counted in the store, and not at every PUT: a count leaves room for a sixteenth of what is free, and a partner
//! that has no room is not counted again for a while. Each replica counts for itself.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures::lock;
use kit::{Cause, Cx, Done, Fault};

use crate::{Gms, config::PartnerConfig, copy::Source, keys, share::millis, state::fault};

/// Sources that are read at once.
const PAGE: usize = 256;

/// What part of the free room is given away before it is counted again.
const PART: usize = 16;

/// How long a partner that had no room has none, unless it withdraws a group here.
const FULL: Duration = Duration::from_secs(5);

/// What is known of each partner, by its configured name.
#[derive(Default)]
pub(crate) struct Rooms {
    all: Mutex<HashMap<String, Room>>,
    /// One counts at a time.
    counting: lock::Mutex<()>,
}

#[derive(Default)]
struct Room {
    /// Groups that may come before what is here is counted again.
    left: usize,
    /// Groups that come at this moment, and may be in the store already or not.
    under_way: usize,
    /// In milliseconds since 1970: until then there is none.
    full_until: u64,
}

/// Room for one group, until it is kept or is not.
pub(crate) struct Place<'r>(&'r Rooms, String);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(room) = self.0.all().get_mut(&self.1) {
            room.under_way = room.under_way.saturating_sub(1);
        }
    }
}

impl Rooms {
    /// A partner has withdrawn a group.
    pub(crate) fn freed(&self, partner: &str) {
        if let Some(room) = self.all().get_mut(partner) {
            room.full_until = 0;
        }
    }

    /// Another limit may hold.
    pub(crate) fn forget(&self) {
        self.all().values_mut().for_each(|room| (room.left, room.full_until) = (0, 0));
    }

    /// One more group of a partner is about to be kept.
    ///
    /// # Errors
    /// [`Cause::TooManyGroups`] where it has as many as may be; [`Fault`] where the store fails.
    pub(crate) async fn take<'r>(&'r self, cx: &Cx<Gms>, partner: &PartnerConfig) -> Done<Place<'r>> {
        if let Some(place) = self.known(cx, partner)? {
            return Ok(place);
        }
        let _alone = self.counting.lock().await;
        if let Some(place) = self.known(cx, partner)? {
            return Ok(place);
        }
        let kept = count(cx, &partner.name).await?;
        let mut all = self.all();
        let room = all.entry(partner.name.clone()).or_default();
        let free = partner.most_groups.saturating_sub(kept).saturating_sub(room.under_way);
        if free == 0 {
            let until = cx.world().clock.wall() + FULL;
            room.full_until = millis(until);
            return Err(Cause::TooManyGroups.into());
        }
        room.left = free.div_ceil(PART);
        drop(all);
        self.known(cx, partner)?.ok_or_else(|| Cause::TooManyGroups.into())
    }

    /// A place, where there is one without counting; none where it has to be counted.
    fn known(&self, cx: &Cx<Gms>, partner: &PartnerConfig) -> Result<Option<Place<'_>>, Cause> {
        let mut all = self.all();
        let room = all.entry(partner.name.clone()).or_default();
        if room.left > 0 {
            (room.left, room.under_way) = (room.left - 1, room.under_way + 1);
            return Ok(Some(Place(self, partner.name.clone())));
        }
        let is_full = millis(cx.world().clock.wall()) < room.full_until;
        if is_full { Err(Cause::TooManyGroups) } else { Ok(None) }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Room>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Groups of a partner that are kept here, however they came.
async fn count(cx: &Cx<Gms>, partner: &str) -> Result<usize, Fault> {
    let (mut count, mut after) = (0, None::<Bytes>);
    loop {
        let page = cx.store().scan(keys::SOURCE.as_bytes(), after.as_deref(), PAGE).await.map_err(fault)?;
        let Some(last) = page.last() else { return Ok(count) };
        after = Some(last.key.clone());
        let sources = page.iter().filter_map(|entry| Source::read(&entry.record.value));
        count += sources.filter(|source| source.partner == partner).count();
    }
}
