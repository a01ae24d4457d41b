//! A user activates, takes over, goes on with or de-activates aliases.
//! TS 24.379 clauses 9A.2.1.2 and 9A.2.2.2.3 · TS 23.280 clauses 10.13.4, 10.13.5 and 10.13.8 · RFC 3903 clause 6
//!
//! A PUBLISH with a lifetime is about the aliases that it lists, and so is one without; others of the same client stay as they are.
//! All of it is done or nothing.

use std::{collections::BTreeSet, time::SystemTime};

use audit::Entry;
use kit::{
    Cause, Cx, Done, Refusal, Stop, carriage,
    publication::{Operation, Publish, Published},
};
use xml_schemas::{
    body::{Body as _, McpttInfo, Presence, presence::AliasStatus},
    flow::Part,
    ids::{FunctionalAlias, McServiceId},
    mime,
};

use crate::{
    Facs, Held,
    holding::{Claim, Claimed, Holding},
    keep::{Holdings, entered},
    state::Rules,
};

/// As many aliases may be named at once.
const MOST: usize = 100;

/// The name of a client is no longer, in octets.
const LONGEST: usize = 128;

/// A PUBLISH, as far as it has been looked at.
struct Asked {
    claim: Claim,
    aliases: Vec<AliasStatus>,
    now: SystemTime,
}

/// One of the four operations of RFC 3903 table 1.
///
/// # Errors
/// [`Cause::NotPermitted`] from anybody but a user; [`Cause::NotBound`] from one who is not configured; [`Cause::OtherUser`] for
/// another user's presence; [`Cause::UnknownTarget`] for an alias that is none; [`Cause::RequesterNotAuthorized`] and
/// [`Cause::AliasInUse`] for one that he may not hold, or not now; [`Cause::NoPublication`] for an entity tag that is none;
/// [`Stop::Malformed`] for bodies that cannot be read.
pub async fn receive(cx: Cx<Facs>, publish: Publish) -> Done<Published> {
    let impu = publish.peer.user().cloned().ok_or(Cause::NotPermitted)?;
    let rules = cx.rules();
    let user = rules.user(&impu).cloned().ok_or(Cause::NotBound)?;
    let (now, tag, lifetime) = (cx.world().clock.wall(), cx.world().ids.token(), publish.lifetime);
    let old = match &publish.operation {
        Operation::Initial => None,
        Operation::Refresh(old) | Operation::Modify(old) | Operation::Remove(old) => Some(old.as_str()),
    };
    let under = match old {
        Some(old) => Some(published(&cx, &user, old, now)?),
        None => None,
    };
    if publish.message.body().is_empty() {
        let (aliases, client) = under.ok_or(Cause::NoPublication)?;
        let claim = Claim { user, impu, client, tag: tag.clone(), lifetime };
        let aliases = aliases.into_iter().map(AliasStatus::of).collect();
        put(&cx, &rules, Asked { claim, aliases, now }).await?;
        return Ok(Published::new(tag, lifetime));
    }
    let presence = presence(&publish.message, &user)?;
    let [tuple] = &presence.tuples[..] else {
        return Err(Stop::Malformed("a publication of aliases is of one client: one tuple".to_owned()));
    };
    if under.is_some_and(|(_, client)| client != tuple.id) {
        return Err(Stop::Malformed("the publication is another client's".to_owned()));
    }
    // RFC 3863 clause 4.1.2: an XML name, which has neither spaces nor lines.
    let is_name = !tuple.id.contains(|c: char| c.is_whitespace() || c.is_control());
    if tuple.id.is_empty() || tuple.id.len() > LONGEST || !is_name {
        return Err(Refusal::at(Cause::MalformedBody, "the name of a client has up to 128 octets").into());
    }
    if tuple.aliases.is_empty() || tuple.aliases.len() > MOST {
        return Err(Refusal::at(Cause::MalformedBody, "one to 100 functional aliases").into());
    }
    let claim = Claim { user, impu, client: tuple.id.clone(), tag: tag.clone(), lifetime };
    put(&cx, &rules, Asked { claim, aliases: tuple.aliases.clone(), now }).await?;
    Ok(Published::new(tag, lifetime))
}

/// What this entity tag is of: aliases, on one client of his.
fn published(
    cx: &Cx<Facs>,
    user: &McServiceId,
    tag: &str,
    now: SystemTime,
) -> Done<(Vec<FunctionalAlias>, String)> {
    let is_it = |held: &Held| held.user == *user && held.tag == tag && held.until > now;
    let aliases = cx.kept().held(|_, held| is_it(held));
    let held = aliases.iter().flat_map(|alias| cx.kept().holders(alias, now)).find(|held| is_it(held));
    Ok((aliases, held.ok_or(Cause::NoPublication)?.client))
}

/// His presence, and nobody else's.
fn presence(message: &sip::Message, user: &McServiceId) -> Done<Presence> {
    let parts = carriage::parts(message)?;
    let malformed = |name: &str, why: &dyn std::fmt::Display| Stop::Malformed(format!("{name} {why}"));
    let find = |name: &str| parts.iter().find(|part: &&Part<'_>| part.is(name));
    for name in [mime::PIDF, mime::MCPTT_INFO] {
        // Two readers may each take another of two.
        if parts.iter().filter(|part| part.is(name)).count() > 1 {
            return Err(malformed(name, &"is there twice"));
        }
    }
    let part = find(mime::PIDF).ok_or(Cause::UnsupportedBody)?;
    let presence = Presence::read(&part.bytes).map_err(|why| malformed(mime::PIDF, &why))?;
    let mut named = McServiceId::new(&presence.entity).ok();
    if let Some(info) = find(mime::MCPTT_INFO) {
        let info = McpttInfo::read(&info.bytes).map_err(|why| malformed(mime::MCPTT_INFO, &why))?;
        let uri = info.request_uri.as_ref().map(|uri| uri.plain().cloned());
        let uri = uri.transpose().map_err(|_| Cause::EncryptedBody)?;
        if uri.is_some() && uri != named {
            named = None;
        }
    }
    if named.as_ref() == Some(user) {
        Ok(presence)
    } else {
        Err(Refusal::at(Cause::OtherUser, "the presence is another user's").into())
    }
}

async fn put(cx: &Cx<Facs>, rules: &Rules, asked: Asked) -> Done<()> {
    let known = |status: &AliasStatus| rules.alias(&status.alias).is_some();
    // Whoever holds an alias that is none any more may still let go of it.
    if !asked.claim.lifetime.is_zero() && !asked.aliases.iter().all(known) {
        let stop = Stop::from(Cause::UnknownTarget);
        refused(cx, &asked, &stop).await;
        return Err(stop);
    }
    let named: BTreeSet<_> = asked.aliases.iter().map(|status| status.alias.clone()).collect();
    let edit = |holdings: &mut Holdings, entries: &mut Vec<Entry>| {
        for status in &asked.aliases {
            let holding = holdings.entry(status.alias.clone()).or_default();
            if asked.claim.lifetime.is_zero() {
                asked.release(&status.alias, holding, entries);
            } else if let Some(rules) = rules.alias(&status.alias) {
                asked.claim(status, rules, holding, entries)?;
            }
        }
        Ok(())
    };
    let outcome = cx.kept().change(&named, asked.now, edit).await;
    let count = named.len();
    match &outcome {
        Ok(()) => {
            let (user, on) = (&asked.claim.user, !asked.claim.lifetime.is_zero());
            tracing::info!(target: "mcx::aliases", server = %cx.profile().name, %user, on, count);
        }
        Err(stop) => {
            let user = &asked.claim.user;
            tracing::info!(target: "mcx::aliases", server = %cx.profile().name, %user, count, cause = %stop.cause());
            refused(cx, &asked, stop).await;
        }
    }
    outcome
}

/// Who may not have what he asked for stands in the log, with why. What failed here is no decision.
async fn refused(cx: &Cx<Facs>, asked: &Asked, stop: &Stop) {
    let rule = match stop.cause() {
        _ if matches!(stop, Stop::Fault(_)) => return,
        Cause::UnknownTarget => "aliases.alias.id",
        Cause::RequesterNotAuthorized => "aliases.alias.users",
        Cause::AliasInUse => "aliases.alias.limit",
        _ => "precondition",
    };
    let (log, by) = (&cx.kept().log, asked.claim.user.as_str());
    let aliases = asked.aliases.iter().map(|status| status.alias.as_str());
    let entry = aliases.fold(log.act("alias.refused", by), Entry::on).with("client", &*asked.claim.client);
    log.note(by, entry.ruled(format!("refuse {}", stop.cause().name()), rule)).await;
}

impl Asked {
    fn claim(
        &self,
        status: &AliasStatus,
        rules: &crate::config::Alias,
        holding: &mut Holding,
        entries: &mut Vec<Entry>,
    ) -> Done<()> {
        let (now, by) = (self.now, self.claim.user.as_str());
        let claimed = holding.claim(rules, &self.claim, status.takes_over, now)?;
        let entry = |act| {
            Entry::new(now, act, by).on(status.alias.as_str()).on(by).with("client", &*self.claim.client)
        };
        match claimed {
            // That it goes on is no act of its own.
            Claimed::Renewed => {}
            Claimed::Activated => entries.push(entry("alias.activated")),
            Claimed::TakenOver(gone) => {
                let lost = |held: &Held| entered(now, "alias.lost", by, &status.alias, held);
                entries.extend(gone.iter().map(lost));
                entries.push(entry("alias.taken-over"));
            }
        }
        Ok(())
    }

    fn release(&self, alias: &FunctionalAlias, holding: &mut Holding, entries: &mut Vec<Entry>) {
        let Claim { user, client, .. } = &self.claim;
        let gone = holding.release(|held| held.user == *user && held.client == *client);
        let entry = |held: &Held| entered(self.now, "alias.de-activated", user.as_str(), alias, held);
        entries.extend(gone.iter().map(entry));
    }
}
