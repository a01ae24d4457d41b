//! What is promised to whom, what is held of whom, and what is still to be done.

use bytes::Bytes;
use kit::{Cause, Cx, Done, Fault};
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

/// Records of one kind that are told at most, of those that are wanted.
const MOST: usize = 10_000;

/// Records that are read at once.
const PAGE: usize = 256;

pub(super) async fn read(cx: &Cx<Gms>, query: &Query) -> Done<Value> {
    let wanted = |partner: Option<&str>, group: &str| {
        let is = |name, value: Option<&str>| query.get(name).is_none_or(|wanted| value == Some(wanted));
        is("partner", partner) && is("group", Some(group))
    };
    let shares = told(cx, keys::SHARE, |entry| {
        Share::read(&entry.record.value).filter(|share| wanted(Some(&share.partner), &share.group))
    });
    let copies = told(cx, keys::SOURCE, |entry| {
        let group = keys::group_below(keys::SOURCE, &entry.key)?;
        let source = Source::read(&entry.record.value)?;
        wanted(Some(&source.partner), group.as_str()).then_some((group, source))
    });
    let requests = told(cx, keys::ASK, |entry| {
        let group = keys::group_below(keys::ASK, &entry.key)?;
        let Waiting { attempts, next, .. } = Waiting::read(&entry.record.value)?;
        wanted(None, group.as_str())
            .then(|| json!({ "group": group.as_str(), "attempts": attempts, "next-ms": next }))
    });
    let (shares, copies, requests) = (shares.await?, copies.await?, requests.await?);
    let is_unknown = |partner| cx.rules().partner(partner).is_none();
    if query.get("partner").is_some_and(is_unknown) && shares.told.is_empty() && copies.told.is_empty() {
        // Of one that is a partner no more what is left is told.
        return Err(Cause::UnknownPartner.into());
    }
    let is_cut = shares.is_cut || copies.is_cut || requests.is_cut;
    let (mut promised, mut held) = (Vec::new(), Vec::new());
    for share in &shares.told {
        promised.push(of_share(cx, share).await?);
    }
    for (group, source) in &copies.told {
        held.push(of_copy(cx, group, source).await?);
    }
    Ok(json!({ "shares": promised, "copies": held, "requests": requests.told, "is-cut": is_cut }))
}

/// `state` is `stored`, `given`, `due`, `conflict`, `barred` or `refused`. `given` where the partner has asked for it since it last
/// answered what it stores: it was given what `provided` says, and what it holds of that is not known.
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
        _ if share.given.is_some() || share.held.is_none() => "given",
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
        "provided": share.given.as_ref().map(|given| &given.source)
            .or_else(|| share.held.as_ref().map(|held| &held.source)),
        "theirs": share.conflict.as_ref().map(|conflict| &conflict.etag)
            .or_else(|| share.held.as_ref().filter(|_| share.given.is_none()).map(|held| &held.etag)),
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

/// Records of one kind, as far as they are told.
struct Told<T> {
    told: Vec<T>,
    /// Whether there are more than are told: whoever wants one of them names its group or partner.
    is_cut: bool,
}

/// Every record below `prefix` is looked at; of those that are wanted, [`MOST`] are told.
async fn told<T>(cx: &Cx<Gms>, prefix: &str, wanted: impl Fn(&Entry) -> Option<T>) -> Result<Told<T>, Fault> {
    let (mut told, mut after) = (Vec::new(), None::<Bytes>);
    loop {
        let page = cx.store().scan(prefix.as_bytes(), after.as_deref(), PAGE).await.map_err(fault)?;
        let Some(last) = page.last() else { return Ok(Told { told, is_cut: false }) };
        after = Some(last.key.clone());
        told.extend(page.iter().filter_map(&wanted));
        if told.len() > MOST {
            told.truncate(MOST);
            return Ok(Told { told, is_cut: true });
        }
    }
}
