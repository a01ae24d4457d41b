//! What the border tells whoever watches a procedure.
//!
//! The steps of TS 23.280 10.9.3.10.2 in which a message crosses between the systems are taken at the gateways too.

use std::sync::Arc;

use wire::{Entry, Hop, Kind, Recorder};
use xml_schemas::mime::kind;

use crate::{
    chain::{Passage, Step},
    content::Sense,
    metrics::Direction,
};

const LOCATION: &str = "10.9.3.10.2";

/// A request passes.
pub(crate) fn passed(recorder: &dyn Recorder, entity: &Arc<str>, passage: &Passage<'_>, hop: &Hop) {
    if !recorder.is_listening() {
        return;
    }
    let flow = passage.content.flow_id();
    let say = |kind: Kind| recorder.record(Entry { flow: flow.to_owned(), entity: entity.clone(), kind });
    let Some(companion) = &passage.content.companion else {
        let package = passage.package();
        if !package.is_empty() {
            let what = format!("{} {package}", passage.request.method());
            say(Kind::Sent { to: hop.name.clone(), what, detail: String::new() });
        }
        return;
    };
    let number = match (&*companion.flow, companion.sense) {
        (kind::LOCATION_REQUEST, Sense::Request) => Some(3),
        (kind::LOCATION_REPORT, Sense::Response) => Some(6),
        _ => None,
    };
    if let Some(number) = number {
        let text = match passage.direction {
            Direction::Outbound => "leaves through the gateway",
            Direction::Inbound => "enters through the gateway",
        };
        say(Kind::Step { clause: LOCATION, number, text: text.to_owned() });
    }
    say(Kind::Sent {
        to: hop.name.clone(),
        what: format!("{} {}", passage.request.method(), companion.flow),
        detail: companion.targets.join(" "),
    });
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
    let kind = Kind::Decided { question: "pass the border", verdict, rule: step.name.to_owned() };
    recorder.record(Entry { flow: passage.content.flow_id().to_owned(), entity: entity.clone(), kind });
}
