//! What came of it, for people and for programs.

mod standing;

use serde_json::{Value, json};
use xml_schemas::{
    acm::{
        Admission, Heading, Outcome, PendingDataResponse, PendingItem, Refusal, Request, Response, State,
        StatusItem, Urgency,
    },
    ids::{McServiceId, RequestId},
};

use super::arguments::Format;
use crate::table::one_line;
use standing::standing_of;
pub(super) use standing::{standing, status};

/// A request is asked.
pub(super) fn asked(request_id: &RequestId, format: Format) {
    let id = request_id.as_str();
    show(format, || format!("asked: {id}"), || json!({ "request": id, "state": "unconfirmed" }));
}

/// How far a request is.
pub(super) fn stands(request_id: &RequestId, state: State, format: Format) {
    let (id, state) = (request_id.as_str(), state.name());
    show(format, || format!("{id}  {state}"), || json!({ "request": id, "state": state }));
}

/// A yes is given; what it means is done by the servers.
pub(super) fn approved(response: &Response, format: Format) {
    let heading = response.heading();
    if format == Format::Text {
        let (id, title, by) =
            (heading.request_id.as_str(), response.kind().title(), heading.handler.id.as_str());
        println!("{id}  approved: being carried out  {title}  by {by}");
    }
}

/// What came of it: in words where there are good ones, and for programs in any case.
pub(super) fn outcome(
    request_id: &RequestId,
    (state, item): (State, Option<&StatusItem>),
    words: Option<&str>,
    format: Format,
) {
    match (format, item) {
        (Format::Text, _) => {
            words.into_iter().for_each(|words| println!("{words}"));
            item.map(given).unwrap_or_default().iter().for_each(|line| println!("  {line}"));
        }
        (Format::Json, Some(item)) => println!("{}", standing_of(item)),
        (Format::Json, None) => stands(request_id, state, format),
    }
}

/// A state and why, in words.
pub(super) fn end_of(item: &StatusItem) -> String {
    let why = (item.why != Refusal::default()).then(|| format!(": {}", text(&item.why)));
    let by = item.handler.as_ref().map(|by| format!(", by {}", by.id.as_str()));
    [Some(item.state.name().to_owned()), why, by].into_iter().flatten().collect()
}

/// Who is who in the partner system, a line each.
fn given(item: &StatusItem) -> Vec<String> {
    let line = |(primary, partner): &(McServiceId, McServiceId)| {
        format!("{}  {}", primary.as_str(), partner.as_str())
    };
    item.given.iter().map(line).collect()
}

/// What waits.
pub(super) fn pending(pending: &PendingDataResponse, format: Format) {
    if pending.items.is_empty() && format == Format::Text {
        println!("nothing waits for {}", pending.user.as_str());
    }
    for item in &pending.items {
        match item {
            PendingItem::Request(item) => request(item, format),
            PendingItem::Response(item) => response(item, format),
        }
    }
    if !pending.is_all && format == Format::Text {
        println!("and more, which the server did not tell");
    }
}

/// A request that the user is to decide.
pub(super) fn request(request: &Request, format: Format) {
    let heading = request.heading();
    let (id, from) = (heading.request_id.as_str(), heading.initiator.id.as_str());
    let what = subject(request);
    show(
        format,
        || to_decide(request),
        || {
            json!({
                "request": id,
                "to_decide": request.kind().request(),
                "initiator": from,
                "initiator_alias": heading.initiator.alias.as_ref().map(|alias| alias.as_str()),
                "target": heading.target.as_str(),
                "about": what,
                "expires": heading.expires.map(|at| at.to_string()),
                "is_urgent": heading.urgency == Some(Urgency::High),
                "information": information(request),
            })
        },
    );
}

/// With what hurry, until when, from whom and in which role; and what would change.
fn to_decide(request: &Request) -> String {
    let heading = request.heading();
    let (id, title, from) =
        (heading.request_id.as_str(), request.kind().title(), heading.initiator.id.as_str());
    let (hurry, until, role) = (hurry(request), until(heading), role(heading));
    let what = subject(request).join(" ");
    let line = format!("{id}  to decide{hurry}{until}  {title}  from {from}{role}  {what}");
    let lines = information(request).into_iter().flat_map(str::lines);
    lines.fold(line.trim_end().to_owned(), |text, line| format!("{text}\n  {}", one_line(line)))
}

/// The functional alias under which he asks.
fn role(heading: &Heading) -> String {
    heading.initiator.alias.as_ref().map(|alias| format!(" as {}", alias.as_str())).unwrap_or_default()
}

/// Until when an answer is wanted.
fn until(heading: &Heading) -> String {
    heading.expires.map(|at| format!(", until {at}")).unwrap_or_default()
}

fn hurry(request: &Request) -> &'static str {
    match request.heading().urgency {
        Some(Urgency::High) => ", urgent",
        Some(Urgency::Low) => ", can wait",
        _ => "",
    }
}

/// What the initiator says beside, and what would change.
fn information(request: &Request) -> Option<&str> {
    match request {
        Request::UserProfileUpdate(request) => request.additional_information.as_deref(),
        _ => None,
    }
}

/// A response to a request of the user's, or the one that he gave.
pub(super) fn response(response: &Response, format: Format) {
    let heading = response.heading();
    let (id, by) = (heading.request_id.as_str(), heading.handler.id.as_str());
    let outcome = response.outcome();
    let users = users(response);
    show(
        format,
        || {
            let why = why(outcome).map(|why| format!(": {}", text(why))).unwrap_or_default();
            let line = format!("{id}  {}{why}  {}  by {by}", outcome.state().name(), response.kind().title());
            users.iter().fold(line, |lines, user| {
                let (primary, became) = (user["user"].as_str(), user["partner_id"].as_str());
                let what = became.or(user["reason"].as_str()).unwrap_or("done");
                format!("{lines}\n  {}  {what}", primary.unwrap_or_default())
            })
        },
        || {
            json!({
                "request": id,
                "answered": response.kind().response(),
                "outcome": outcome.state().name(),
                "cause": why(outcome).and_then(|why| why.code),
                "reason": why(outcome).and_then(|why| why.text.clone()),
                "handler": by,
                "users": users,
            })
        },
    );
}

fn show(format: Format, text: impl FnOnce() -> String, json: impl FnOnce() -> Value) {
    match format {
        Format::Text => println!("{}", text().trim_end()),
        Format::Json => println!("{}", json()),
    }
}

/// The groups or users that a request is about.
fn subject(request: &Request) -> Vec<&str> {
    match request {
        Request::GroupInformationProvision(request) => {
            request.groups.iter().map(|group| group.id.as_str()).collect()
        }
        Request::GroupMembershipUpdate(request) => std::iter::once(request.group.as_str())
            .chain(request.users.iter().map(McServiceId::as_str))
            .collect(),
        Request::AddMigrationUsers(request) => request.users.iter().map(McServiceId::as_str).collect(),
        Request::RemoveMigrationUsers(request) => request.users.iter().map(McServiceId::as_str).collect(),
        Request::UserProfileUpdate(request) => vec![request.user.as_str()],
    }
}

/// What became of each user of a list.
fn users(response: &Response) -> Vec<Value> {
    let one = |user: &McServiceId, partner: Option<&McServiceId>, why: Option<&Refusal>| {
        json!({
            "user": user.as_str(),
            "partner_id": partner.map(McServiceId::as_str),
            "cause": why.and_then(|why| why.code),
            "reason": why.map(text),
        })
    };
    match response {
        Response::AddMigrationUsers(response) => response
            .users
            .iter()
            .map(|user| match &user.admission {
                Admission::Admitted { partner, .. } => one(&user.primary, Some(partner), None),
                Admission::Approved => one(&user.primary, None, None),
                Admission::Refused(why) => one(&user.primary, None, Some(why)),
            })
            .collect(),
        Response::RemoveMigrationUsers(response) => {
            response.users.iter().map(|user| one(&user.primary, None, user.refused.as_ref())).collect()
        }
        _ => Vec::new(),
    }
}

fn why(outcome: &Outcome) -> Option<&Refusal> {
    match outcome {
        Outcome::Failure(why) => Some(why),
        Outcome::Success | Outcome::Partial => None,
    }
}

fn text(why: &Refusal) -> String {
    let known = why.code.and_then(kit::Cause::from_code).map(kit::Cause::text);
    let text = one_line(why.text.as_deref().or(known).unwrap_or("no reason given"));
    why.code.map_or_else(|| text.clone(), |code| format!("{text} (cause {code})"))
}

#[cfg(test)]
mod tests;
