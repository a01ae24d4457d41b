//! Members of our groups who work in a partner system: its group management server gives them their groups (TS 23.280 10.6.3), so that a
//! document that is provided there names them by the MC service IDs that they have there.
//! It goes before every other policy of 10.2.7.2 step 1 and 10.2.7.3 step 3: to the partner's rules they are members of its own.
//!
//! The own MC service server tells that a user has gone or is back, and is asked where he works. What it says is kept together with
//! marks on the groups that he is in, so that what follows from it goes on after a restart.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use kit::{
    Accepted, Cause, Cx, Done, Fault, Inbound, OwnServer, Permitted, To,
    document_rules::{self, Action, Applied, Parties, Pattern, Rule},
    partner::domain_of,
};
use store::{Batch, Record};
use xml_schemas::{
    ids::McServiceId,
    migration::{MigrationChanged, Whereabouts, WhereaboutsRequest},
};

use crate::{
    Gms,
    config::PartnerConfig,
    group::{Facts, PREFIXES},
    keys, members,
    state::{LIMITS, fault},
};

/// Before the keys of who works where.
const MIGRATED: &str = "gms/migrated/";

/// The rule under which previews and ladders show it.
const RULE: &str = "members who work there";

/// What of a document names a member.
const MEMBER: &str = "group/list-service/list/entry/@uri";

/// The own MC service server says that users of ours have gone, or are back. Accepted once that is kept, whatever it is by now.
///
/// # Errors
/// [`Cause::RequesterNotAuthorized`] for anybody else; why the MC service server does not say where they work; [`Fault`] where the
/// store fails.
pub(crate) async fn changed(cx: Cx<Gms>, req: Inbound<MigrationChanged>) -> Done<Accepted> {
    let server = req
        .peer
        .server()
        .and_then(|identity| cx.config().servers.iter().find(|server| server.identity == *identity).cloned());
    let server = server.ok_or(Cause::RequesterNotAuthorized)?;
    loop {
        // Looked at before it is asked: where another notice is faster, its answer is the later one.
        let mut before = Vec::with_capacity(req.flow.users.len());
        for user in &req.flow.users {
            before.push((user, cx.store().get(key(user).as_bytes()).await.map_err(fault)?));
        }
        let answer = ask(&cx, &server, &req.flow).await?;
        let mut batch = Batch::new();
        for (user, before) in &before {
            batch = placed_anew(&cx, batch, (user, before.as_ref()), answer.of(user)).await?;
        }
        if batch.changes().is_empty() || cx.commit(batch).await?.is_some() {
            return Ok(Accepted::done());
        }
    }
}

/// Where a user works now, and marks on his groups, where that is not what was kept before.
async fn placed_anew(
    cx: &Cx<Gms>,
    batch: Batch,
    (user, before): (&McServiceId, Option<&Record>),
    place: Option<&McServiceId>,
) -> Result<Batch, Fault> {
    if before.map(|record| &*record.value) == place.map(|place| place.as_str().as_bytes()) {
        return Ok(batch);
    }
    let key = key(user);
    let batch = match before {
        Some(record) => batch.expect_version(key.clone(), record.version),
        None => batch.expect_absent(key.clone()),
    };
    let batch = match place {
        Some(place) => batch.put(key, place.as_str().to_owned()),
        None => batch.delete(key),
    };
    marked(cx, user, batch).await
}

async fn ask(cx: &Cx<Gms>, server: &OwnServer, about: &MigrationChanged) -> Done<Whereabouts> {
    let (request_id, service, users) = (cx.fresh_request_id()?, about.service, about.users.clone());
    cx.ask(To::Server(server), &Permitted::open(WhereaboutsRequest { request_id, service, users })).await
}

/// Marks every group of ours that the user is in: what partners are told of it is looked at again.
async fn marked(cx: &Cx<Gms>, user: &McServiceId, batch: Batch) -> Result<Batch, Fault> {
    let groups = members::groups(cx, user).await?;
    Ok(groups.iter().fold(batch, |batch, group| batch.put(keys::changed(group), group.as_str().to_owned())))
}

fn key(user: &McServiceId) -> String {
    format!("{MIGRATED}{}", xcap::canonical(user.as_str()))
}

/// What a document says, with the MC service IDs beside it that members of ours have where they work: partners count those as theirs.
///
/// # Errors
/// [`Fault`] where the store fails.
pub(crate) async fn placed(cx: &Cx<Gms>, facts: Arc<Facts>) -> Result<Arc<Facts>, Fault> {
    let places = places(cx, &facts.members).await?;
    if places.is_empty() {
        return Ok(facts);
    }
    let mut facts = Facts::clone(&facts);
    facts.members.extend(places.into_values());
    Ok(Arc::new(facts))
}

/// Members of ours who work elsewhere, and who they are there.
async fn places(cx: &Cx<Gms>, members: &BTreeSet<String>) -> Result<BTreeMap<String, String>, Fault> {
    let mut places = BTreeMap::new();
    if cx.store().scan(MIGRATED.as_bytes(), None, 1).await.map_err(fault)?.is_empty() {
        return Ok(places);
    }
    let rules = cx.rules();
    let own = |member: &&String| domain_of(member).is_some_and(|domain| rules.is_own_domain(&domain));
    for member in members.iter().filter(own) {
        let record = cx.store().get(format!("{MIGRATED}{member}").as_bytes()).await.map_err(fault)?;
        let place = record.and_then(|record| String::from_utf8(record.value.to_vec()).ok());
        places.extend(place.map(|place| (member.clone(), place)));
    }
    Ok(places)
}

/// The document with those members named as the partner knows them; none where there is no such member.
///
/// # Errors
/// [`Fault`] where the store fails, or the document cannot be read.
pub(crate) async fn mapped(
    cx: &Cx<Gms>,
    partner: &PartnerConfig,
    document: &[u8],
) -> Result<Option<Applied>, Fault> {
    let facts = Facts::of(&String::from_utf8_lossy(document));
    let mut there = places(cx, &facts.members).await?;
    there.retain(|_, place| domain_of(place).is_some_and(|domain| partner.owns_domain(&domain)));
    if there.is_empty() {
        return Ok(None);
    }
    // A URI has several spellings; each that stands in the document is replaced.
    let spelled = spellings(&String::from_utf8_lossy(document));
    let named = spelled.into_iter().filter_map(|spelled| {
        let place = there.get(&xcap::canonical(&spelled))?.clone();
        Some((spelled, place))
    });
    let rules = [rule(named.collect()).map_err(Fault::new)?];
    let own = cx.rules();
    let parties = Parties { own: &own.domains, partner: &partner.domains };
    let applied = document_rules::apply(document, &rules, parties, &LIMITS);
    applied.map(Some).map_err(|malformed| Fault::new(format!("a group cannot be read: {malformed}")))
}

/// Every value by which a member may be named.
fn spellings(text: &str) -> BTreeSet<String> {
    let Ok(document) = xml::Document::parse(text.as_bytes(), &LIMITS) else { return BTreeSet::new() };
    let mut found = BTreeSet::new();
    let mut left = vec![document.root()];
    while let Some(element) = left.pop() {
        found.extend(element.attribute("uri").map(str::to_owned));
        left.extend(element.children());
    }
    found
}

/// Members become who they are where they work.
fn rule(named: HashMap<String, String>) -> Result<Rule, String> {
    let (pattern, action) = (Pattern::parse(MEMBER, &PREFIXES)?, Action::Each(Arc::new(named)));
    Ok(Rule { name: Arc::from(RULE), pattern, conditions: Vec::new(), action })
}
