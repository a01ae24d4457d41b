//! One group, in one transaction of two exchanges with the server: lock and read, then write and commit.

use std::collections::HashMap;

use bytes::Bytes;
use tokio::join;
use tokio_postgres::{Error, Row as Found};

use super::{
    ask::Ask,
    faults::Failed,
    plan::{self, Item, Known, Plan},
    schema,
    session::Session,
};
use crate::{Happened, clock::Moment};

/// How many versions watchers of other processes may be behind before they are told to read again.
const KEPT: u64 = 200_000;

/// Changes are forgotten whenever so many versions have been given.
const FORGOTTEN: u64 = 10_000;

/// Whose group this is, and which.
#[derive(Clone, Copy)]
pub(super) struct Signature<'s> {
    pub(super) writer: &'s str,
    pub(super) serial: i64,
}

/// Commits a group. `sent` is what was sent in an earlier attempt whose outcome is not known: where the server has it, that is
/// the outcome.
///
/// The one row of `mcx_about` is locked first. Whoever has it sees all that was committed before and lets nobody commit until
/// it has: so preconditions hold until the commit, even those on records that are not there, nothing can deadlock, and an
/// earlier attempt that the server is still busy with has ended.
pub(super) async fn transact(
    session: &Session,
    signature: Signature<'_>,
    items: &[Item<'_>],
    now: Moment,
    sent: &mut Option<Plan>,
) -> Result<Plan, Failed> {
    session.forget_warnings();
    let (version, committed, found) = read(session, signature.writer, items).await?;
    if committed == Some(signature.serial)
        && let Some(plan) = sent.take()
    {
        return end(session, plan).await;
    }
    let plan = plan::plan(items.iter().copied(), found, version, now);
    if plan.version == version {
        return end(session, plan).await;
    }
    *sent = Some(plan.clone());
    write(session, signature, version, &plan).await.map_err(|error| Failed::at("cannot commit", error))?;
    if session.was_warned() {
        let what = "the database has committed with a warning: perhaps no standby has it";
        return Err(Failed::half(what));
    }
    Ok(plan)
}

/// Nothing is to be written.
async fn end(session: &Session, plan: Plan) -> Result<Plan, Failed> {
    let ended = session.client.batch_execute("ROLLBACK").await;
    ended.map(|()| plan).map_err(|error| Failed::at("cannot end a transaction", error))
}

type Read = (u64, Option<i64>, HashMap<Bytes, Known>);

async fn read(session: &Session, writer: &str, items: &[Item<'_>]) -> Result<Read, Failed> {
    let keys = plan::keys(items.iter().copied());
    let (begun, about, committed, found) = join!(
        biased;
        session.client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED"),
        session.query_one(Ask::Lock, []),
        session.query_opt(Ask::Committed, [&writer]),
        session.query(Ask::Look, [&keys]),
    );
    let failed = |error: Error| Failed::at("cannot begin to commit", error);
    begun.map_err(failed)?;
    let about = about.map_err(failed)?;
    schema::is_ours(about.get(0))?;
    let committed = committed.map_err(failed)?.map(|row| row.get(0));
    let found = found.map_err(failed)?.iter().map(known).collect();
    Ok((unsigned(about.get(1)), committed, found))
}

fn known(row: &Found) -> (Bytes, Known) {
    let expires: Option<i64> = row.get(2);
    let known = Known { version: unsigned(row.get(1)), expires: expires.map(unsigned).map(Moment) };
    (Bytes::copy_from_slice(row.get(0)), known)
}

/// The tables hold no negative numbers.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Versions and moments stay far below.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// All statements are under way before the first is answered. Where one fails the server refuses those after it, and its
/// COMMIT rolls back.
async fn write(session: &Session, signature: Signature<'_>, last: u64, plan: &Plan) -> Result<(), Error> {
    let (version, forgotten) = (signed(plan.version), forgotten(last, plan.version).map(signed));
    let (written, deleted, logged, counted, signed, forgot, committed) = join!(
        biased;
        put(session, plan),
        delete(session, plan),
        log(session, plan),
        session.execute(Ask::Count, [&version]),
        session.execute(Ask::Sign, [&signature.writer, &signature.serial]),
        forget(session, forgotten),
        session.client.batch_execute("NOTIFY mcx_store; COMMIT"),
    );
    written?;
    deleted?;
    logged?;
    counted?;
    signed?;
    forgot?;
    committed
}

async fn put(session: &Session, plan: &Plan) -> Result<(), Error> {
    let rows = plan.writes.iter().filter_map(|(key, row)| row.as_ref().map(|row| (key, row)));
    let (mut keys, mut versions, mut expiries, mut values) = (vec![], vec![], vec![], vec![]);
    for (key, row) in rows {
        keys.push(&key[..]);
        versions.push(signed(row.known.version));
        expiries.push(row.known.expires.map(|expires| signed(expires.0)));
        values.push(&row.value[..]);
    }
    if !keys.is_empty() {
        session.execute(Ask::Put, [&keys, &versions, &expiries, &values]).await?;
    }
    Ok(())
}

async fn delete(session: &Session, plan: &Plan) -> Result<(), Error> {
    let gone = plan.writes.iter().filter(|(_, row)| row.is_none());
    let keys: Vec<&[u8]> = gone.map(|(key, _)| &key[..]).collect();
    if !keys.is_empty() {
        session.execute(Ask::Delete, [&keys]).await?;
    }
    Ok(())
}

async fn log(session: &Session, plan: &Plan) -> Result<(), Error> {
    let events = &plan.events;
    let versions: Vec<i64> = events.iter().map(|event| signed(event.version.0)).collect();
    let ordinals: Vec<i32> = (0..).take(events.len()).collect();
    let keys: Vec<&[u8]> = events.iter().map(|event| &event.key[..]).collect();
    let deleted: Vec<bool> = events.iter().map(|event| event.change == Happened::Deleted).collect();
    if !events.is_empty() {
        session.execute(Ask::Log, [&versions, &ordinals, &keys, &deleted]).await?;
    }
    Ok(())
}

/// Up to which version changes are forgotten now.
fn forgotten(last: u64, version: u64) -> Option<u64> {
    let is_time = last / FORGOTTEN != version / FORGOTTEN;
    is_time.then(|| version.saturating_sub(KEPT)).filter(|forgotten| *forgotten > 0)
}

async fn forget(session: &Session, forgotten: Option<i64>) -> Result<(), Error> {
    let Some(version) = forgotten else { return Ok(()) };
    let (changes, about) = join!(
        biased;
        session.execute(Ask::Forget, [&version]),
        session.execute(Ask::Forgotten, [&version]),
    );
    changes?;
    about?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_forgotten_now_and_then_once_there_are_many() {
        assert_eq!(forgotten(9_999, 10_001), None);
        assert_eq!(forgotten(209_990, 209_999), None);
        assert_eq!(forgotten(209_999, 210_003), Some(10_003));
    }
}
