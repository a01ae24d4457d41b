//! The shares of a group as they are kept.

use kit::{Cx, Fault};
use store::Version;

use crate::{Gms, group::GroupId, keys, share::Share, state::fault};

/// Shares of one group that are read at once.
const PAGE: usize = 256;

/// One share, and the version to write it by.
///
/// # Errors
/// [`Fault`] where the store fails.
pub(crate) async fn load(
    cx: &Cx<Gms>,
    partner: &str,
    group: &GroupId,
) -> Result<Option<(Share, Version)>, Fault> {
    let record = cx.store().get(keys::share(group, partner).as_bytes()).await.map_err(fault)?;
    let Some(record) = record else { return Ok(None) };
    let share = Share::read(&record.value).ok_or_else(|| Fault::new("what is kept as a share is none"))?;
    Ok(Some((share, record.version)))
}

pub(super) async fn shares(cx: &Cx<Gms>, group: &GroupId) -> Result<Vec<(Share, Version)>, Fault> {
    let page = cx.store().scan(keys::shares(group).as_bytes(), None, PAGE).await.map_err(fault)?;
    Ok(page
        .iter()
        .filter_map(|entry| Some((Share::read(&entry.record.value)?, entry.record.version)))
        .collect())
}
