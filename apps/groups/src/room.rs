//! How much one partner may keep here (10.2.7.2): whoever may provide may not fill the disk, with many groups or with large ones.
//!
//! What a partner has is counted in the store, and not at every PUT: a count leaves room for a sixteenth of what is free, and what a
//! partner had no room for is not counted again for a while. Each replica counts for itself, and each partner waits for its own
//! count alone.

mod amount;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures::lock;
use kit::{Cause, Cx, Done, Fault};
use store::Entry;

use crate::{Gms, config::PartnerConfig, copy::Source, keys, share::millis, state::fault};

pub(crate) use amount::Amount;

/// Sources that are read at once.
const PAGE: usize = 256;

/// How long there is no room for what there was none for, unless the partner withdraws a group here.
const FULL: Duration = Duration::from_secs(5);

/// What is known of each partner, by its configured name.
#[derive(Default)]
pub(crate) struct Rooms(Mutex<HashMap<String, Room>>);

#[derive(Default)]
struct Room {
    /// One counts at a time.
    counting: Arc<lock::Mutex<()>>,
    /// What may come before what is here is counted again.
    left: Amount,
    /// What comes at this moment, and may be in the store already or not.
    under_way: Amount,
    /// What was free beside what is kept when there was last no room, and when that was, in milliseconds since 1970.
    found: Option<(Amount, u64)>,
}

impl Room {
    /// What there was no room for a while ago. A clock that was set back makes no while longer.
    fn is_refused(&self, wanted: Amount, now: u64) -> Option<Cause> {
        let (free, at) = self.found?;
        let passed = now.checked_sub(at).filter(|passed| u128::from(*passed) < FULL.as_millis());
        passed.and_then(|_| lacking(free, wanted))
    }

    fn reopen(&mut self) {
        self.found = None;
    }

    /// Whatever comes is counted first. How much is under way.
    fn shut(&mut self) -> Amount {
        self.left = Amount::default();
        self.under_way
    }
}

/// What there is too little of.
fn lacking(free: Amount, wanted: Amount) -> Option<Cause> {
    if wanted.groups > free.groups {
        Some(Cause::TooManyGroups)
    } else {
        (wanted.octets > free.octets).then_some(Cause::GroupsTooLarge)
    }
}

/// Room for what a partner provides, until it is kept or is not.
pub(crate) struct Place<'r>(&'r Rooms, String, Amount);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(room) = self.0.all().get_mut(&self.1) {
            room.under_way = room.under_way.less(self.2);
        }
    }
}

impl Rooms {
    /// A partner has withdrawn a group.
    pub(crate) fn freed(&self, partner: &str) {
        if let Some(room) = self.all().get_mut(partner) {
            room.reopen();
        }
    }

    /// Another limit may hold.
    pub(crate) fn forget(&self) {
        for room in self.all().values_mut() {
            room.left = Amount::default();
            room.reopen();
        }
    }

    /// So much more of a partner is about to be kept.
    ///
    /// # Errors
    /// [`Cause::TooManyGroups`] or [`Cause::GroupsTooLarge`] where it has as much as may be; [`Cause::Overloaded`] where it might
    /// have once what comes at this moment is kept; [`Fault`] where the store fails.
    pub(crate) async fn take<'r>(
        &'r self,
        cx: &Cx<Gms>,
        partner: &PartnerConfig,
        wanted: Amount,
    ) -> Done<Place<'r>> {
        if let Some(place) = self.known(cx, partner, wanted)? {
            return Ok(place);
        }
        let counting = Arc::clone(&self.all().entry(partner.name.clone()).or_default().counting);
        let _alone = counting.lock().await;
        if let Some(place) = self.known(cx, partner, wanted)? {
            return Ok(place);
        }
        // Nothing more comes while it is counted; what was coming may be in what is kept then, and may not.
        let before = self.all().get_mut(&partner.name).map(Room::shut).unwrap_or_default();
        let kept = count(cx, &partner.name).await?;
        let mut all = self.all();
        let room = all.entry(partner.name.clone()).or_default();
        let free = partner.most().less(kept);
        if let Some(cause) = lacking(free, wanted) {
            room.found = Some((free, millis(cx.world().clock.wall())));
            return Err(cause.into());
        }
        let free = free.less(before);
        if !free.holds(wanted) {
            return Err(Cause::Overloaded.into());
        }
        (room.left, room.under_way) = (free.part().at_least(wanted).less(wanted), room.under_way.and(wanted));
        Ok(Place(self, partner.name.clone(), wanted))
    }

    /// A place, where there is one without counting; none where it has to be counted.
    fn known(
        &self,
        cx: &Cx<Gms>,
        partner: &PartnerConfig,
        wanted: Amount,
    ) -> Result<Option<Place<'_>>, Cause> {
        let mut all = self.all();
        let room = all.entry(partner.name.clone()).or_default();
        if room.left.holds(wanted) {
            (room.left, room.under_way) = (room.left.less(wanted), room.under_way.and(wanted));
            return Ok(Some(Place(self, partner.name.clone(), wanted)));
        }
        room.is_refused(wanted, millis(cx.world().clock.wall())).map_or(Ok(None), Err)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Room>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What of a partner is kept here, however it came.
async fn count(cx: &Cx<Gms>, partner: &str) -> Result<Amount, Fault> {
    let (mut kept, mut after) = (Amount::default(), None::<Bytes>);
    loop {
        let page = cx.store().scan(keys::SOURCE.as_bytes(), after.as_deref(), PAGE).await.map_err(fault)?;
        let Some(last) = page.last() else { return Ok(kept) };
        after = Some(last.key.clone());
        for entry in &page {
            let source = Source::read(&entry.record.value).filter(|source| source.partner == partner);
            if let Some(source) = source {
                kept = kept.and(Amount { groups: 1, octets: octets(cx, &source, entry).await? });
            }
        }
    }
}

/// Octets of an offer; looked up where an earlier release has not written them down.
async fn octets(cx: &Cx<Gms>, source: &Source, entry: &Entry) -> Result<u64, Fault> {
    if let Some(octets) = source.octets {
        return Ok(octets);
    }
    let Some(group) = keys::group_below(keys::SOURCE, &entry.key) else { return Ok(0) };
    let offer = cx.store().get(keys::offer(&group).as_bytes()).await.map_err(fault)?;
    Ok(offer.map_or(0, |offer| u64::try_from(offer.value.len()).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_had_no_room_is_refused_for_a_while_whatever_becomes_of_the_clock() {
        let free = Amount { groups: 1, octets: 100 };
        let room = Room { found: Some((free, 1_000_000)), ..Room::default() };
        let of = |groups, octets, now| room.is_refused(Amount { groups, octets }, now);
        assert_eq!(of(1, 101, 1_000_000), Some(Cause::GroupsTooLarge));
        assert_eq!(of(2, 1, 1_004_999), Some(Cause::TooManyGroups));
        assert_eq!(of(1, 100, 1_004_999), None, "may have room");
        assert_eq!(of(1, 101, 1_005_000), None, "is counted again");
        assert_eq!(of(1, 101, 999_999), None, "the clock was set back");
    }
}
