//! What policy would make of a group, and why, before anything is sent or stored.

use kit::{
    Cause, Cx, Done, Refusal,
    document_rules::{Applied, Change, Effect},
};
use serde_json::{Value, json};

use super::{Query, of};
use crate::{
    Gms,
    config::GroupRule,
    procedures::provide::{self, Unfit, adapted},
};

pub(super) async fn make(cx: &Cx<Gms>, query: &Query) -> Done<Value> {
    let lacks = |what| Refusal::at(Cause::MalformedMessage, what);
    let group = of(query.get("group").ok_or_else(|| lacks("no group is named"))?)?;
    let partner = query.get("partner").ok_or_else(|| lacks("no partner is named"))?;
    let rules = cx.rules();
    let partner = rules.partner(partner).ok_or(Cause::UnknownPartner)?;
    let applied = if query.get("direction") == Some("accept") {
        let (offer, _) = cx.offer(&group).await?.ok_or(Cause::UnknownGroup)?;
        adapted(cx, partner, offer.bytes(), &GroupRule::of(&partner.accept, &group), &group)
    } else {
        let document = cx.document(&group).await?.filter(|_| rules.is_own_domain(&group.domain()));
        provide::modified(cx, partner, &group, &document.ok_or(Cause::UnknownGroup)?).await
    };
    applied.map(|applied| explained(&applied)).map_err(Unfit::told)
}

fn explained(applied: &Applied) -> Value {
    json!({
        "document": String::from_utf8_lossy(&applied.document),
        "changes": applied.changes.iter().map(change).collect::<Vec<_>>(),
    })
}

fn change(change: &Change) -> Value {
    let effect = match &change.effect {
        Effect::Kept => json!("kept"),
        Effect::Removed => json!("removed"),
        Effect::Replaced => json!("replaced"),
        Effect::Added => json!("added"),
        Effect::Changed { from, to } => json!({ "changed": { "from": from, "to": to } }),
    };
    json!({ "rule": &*change.rule, "place": change.place, "effect": effect })
}
