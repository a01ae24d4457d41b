//! Where requests stand, as a table or in lines.

use serde_json::{Value, json};
use xml_schemas::{
    acm::{StatusItem, StatusResponse},
    ids::McServiceId,
};

use super::given;
use crate::{
    acm::arguments::Format,
    table::{self, one_line},
};

/// What a user has asked and is asked.
pub(in crate::acm) fn status(status: &StatusResponse, user: &McServiceId, format: Format) {
    if status.items.is_empty() && format == Format::Text {
        println!("{} has asked nothing and is asked nothing", user.as_str());
    }
    standing(status, user, format);
    if !status.is_all && format == Format::Text {
        println!("and older ones: --all lists them");
    }
}

/// A part of it: a table for people, a line for each where programs read.
pub(in crate::acm) fn standing(status: &StatusResponse, user: &McServiceId, format: Format) {
    match format {
        Format::Text => table(&status.items, user).iter().for_each(|line| println!("{line}")),
        Format::Json => status.items.iter().for_each(|item| println!("{}", standing_of(item))),
    }
}

/// What stands above the columns.
const HEAD: [&str; 6] = ["REQUEST", "STATE", "WHAT", "WITH", "SINCE", "ABOUT"];

pub(super) fn table(items: &[StatusItem], user: &McServiceId) -> Vec<String> {
    let rows: Vec<[String; 6]> = items.iter().map(|item| row(item, user)).collect();
    let mut written = table::lines(HEAD, &rows).into_iter();
    let mut lines: Vec<String> = written.next().into_iter().collect();
    for (item, row) in items.iter().zip(written) {
        lines.push(row);
        lines.extend(given(item).iter().map(|line| format!("  {}", one_line(line))));
        let more = item.information.iter().flat_map(|text| text.lines());
        lines.extend(more.map(|line| format!("  {}", one_line(line))));
    }
    lines
}

fn row(item: &StatusItem, user: &McServiceId) -> [String; 6] {
    let heading = &item.heading;
    let with = if heading.initiator.id == *user {
        format!("to {}", heading.target.as_str())
    } else {
        format!("from {}", heading.initiator.id.as_str())
    };
    let why = item.why.text.as_ref().map(|why| format!(": {}", one_line(why))).unwrap_or_default();
    [
        heading.request_id.as_str().to_owned(),
        format!("{}{why}", item.state.name()),
        item.kind.title().to_owned(),
        with,
        item.since.map(|at| at.to_string()).unwrap_or_default(),
        about(item).join(" "),
    ]
}

pub(super) fn about(item: &StatusItem) -> Vec<&str> {
    let groups = item.groups.iter().map(|group| group.as_str());
    groups.chain(item.users.iter().map(McServiceId::as_str)).collect()
}

pub(super) fn standing_of(item: &StatusItem) -> Value {
    let heading = &item.heading;
    json!({
        "request": heading.request_id.as_str(),
        "kind": item.kind.request(),
        "state": item.state.name(),
        "initiator": heading.initiator.id.as_str(),
        "target": heading.target.as_str(),
        "about": about(item),
        "users": item.given.iter().map(|(primary, partner)| {
            json!({ "user": primary.as_str(), "partner_id": partner.as_str() })
        }).collect::<Vec<_>>(),
        "since": item.since.map(|at| at.to_string()),
        "handler": item.handler.as_ref().map(|handler| handler.id.as_str()),
        "cause": item.why.code,
        "reason": item.why.text,
        "information": item.information,
    })
}
