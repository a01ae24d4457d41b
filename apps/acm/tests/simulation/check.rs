//! What must be so in the end, whatever has happened.

use std::collections::{BTreeMap, BTreeSet};

use acm::{Case, CaseKey, case::Stage};
use xml_schemas::acm::{Addressee, Kind, State, StatusRequest};
use xml_schemas::flow::Carriage as _;

use super::{
    log, users,
    world::{SYSTEMS, Simulation},
};
use crate::systems::request_id;

/// Records that nobody waits for any more when all is done.
const PASSING: [&str; 9] = [
    "acm/letter/",
    "acm/lane/",
    "acm/open/",
    "acm/work/",
    "acm/next/",
    "acm/due/",
    "acm/wait/",
    "acm/role/",
    "acm/receipt-due/",
];

/// Everything that is wrong.
pub fn wrong(run: &Simulation) -> Vec<String> {
    let mut wrong = std::mem::take(&mut *run.net.wrong.lock().unwrap());
    for system in SYSTEMS {
        let disk = &run.disks[system];
        wrong.append(&mut disk.content().wrong);
        for prefix in PASSING {
            wrong.extend(
                disk.under(prefix).into_iter().map(|rest| format!("{system} has still {prefix}{rest}")),
            );
        }
    }
    let cases = cases(run);
    acknowledged(run, &cases, &mut wrong);
    ended(run, &cases, &mut wrong);
    answered(run, &cases, &mut wrong);
    denied(run, &cases, &mut wrong);
    ordered(run, &cases, &mut wrong);
    applied(run, &cases, &mut wrong);
    listed(run, &cases, &mut wrong);
    wrong.extend(users::wrong(run));
    wrong.extend(log::wrong(run));
    wrong
}

/// Of each request, what either server says: its initiator's, by that one's system, and its target's.
type Cases = BTreeMap<String, (String, Option<Case>, Option<Case>)>;

fn cases(run: &Simulation) -> Cases {
    let mut all = Cases::new();
    for system in SYSTEMS {
        for text in run.disks[system].under("acm/case/") {
            let (home, id) = match text.strip_prefix("o/") {
                Some(id) => (system, id),
                None => text.trim_start_matches("i/").split_once('/').expect("a case's key"),
            };
            let key = if home == system {
                CaseKey::asked(request_id(id))
            } else {
                CaseKey::received(home, request_id(id))
            };
            let case = run.case(system, key);
            let entry = all.entry(id.to_owned()).or_insert_with(|| (home.to_owned(), None, None));
            if home == system { entry.1 = case } else { entry.2 = case }
        }
    }
    all
}

/// Whatever a server has accepted is there.
fn acknowledged(run: &Simulation, cases: &Cases, wrong: &mut Vec<String>) {
    for terminal in run.net.terminals.values() {
        for (id, outcome) in &terminal.memory().asked {
            let is_there = cases.get(id).is_some_and(|(_, asked, _)| asked.is_some());
            match outcome {
                Some(Ok(())) if !is_there => wrong.push(format!("{id} was accepted and is lost")),
                None => wrong.push(format!("{id} was never taken nor refused")),
                _ => {}
            }
        }
    }
}

/// Each has ended in one way, of which both sides say the same, and its initiator has been told.
fn ended(run: &Simulation, cases: &Cases, wrong: &mut Vec<String>) {
    for (id, (home, asked, received)) in cases {
        let Some(asked) = asked else {
            wrong.push(format!("{id} is at its target's server alone"));
            continue;
        };
        if !asked.stage.is_end() {
            wrong.push(format!(
                "{id} has not ended: {:?} and {:?}",
                asked.stage,
                received.as_ref().map(|it| it.stage)
            ));
            continue;
        }
        match received {
            Some(received) if received.stage != asked.stage => {
                wrong.push(format!(
                    "{id} is {:?} for the one and {:?} for the other",
                    asked.stage, received.stage
                ));
            }
            Some(received) if received.response.is_some() && received.response != asked.response => {
                wrong.push(format!("{id}: the initiator has another response than was given"));
            }
            None if !asked.is_presumed => wrong.push(format!("{id} has ended and never arrived")),
            _ => {}
        }
        if !asked.is_told {
            wrong.push(format!("{id}: nobody has been told"));
        }
        let kept = asked.response.as_ref().and_then(|kept| kept.as_response().ok());
        let clients = run.net.terminals.values().filter(|terminal| terminal.system == *home);
        let has = |memory: &super::terminal::Memory| {
            memory.told.get(id).is_some_and(|told| told.last() == kept.as_ref())
        };
        if !clients.into_iter().any(|terminal| has(&terminal.memory())) {
            wrong.push(format!("{id}: no terminal has what became of it"));
        }
    }
}

/// What a person said, and his server took, is what came of it.
fn answered(run: &Simulation, cases: &Cases, wrong: &mut Vec<String>) {
    // He may say the same by two terminals.
    let mut by: BTreeMap<String, BTreeSet<(String, bool)>> = BTreeMap::new();
    for terminal in run.net.terminals.values() {
        for (id, is_yes) in &terminal.memory().accepted {
            by.entry(id.clone()).or_default().insert((terminal.id.to_string(), *is_yes));
        }
    }
    for (id, who) in by {
        let stage = cases.get(&id).and_then(|(_, _, received)| received.as_ref()).map(|case| case.stage);
        let who: Vec<_> = who.into_iter().collect();
        let [(_, is_yes)] = &who[..] else {
            wrong.push(format!("{id} was decided by several: {who:?}"));
            continue;
        };
        let expected = if *is_yes { Stage::Answered } else { Stage::Refused };
        if stage != Some(expected) {
            wrong.push(format!("{id}: {who:?} and yet {stage:?}"));
        }
    }
}

/// Nobody is told that something else was answered where it was he who said that very thing.
fn denied(run: &Simulation, cases: &Cases, wrong: &mut Vec<String>) {
    for terminal in run.net.terminals.values() {
        for (id, is_yes) in &terminal.memory().denied {
            let received = cases.get(id).and_then(|(_, _, received)| received.as_ref());
            let Some(decision) = received.and_then(|case| case.decision.as_ref()) else { continue };
            let is_his = decision.by.as_ref().is_some_and(|by| by.id == terminal.id);
            if is_his && decision.is_yes == *is_yes {
                wrong.push(format!("{id}: {} said so, and was told that it is answered", terminal.id));
            }
        }
    }
}

/// What one asks another comes in order: at his server, and at his terminal. What a gateway has refused, and a late double of it has
/// brought all the same, has lost its place.
fn ordered(run: &Simulation, cases: &Cases, wrong: &mut Vec<String>) {
    let mut pairs: BTreeMap<(String, String), Vec<(&Case, &Case)>> = BTreeMap::new();
    for (id, (home, asked, received)) in cases {
        let key = format!("acm/case/o/{id}");
        if run.disks[home].content().presumed.contains(key.as_bytes()) {
            continue;
        }
        if let (Some(asked), Some(received)) = (asked, received) {
            let pair = (asked.initiator.id.to_string(), asked.target.as_str().to_owned());
            pairs.entry(pair).or_default().push((asked, received));
        }
    }
    for (pair, mut of) in pairs {
        of.sort_by_key(|(asked, _)| asked.seq);
        let is_sorted = of.is_sorted_by_key(|(_, received)| received.seq);
        if !is_sorted {
            let ids: Vec<_> = of.iter().map(|(case, _)| case.key.request_id().as_str()).collect();
            wrong.push(format!("{pair:?}: {ids:?} were asked in this order and came in another"));
        }
        let (_, last) = of[of.len() - 1];
        let Addressee::User(target) = &last.target else { continue };
        let Some(terminal) = run.net.terminals.values().find(|terminal| terminal.id == *target) else {
            continue;
        };
        of.sort_by_key(|(_, received)| received.seq);
        let order = terminal.memory().order.clone();
        let place =
            |(case, _): &(&Case, &Case)| order.iter().position(|id| *id == case.key.request_id().as_str());
        let places: Vec<_> = of.iter().filter_map(place).collect();
        if !places.is_sorted() {
            wrong.push(format!("{pair:?}: his terminal was sent {order:?}"));
        }
    }
}

/// Every profile that was approved was put in place once, and no other.
fn applied(run: &Simulation, cases: &Cases, wrong: &mut Vec<String>) {
    let applied = run.beside.applied.lock().unwrap();
    for (id, (_, _, received)) in cases {
        let Some(case) = received.as_ref().filter(|case| case.kind == Kind::UserProfileUpdate) else {
            continue;
        };
        let times = applied.iter().filter(|name| *name == id).count();
        let expected = usize::from(case.stage == Stage::Answered);
        if times != expected {
            wrong.push(format!("{id} is {:?} and was applied {times} times", case.stage));
        }
    }
}

/// Each initiator's list says of each request what became of it.
fn listed(run: &Simulation, cases: &Cases, wrong: &mut Vec<String>) {
    for (number, terminal) in run.net.terminals.values().enumerate() {
        let id = request_id(&format!("status-{number}"));
        terminal.memory().questions.insert(id.to_string());
        let request = StatusRequest::new(id, terminal.id.clone());
        let (net, this) = (std::sync::Arc::clone(&run.net), std::sync::Arc::clone(terminal));
        run.net.spawn(async move {
            let _ = this.says(&net, request.split()).await;
        });
    }
    run.net.lab.advance(std::time::Duration::from_secs(20));
    for terminal in run.net.terminals.values() {
        let states = &terminal.memory().states;
        for (id, (_, asked, _)) in cases {
            let Some(asked) = asked.as_ref().filter(|case| case.initiator.id == terminal.id) else {
                continue;
            };
            let expected = match asked.stage {
                Stage::Answered => State::Success,
                Stage::Refused => State::Fail,
                Stage::Expired => State::Expired,
                Stage::Withdrawn => State::Withdrawn,
                _ => State::Unconfirmed,
            };
            let said =
                states.iter().find(|item| item.heading.request_id.as_str() == id).map(|item| item.state);
            if said != Some(expected) {
                wrong.push(format!("{id}: its initiator's list says {said:?} and not {expected:?}"));
            }
        }
    }
}
