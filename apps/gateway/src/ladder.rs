//! What the border tells whoever watches a procedure.
//!
//! The steps of TS 23.280 10.9.3.10.2 in which a message crosses between the systems are taken at the gateways too; of 10.6.3.3 each
//! gateway has its own.

pub(crate) mod hidden;

use std::sync::Arc;

use wire::{Entry, Hop, Kind as Event, Recorder};
use xml_schemas::{acm::Kind, mime::kind};

use crate::{
    chain::{Passage, Step},
    content::Sense,
    metrics::Direction,
};

const LOCATION: &str = "10.9.3.10.2";
const MIGRATION: &str = "10.6.3.3";

/// A request passes.
pub(crate) fn passed(recorder: &dyn Recorder, entity: &Arc<str>, passage: &Passage<'_>, hop: &Hop) {
    if !recorder.is_listening() {
        return;
    }
    let flow = passage.content.flow_id();
    let say = |kind: Event| recorder.record(Entry { flow: flow.to_owned(), entity: entity.clone(), kind });
    let Some((sense, named)) = passage.content.flow() else {
        let package = passage.package();
        if !package.is_empty() {
            let what = format!("{} {package}", passage.request.method());
            let leaves = passage.direction == Direction::Outbound;
            let detail = if leaves { hidden::fields(passage) } else { String::new() };
            say(Event::Sent { to: hop.name.clone(), what, detail });
        }
        return;
    };
    let leaves = passage.direction == Direction::Outbound;
    let step = match (named, sense) {
        (kind::LOCATION_REQUEST, Sense::Request) => Some((LOCATION, 3)),
        (kind::LOCATION_REPORT, Sense::Response) => Some((LOCATION, 6)),
        (kind::MIGRATION_REQUEST, Sense::Request) => Some((MIGRATION, if leaves { 4 } else { 5 })),
        (kind::MIGRATION_RESPONSE, Sense::Response) => Some((MIGRATION, if leaves { 9 } else { 10 })),
        (flow, _) => administration(flow),
    };
    if let Some((clause, number)) = step {
        let text = match passage.direction {
            Direction::Outbound => "leaves through the gateway",
            Direction::Inbound => "enters through the gateway",
        };
        say(Event::Step { clause, number, text: text.to_owned() });
    }
    let targets = passage.content.companion.as_ref().map(|companion| companion.targets.join(" "));
    let hidden = leaves.then(|| hidden::fields(passage));
    let told: Vec<String> = targets.into_iter().chain(hidden).filter(|line| !line.is_empty()).collect();
    say(Event::Sent {
        to: hop.name.clone(),
        what: format!("{} {named}", passage.request.method()),
        detail: told.join("\n"),
    });
}

/// TS 23.280 10.17: the step in which a request goes over, or its response. A process indication says nothing of the procedure that
/// it belongs to; the servers tell.
fn administration(flow: &str) -> Option<(&'static str, u8)> {
    let kind = Kind::of(flow)?;
    let step = match (kind, kind.request() == flow) {
        (_, true) => 3,
        (Kind::GroupInformationProvision, false) => 10,
        (_, false) => 8,
    };
    Some((kind.clause(), step))
}

/// The chain ended at a step.
pub(crate) fn ended(
    recorder: &dyn Recorder,
    entity: &Arc<str>,
    passage: &Passage<'_>,
    step: &Step,
    cause: &str,
) {
    if !recorder.is_listening() {
        return;
    }
    let verdict = if cause.is_empty() { "answer".to_owned() } else { format!("refuse {cause}") };
    let kind = Event::Decided { question: "pass the border", verdict, rule: step.name.to_owned() };
    recorder.record(Entry { flow: passage.content.flow_id().to_owned(), entity: entity.clone(), kind });
}
