//! What goes on one after the other: a flow, a message beside it, and two who tell each other outside of any.

use std::{collections::HashSet, sync::Arc};

use wire::{Entry, Kind};

use super::events::{Beside, Event, step};

/// Where what belongs to no step stands: behind all steps.
pub(super) const LAST: u8 = u8::MAX;

/// The entries of a flow, of a message beside it, or of two who tell each other outside of any; an answer goes with what it answers.
pub(super) struct Thread {
    pub(super) name: String,
    /// Where its events stand among all.
    pub(super) events: Vec<usize>,
    /// The highest step that had been taken when it began.
    begun: u8,
}

impl Thread {
    pub(super) fn has_flow(&self, events: &[Event]) -> bool {
        self.own(events).any(|event| !event.entry.flow.is_empty())
    }

    /// The step at which it begins.
    pub(super) fn place(&self, events: &[Event]) -> u8 {
        if self.own(events).any(|event| event.beside == Some(Beside::Receipt)) {
            return LAST;
        }
        self.own(events).find_map(|event| step(&event.entry)).unwrap_or(self.begun)
    }

    /// The last message of it that has come to whom this is of.
    pub(super) fn come_to(&self, events: &[Event], place: usize) -> Option<usize> {
        let whose = &events.get(place)?.entry.entity;
        let has_come = |one: &&usize| {
            let sent = events.get(**one).map(|event| &event.entry.kind);
            matches!(sent, Some(Kind::Sent { to, .. }) if to == whose)
        };
        self.events.iter().rev().filter(|one| **one < place).find(has_come).copied()
    }

    /// Each message that came to whoever passed it on, and where he did: the first that came is the first that goes on.
    pub(super) fn passed_on(&self, events: &[Event]) -> Vec<(usize, usize)> {
        let sent = |place: &usize| match &events.get(*place)?.entry {
            Entry { entity, kind: Kind::Sent { to, what, .. }, .. } => Some((entity, to, what)),
            _ => None,
        };
        let all: Vec<_> = self.events.iter().filter_map(|place| Some((*place, sent(place)?))).collect();
        let mut has_gone_on = HashSet::new();
        let pairs = all.iter().filter_map(|(passed_on, (entity, _, what))| {
            let is_it = |(came, (_, to, same)): &&(usize, _)| {
                came < passed_on && to == entity && same == what && !has_gone_on.contains(came)
            };
            let (came, _) = all.iter().find(is_it)?;
            has_gone_on.insert(*came);
            Some((*came, *passed_on))
        });
        pairs.collect()
    }

    fn own<'e>(&'e self, events: &'e [Event]) -> impl Iterator<Item = &'e Event> {
        self.events.iter().filter_map(|place| events.get(*place))
    }
}

pub(super) fn of(events: &[Event]) -> Vec<Thread> {
    let mut threads: Vec<Thread> = Vec::new();
    let (mut highest, mut receipts) = (0, Receipts::default());
    for (place, event) in events.iter().enumerate().filter(|(_, event)| event.answers.is_none()) {
        let name = name(event, &mut receipts);
        match threads.iter_mut().find(|thread| thread.name == name) {
            Some(thread) => thread.events.push(place),
            None => threads.push(Thread { name, events: vec![place], begun: highest }),
        }
        highest = highest.max(step(&event.entry).unwrap_or_default());
    }
    threads
}

/// Receipts that are under way: who gives each, where it came from last, and where it is.
#[derive(Default)]
struct Receipts(Vec<[Arc<str>; 3]>);

impl Receipts {
    /// Who gives the receipt that this is a part of. Both systems give one of each flow, and they may meet.
    fn giver(&mut self, entry: &Entry) -> Arc<str> {
        let Kind::Sent { to, .. } = &entry.kind else { return Arc::clone(&entry.entity) };
        let goes_on = |[_, from, at]: &&mut [Arc<str>; 3]| *at == entry.entity && from != to;
        match self.0.iter_mut().find(goes_on) {
            Some([giver, from, at]) => {
                *from = std::mem::replace(at, Arc::clone(to));
                Arc::clone(giver)
            }
            None => {
                let giver = &entry.entity;
                self.0.push([Arc::clone(giver), Arc::clone(giver), Arc::clone(to)]);
                Arc::clone(giver)
            }
        }
    }
}

fn name(event: &Event, receipts: &mut Receipts) -> String {
    let entry = &event.entry;
    match (&entry.kind, event.beside) {
        (Kind::Sent { to, .. } | Kind::Answered { to, .. }, _) if entry.flow.is_empty() => {
            let mut both = [&*entry.entity, &**to];
            both.sort_unstable();
            both.join(" ")
        }
        (_, Some(Beside::Indication)) => format!("{} indication", entry.flow),
        (_, Some(Beside::Receipt)) => format!("{} receipt of {}", entry.flow, receipts.giver(entry)),
        (_, None) => entry.flow.clone(),
    }
}
