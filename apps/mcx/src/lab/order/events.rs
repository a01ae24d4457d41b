//! What was heard, each answer with what it answers.

use wire::{Entry, Kind};
use xml_schemas::{
    acm::{AuditReceipt, ProcessIndication},
    flow::Flow as _,
};

use super::Heard;

/// An entry, who among those that go on side by side said it, and the message that it goes with where that goes beside the procedure.
pub(super) struct Event {
    pub(super) entry: Entry,
    pub(super) task: usize,
    pub(super) beside: Option<Beside>,
    /// Of an answer: where what it answers stands.
    pub(super) answers: Option<usize>,
}

/// A message that carries the `request-id` of a procedure and takes no step where it leaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// Where a request stands (TS 23.280 10.17.2).
    Indication,
    /// What the partner's audit log holds.
    Receipt,
}

impl Event {
    /// Whether both are of one entity, flow and task.
    fn is_beside(&self, other: &Self) -> bool {
        self.entry.entity == other.entry.entity
            && self.entry.flow == other.entry.flow
            && self.task == other.task
    }
}

/// The events as they were heard.
pub(super) fn of(heard: Vec<Heard>) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::with_capacity(heard.len());
    for Heard { entry, task } in heard {
        let event = Event { beside: beside(&entry), entry, task, answers: None };
        // It was decided that it leaves.
        if let Some(decided) = events.iter_mut().rev().find(|one| one.is_beside(&event))
            && matches!(decided.entry.kind, Kind::Decided { .. })
        {
            decided.beside = event.beside.or(decided.beside);
        }
        events.push(event);
    }
    answered(&mut events);
    events
}

/// Tells each answer what it answers. Who began first to do something about a message has answered the one that came first.
fn answered(events: &mut [Event]) {
    let answers =
        events.iter().enumerate().filter(|(_, event)| matches!(event.entry.kind, Kind::Answered { .. }));
    let mut answers: Vec<(usize, usize)> =
        answers.map(|(place, event)| (since(events, event, place), place)).collect();
    answers.sort_unstable();
    for (since, place) in answers {
        let Some(asked) = asked(events, since, place) else { continue };
        let message = events.get(asked).and_then(|asked| asked.beside);
        let Some((answer, former)) = events.get_mut(since..=place).and_then(<[Event]>::split_last_mut) else {
            continue;
        };
        (answer.answers, answer.beside) = (Some(asked), message);
        // What the one who answers did until his answer was about that message.
        let about = former.iter_mut().filter(|one| one.is_beside(answer) && one.beside.is_none());
        about.for_each(|one| one.beside = message);
    }
}

/// The step that an entry is, if it is one.
pub(super) fn step(entry: &Entry) -> Option<u8> {
    match entry.kind {
        Kind::Step { number, .. } => Some(number),
        _ => None,
    }
}

/// Where the task began with what it ends with this answer: behind the one that it gave before.
fn since(events: &[Event], answer: &Event, place: usize) -> usize {
    let own = events.iter().enumerate().take(place).rev().filter(|(_, one)| one.is_beside(answer));
    let own = own.take_while(|(_, one)| !matches!(one.entry.kind, Kind::Answered { .. }));
    own.last().map_or(place, |(place, _)| place)
}

/// Which of them an answer answers: the first to him that has none, in the same flow where there is one. Who is asked outside of any
/// answers in a flow of his own.
fn asked(events: &[Event], since: usize, place: usize) -> Option<usize> {
    let answer = &events.get(place)?.entry;
    let Kind::Answered { to: asker, .. } = &answer.kind else { return None };
    let is_answered = |place: usize| events.iter().any(|event| event.answers == Some(place));
    let is_open = |(place, sent): &(usize, &Event)| {
        let is_for_us = matches!(&sent.entry.kind, Kind::Sent { to, .. } if *to == answer.entity);
        is_for_us && sent.entry.entity == *asker && !is_answered(*place)
    };
    let open: Vec<_> = events.iter().take(since).enumerate().filter(is_open).collect();
    let same = open.iter().find(|(_, sent)| sent.entry.flow == answer.flow);
    same.or_else(|| open.first()).map(|(place, _)| *place)
}

fn beside(entry: &Entry) -> Option<Beside> {
    let Kind::Sent { what, .. } = &entry.kind else { return None };
    match what.strip_prefix("MESSAGE ")? {
        ProcessIndication::NAME => Some(Beside::Indication),
        AuditReceipt::NAME => Some(Beside::Receipt),
        _ => None,
    }
}
