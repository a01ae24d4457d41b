//! Which groups of our own a user is a member of, kept beside their documents and by the same commits: what becomes of a user
//! concerns those alone, however many others there are.
//!
//! A store of an earlier release has no such records. They are made in the background, once; until then all documents are looked
//! through.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::FutureExt as _;
use kit::{Cx, Fault, documents::Change};
use store::Batch;
use xml::Index;
use xml_schemas::ids::McServiceId;

use crate::{
    Gms,
    group::{AUID, Facts, GroupId, spelled},
    keys,
    state::fault,
};

/// What [`keys::MEMBERS`] holds where the records are as they are made here.
const COMPLETE: &str = "1";

/// The longest identity that is recorded, in octets: no MC service ID is longer.
const LONGEST: usize = 255;

/// Records that are read at once.
const PAGE: usize = 256;

/// Records that are made at once; one document's are always made together.
const AT_ONCE: usize = 1_000;

/// How long a failure of the store puts everything off.
const PAUSE: Duration = Duration::from_secs(1);

type Pairs = BTreeSet<(String, GroupId)>;

/// Adds to a batch that changes a group document what that changes of its members.
pub(crate) fn follow(batch: Batch, change: &Change<'_>) -> Batch {
    let before = change.before.map(|before| (before.text(), before.index()));
    let after = change.after.zip(change.index);
    // Most changes are of something else.
    if let (Some((was, at)), Some((is, stands))) = (before, after)
        && spelled(was, at).eq(spelled(is, stands))
    {
        return batch;
    }
    let pairs = |document: Option<(&str, &Index)>| {
        document.map(|(text, index)| pairs(Facts::of_index(text, index))).unwrap_or_default()
    };
    let (was, is): (Pairs, Pairs) = (pairs(before), pairs(after));
    let batch = is.difference(&was).fold(batch, |batch, (member, group)| put(batch, member, group));
    was.difference(&is).fold(batch, |batch, (member, group)| batch.delete(keys::member(member, group)))
}

fn put(batch: Batch, member: &str, group: &GroupId) -> Batch {
    batch.put(keys::member(member, group), group.as_str().to_owned())
}

/// What a document says, as it is recorded.
fn pairs(facts: Facts) -> Pairs {
    let Facts { groups, members } = facts;
    let members: Vec<_> = members.into_iter().filter(|member| member.len() <= LONGEST).collect();
    let of = |group: GroupId| members.iter().map(move |member| (member.clone(), group.clone()));
    groups.into_iter().flat_map(of).collect()
}

/// The groups of our own that the user is in.
///
/// # Errors
/// [`Fault`] where the store fails.
pub(crate) async fn groups(cx: &Cx<Gms>, user: &McServiceId) -> Result<Vec<GroupId>, Fault> {
    let user = xcap::canonical(user.as_str());
    let is_complete = is_complete(cx).await?;
    let prefix = if is_complete { keys::memberships(&user) } else { documents(cx) };
    let mut groups = Vec::new();
    let mut after: Option<Bytes> = None;
    loop {
        let page = cx.store().scan(prefix.as_bytes(), after.as_deref(), PAGE).await.map_err(fault)?;
        let Some(last) = page.last() else { return Ok(groups) };
        after = Some(last.key.clone());
        for entry in &page {
            let text = String::from_utf8_lossy(&entry.record.value);
            if is_complete {
                groups.extend(GroupId::new(&text));
            } else {
                let facts = Facts::of(&text);
                groups.extend(facts.groups.into_iter().filter(|_| facts.members.contains(&user)));
            }
        }
        let rules = cx.rules();
        groups.retain(|group| rules.is_own_domain(&group.domain()));
    }
}

async fn is_complete(cx: &Cx<Gms>) -> Result<bool, Fault> {
    let record = cx.store().get(keys::MEMBERS.as_bytes()).await.map_err(fault)?;
    Ok(record.is_some_and(|record| record.value == COMPLETE))
}

/// Before the keys of all group documents.
fn documents(cx: &Cx<Gms>) -> String {
    format!("{}{AUID}/", cx.documents().keys().documents())
}

/// Makes the records of a store that has none, as soon as it lets us.
pub(crate) fn start(cx: &Cx<Gms>) {
    let cx = cx.clone();
    let tasks = Arc::clone(&cx.world().tasks);
    let work = async move {
        while let Err(fault) = complete(&cx).await {
            tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
            cx.world().clock.sleep(PAUSE).await;
        }
    };
    tasks.spawn(work.boxed());
}

async fn complete(cx: &Cx<Gms>) -> Result<(), Fault> {
    if is_complete(cx).await? {
        return Ok(());
    }
    let (documents, mut after): (String, Option<Bytes>) = (documents(cx), None);
    let mut made = Made::default();
    loop {
        let page = cx.store().scan(documents.as_bytes(), after.as_deref(), PAGE).await.map_err(fault)?;
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        for entry in &page {
            made.add(cx, &entry.key, &entry.record);
            if made.batch.changes().len() >= AT_ONCE {
                std::mem::take(&mut made).keep(cx).await?;
            }
        }
    }
    made.keep(cx).await?;
    let batch = Batch::new().put(keys::MEMBERS, COMPLETE);
    cx.store().commit(batch).await.map(drop).map_err(fault)
}

/// Records that are to be made, on condition that their documents are as they were read.
#[derive(Default)]
struct Made {
    batch: Batch,
    documents: Vec<Bytes>,
}

impl Made {
    fn add(&mut self, cx: &Cx<Gms>, key: &Bytes, record: &store::Record) {
        let rules = cx.rules();
        let mut pairs = pairs(Facts::of(&String::from_utf8_lossy(&record.value)));
        pairs.retain(|(_, group)| rules.is_own_domain(&group.domain()));
        if pairs.is_empty() {
            return;
        }
        let batch = std::mem::take(&mut self.batch).expect_version(key.clone(), record.version);
        self.batch = pairs.iter().fold(batch, |batch, (member, group)| put(batch, member, group));
        self.documents.push(key.clone());
    }

    /// Whoever changes a document meanwhile records the difference alone: it is read again, by itself.
    async fn keep(self, cx: &Cx<Gms>) -> Result<(), Fault> {
        if cx.commit(self.batch).await?.is_none() {
            for key in &self.documents {
                while !alone(cx, key).await? {}
            }
        }
        Ok(())
    }
}

/// False where the document has changed meanwhile.
async fn alone(cx: &Cx<Gms>, key: &Bytes) -> Result<bool, Fault> {
    let Some(record) = cx.store().get(key).await.map_err(fault)? else { return Ok(true) };
    let mut made = Made::default();
    made.add(cx, key, &record);
    Ok(cx.commit(made.batch).await?.is_some())
}
