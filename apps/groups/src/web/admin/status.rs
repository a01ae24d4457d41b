//! What is promised to whom, what is held of whom, and what is still to be done.

use kit::{Cx, Done, Fault};
use serde_json::{Value, json};
use store::Entry;

use super::Query;
use crate::{
    Gms,
    copy::Source,
    group::GroupId,
    keys,
    procedures::request_abroad::Waiting,
    share::Share,
    state::{fault, offered},
};

/// Records of one kind that are told at most.
const MOST: usize = 10_000;

/// Records that are read at once.
const PAGE: usize = 256;

pub(super) async fn read(cx: &Cx<Gms>, query: &Query) -> Done<Value> {
    let wanted = |partner: Option<&str>, group: &str| {
        let is = |name, value: Option<&str>| query.get(name).is_none_or(|wanted| value == Some(wanted));
        is("partner", partner) && is("group", Some(group))
    };
    let mut shares = Vec::new();
    for entry in all(cx, keys::SHARE).await? {
        let Some(share) = Share::read(&entry.record.value) else { continue };
        if wanted(Some(&share.partner), &share.group) {
            shares.push(of_share(cx, &share).await?);
        }
    }
    let mut copies = Vec::new();
    for entry in all(cx, keys::SOURCE).await? {
        let group = keys::group_below(keys::SOURCE, &entry.key);
        let Some((group, source)) = group.zip(Source::read(&entry.record.value)) else { continue };
        if wanted(Some(&source.partner), group.as_str()) {
            copies.push(of_copy(cx, &group, &source).await?);
        }
    }
    let requests = all(cx, keys::ASK).await?;
    let requests = requests.iter().filter_map(|entry| {
        let group = keys::group_below(keys::ASK, &entry.key)?;
        let Waiting { attempts, next, .. } = Waiting::read(&entry.record.value)?;
        wanted(None, group.as_str())
            .then(|| json!({ "group": group.as_str(), "attempts": attempts, "next-ms": next }))
    });
    Ok(json!({ "shares": shares, "copies": copies, "requests": requests.collect::<Vec<_>>() }))
}

/// `state` is `stored`, `due`, `conflict`, `barred` or `refused`.
async fn of_share(cx: &Cx<Gms>, share: &Share) -> Result<Value, Fault> {
    let group = GroupId::new(&share.group);
    let ours = match &group {
        Some(group) => cx.document(group).await?.map(|document| document.etag().as_str().to_owned()),
        None => None,
    };
    let state = match (&share.conflict, &share.task, &share.held) {
        (Some(_), ..) => "conflict",
        (_, Some(_), _) => "due",
        _ if share.is_void() => "barred",
        _ if share.last.is_some() => "refused",
        _ => "stored",
    };
    Ok(json!({
        "group": share.group,
        "partner": share.partner,
        "why": share.why,
        "state": state,
        "task": share.task,
        "attempts": share.attempts,
        "next-ms": share.next,
        "last": share.last,
        "ours": ours,
        "provided": share.held.as_ref().map(|held| &held.source),
        "theirs": share.conflict.as_ref().map(|conflict| &conflict.etag)
            .or_else(|| share.held.as_ref().map(|held| &held.etag)),
    }))
}

async fn of_copy(cx: &Cx<Gms>, group: &GroupId, source: &Source) -> Result<Value, Fault> {
    let effective = cx.document(group).await?.map(|document| document.etag().as_str().to_owned());
    let offer = cx.offer(group).await?.map(|(_, version)| offered(version).as_str().to_owned());
    Ok(json!({
        "group": group.as_str(),
        "partner": source.partner,
        "how": source.how,
        "offer": offer,
        "effective": effective,
        "primary": source.etag,
    }))
}

async fn all(cx: &Cx<Gms>, prefix: &str) -> Result<Vec<Entry>, Fault> {
    let mut entries: Vec<Entry> = Vec::new();
    while entries.len() < MOST {
        let after = entries.last().map(|last| last.key.clone());
        let page = cx.store().scan(prefix.as_bytes(), after.as_deref(), PAGE).await.map_err(fault)?;
        if page.is_empty() {
            break;
        }
        entries.extend(page);
    }
    Ok(entries)
}
