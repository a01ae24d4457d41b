//! What is in a flow, in words, for a ladder that lab and tests draw. Never logged.

mod administration;
mod migration;

use std::fmt::Write as _;

use xml_schemas::{
    body::{
        Body, InterconnectionInfo, LocationInfo,
        interconnection_info::{Outcome, Party, Target},
        location_info::Report,
    },
    flow::{self, Part},
    ids::RequestId,
    mime,
};

/// One line for each thing that a reader of a ladder wants to know: who asks, for what, and what is known of each target.
#[must_use]
pub fn summary(parts: &[Part<'_>]) -> String {
    let location = read::<LocationInfo>(parts).unwrap_or_default();
    let companion = read::<InterconnectionInfo>(parts);
    let mut lines = migration::summary(parts) + &administration::summary(parts);
    if let Some(requester) =
        companion.as_ref().and_then(|companion| companion.requesting_id.as_ref()?.plain().ok())
    {
        let _ = writeln!(lines, "requester {}", requester.as_str());
    }
    for request in &location.requests {
        let fresh =
            if request.refresh.unwrap_or(true) { "a fresh position" } else { "the last known position" };
        let _ = writeln!(lines, "asks for {fresh}");
    }
    match companion.as_ref().map(|companion| companion.targets.as_slice()).unwrap_or_default() {
        [] => location.reports.iter().for_each(|report| {
            let _ = writeln!(lines, "{}", place(report));
        }),
        targets => targets.iter().for_each(|target| {
            let _ = writeln!(lines, "target {}{}", name(target), result(target, &location.reports));
        }),
    }
    lines.truncate(lines.trim_end().len());
    lines
}

/// What a relay that does not read flows calls a request that carries one: the flow's `request-id`, and
/// `METHOD flow-name`. The first is empty, the second a method only, where there is no flow.
#[must_use]
pub fn passing(request: &sip::Message) -> (String, String) {
    let parts = super::parts(request).unwrap_or_default();
    let what = match flow::name_of(&parts) {
        Ok(name) => format!("{} {}", request.method(), super::known_as(&parts, name)),
        Err(_) => request.method().to_string(),
    };
    (flow_id(&parts), what)
}

/// The `request-id`, in whichever body it stands; empty where there is none.
pub(crate) fn flow_id(parts: &[Part<'_>]) -> String {
    parts.iter().find_map(request_id).map_or_else(String::new, |id| id.as_str().to_owned())
}

fn request_id(part: &Part<'_>) -> Option<RequestId> {
    if part.is(mime::INTERCONNECTION_INFO) {
        return InterconnectionInfo::read(&part.bytes).ok().map(|companion| companion.request_id);
    }
    if part.is(mime::ACM_INFO) {
        return administration::request_id(part);
    }
    let location = LocationInfo::read(&part.bytes).ok().filter(|_| part.is(mime::LOCATION_INFO))?;
    let asked = location.requests.first().map(|request| request.id.clone());
    asked.or_else(|| location.reports.first().and_then(|report| report.id.clone()))
}

fn read<B: Body>(parts: &[Part<'_>]) -> Option<B> {
    let part = parts.iter().find(|part| part.is(B::MEDIA_TYPE))?;
    B::read(&part.bytes).ok()
}

fn name(target: &Target) -> &str {
    match &target.party {
        Party::User(id) => id.plain().map_or("(encrypted)", |id| id.as_str()),
        Party::Alias(alias) => alias.plain().map_or("(encrypted)", |alias| alias.as_str()),
    }
}

/// Where the target is, or why that is not said; nothing in a request.
fn result(target: &Target, reports: &[Report]) -> String {
    let Some(result) = &target.result else { return String::new() };
    if result.outcome == Outcome::Success {
        let of_target =
            |report: &&Report| report.reporting.as_ref().is_some_and(|who| who.as_str() == name(target));
        return reports
            .iter()
            .find(of_target)
            .map_or_else(String::new, |report| format!(": {}", place(report)));
    }
    let code = result.cause_code.map_or_else(String::new, |code| format!(" {code}"));
    let text = result.cause_text.as_deref().map_or_else(String::new, |text| format!(" {text}"));
    format!(": refused,{code}{text}")
}

fn place(report: &Report) -> String {
    let mut text = String::from("position");
    if let Some(point) = &report.location.coordinate
        && let (Ok(latitude), Ok(longitude)) = (point.latitude.plain(), point.longitude.plain())
    {
        let _ = write!(text, " {:.4}, {:.4}", latitude.degrees(), longitude.degrees());
    }
    if let Some(taken_at) = report.location.timestamp {
        let _ = write!(text, " at {taken_at}");
    }
    text
}

#[cfg(test)]
mod tests;
