//! What came of it, for people and for programs.

use serde_json::{Value, json};
use xml_schemas::{
    acm::{
        Admission, Outcome, PendingDataResponse, PendingItem, Refusal, Request, Response, State, StatusItem,
        StatusResponse, Urgency,
    },
    ids::{McServiceId, RequestId},
};

use super::arguments::Format;

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
        || {
            let title = request.kind().title();
            let line = format!("{id}  to decide{}  {title}  from {from}  {}", hurry(request), what.join(" "));
            let lines = information(request).into_iter().flat_map(str::lines);
            lines.fold(line, |text, line| format!("{text}\n  {line}"))
        },
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

/// What a user has asked and is asked.
pub(super) fn status(status: &StatusResponse, user: &McServiceId, format: Format) {
    if status.items.is_empty() && format == Format::Text {
        println!("{} has asked nothing and is asked nothing", user.as_str());
    }
    standing(status, user, format);
    if !status.is_all && format == Format::Text {
        println!("and older ones: --all lists them");
    }
}

/// A part of it.
pub(super) fn standing(status: &StatusResponse, user: &McServiceId, format: Format) {
    for item in &status.items {
        stand(item, user, format);
    }
}

fn stand(item: &StatusItem, user: &McServiceId, format: Format) {
    let heading = &item.heading;
    let id = heading.request_id.as_str();
    let is_mine = heading.initiator.id == *user;
    let other = if is_mine { heading.target.as_str() } else { heading.initiator.id.as_str() };
    let about: Vec<&str> = item
        .groups
        .iter()
        .map(|group| group.as_str())
        .chain(item.users.iter().map(McServiceId::as_str))
        .collect();
    let since = item.since.map(|at| at.to_string());
    show(
        format,
        || {
            let direction = if is_mine { "to" } else { "from" };
            let why = item.why.text.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            let since = since.as_ref().map(|at| format!("  since {at}")).unwrap_or_default();
            let (state, title) = (item.state.name(), item.kind.title());
            let line =
                format!("{id}  {state}{why}  {title}  {direction} {other}  {}{since}", about.join(" "));
            let lines = item.information.iter().flat_map(|text| text.lines());
            lines.fold(line, |text, line| format!("{text}\n  {line}"))
        },
        || {
            json!({
                "request": id,
                "kind": item.kind.request(),
                "state": item.state.name(),
                "initiator": heading.initiator.id.as_str(),
                "target": heading.target.as_str(),
                "about": about,
                "since": since,
                "handler": item.handler.as_ref().map(|handler| handler.id.as_str()),
                "cause": item.why.code,
                "reason": item.why.text,
                "information": item.information,
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
    let text = why.text.as_deref().or(known).unwrap_or("no reason given");
    why.code.map_or_else(|| text.to_owned(), |code| format!("{text} (cause {code})"))
}
