//! What is in a flow, in words, for a ladder that lab and tests draw. Never logged.

use std::fmt::Write as _;

use xml_schemas::{
    body::{
        Body, InterconnectionInfo, LocationInfo,
        interconnection_info::{Outcome, Party, Target},
        location_info::Report,
    },
    flow::Part,
    mime,
};

/// One line for each thing that a reader of a ladder wants to know: who asks, for whom, with which result.
#[must_use]
pub fn summary(parts: &[Part<'_>]) -> String {
    let mut lines = String::new();
    for part in parts {
        if part.is(mime::INTERCONNECTION_INFO)
            && let Ok(companion) = InterconnectionInfo::read(&part.bytes)
        {
            of_companion(&companion, &mut lines);
        }
        if part.is(mime::LOCATION_INFO)
            && let Ok(location) = LocationInfo::read(&part.bytes)
        {
            of_location(&location, &mut lines);
        }
    }
    lines.truncate(lines.trim_end().len());
    lines
}

fn of_companion(companion: &InterconnectionInfo, lines: &mut String) {
    if let Some(requester) = companion.requesting_id.as_ref().and_then(|id| id.plain().ok()) {
        let _ = writeln!(lines, "requester {}", requester.as_str());
    }
    for target in &companion.targets {
        let _ = writeln!(lines, "target {}{}", name(target), result(target));
    }
}

fn name(target: &Target) -> &str {
    match &target.party {
        Party::User(id) => id.plain().map_or("(encrypted)", |id| id.as_str()),
        Party::Alias(alias) => alias.plain().map_or("(encrypted)", |alias| alias.as_str()),
    }
}

fn result(target: &Target) -> String {
    let Some(result) = &target.result else { return String::new() };
    let outcome = match result.outcome {
        Outcome::Success => "located",
        Outcome::Fail => "refused",
        Outcome::Partial => "partial",
    };
    let code = result.cause_code.map_or_else(String::new, |code| format!(" {code}"));
    let text = result.cause_text.as_deref().map_or_else(String::new, |text| format!(" {text}"));
    format!(": {outcome}{code}{text}")
}

fn of_location(location: &LocationInfo, lines: &mut String) {
    for request in &location.requests {
        let fresh =
            if request.refresh.unwrap_or(true) { "a fresh position" } else { "the last known position" };
        let _ = writeln!(lines, "asks for {fresh}");
    }
    for report in &location.reports {
        let _ = writeln!(lines, "position{}", place(report));
    }
}

fn place(report: &Report) -> String {
    let mut text = String::new();
    if let Some(who) = &report.reporting {
        let _ = write!(text, " of {}", who.as_str());
    }
    if let Some(point) = &report.location.coordinate
        && let (Ok(latitude), Ok(longitude)) = (point.latitude.plain(), point.longitude.plain())
    {
        let _ = write!(text, ": {:.4}, {:.4}", latitude.degrees(), longitude.degrees());
    }
    if let Some(taken_at) = report.location.timestamp {
        let _ = write!(text, " at {taken_at}");
    }
    text
}
