//! The entries of a seeded run, in an order that is the same in each.
//!
//! Which of two that go on side by side is heard first is chance, and nothing that a run could repeat. They are drawn one after the other,
//! by the steps that they belong to. What one did in a row stays as it happened, whatever its steps are, and so does an answer behind
//! what led to it: nothing is sorted that depends on each other.

mod events;
mod threads;

use wire::Entry;

use super::watch::Heard;
use events::{Event, step};
use threads::{LAST, Thread};

/// What happened from rest to rest, one phase after the other.
pub(super) fn drawn(phases: Vec<Vec<Heard>>) -> Vec<Entry> {
    let is_whole = phases.len() == 1;
    phases.into_iter().flat_map(|phase| settled(phase, is_whole)).collect()
}

fn settled(heard: Vec<Heard>, is_whole: bool) -> Vec<Entry> {
    let events = events::of(heard);
    let threads = threads::of(&events);
    let rows = rows(&events, &threads);
    let (before, ranks) = (before(&events, (&threads, &rows)), ranks(&events, (&threads, &rows), is_whole));
    let order = in_order(&events, &before, &ranks);
    let mut entries: Vec<Option<Entry>> = events.into_iter().map(|event| Some(event.entry)).collect();
    order.into_iter().filter_map(|place| entries.get_mut(place)?.take()).collect()
}

/// Where an event stands among those that do not depend on each other: the step first.
type Rank = (u8, String, usize, usize);

/// What has come to the lower step of the clause stands first, and of two at one step the one that began first; of what has no flow, by
/// the names of the two. In a phase of several somebody comes or goes, and what has no flow follows from that: it stands first.
fn ranks(events: &[Event], (threads, rows): (&[Thread], &[Vec<usize>]), is_whole: bool) -> Vec<Rank> {
    let mut ranks = vec![Rank::default(); events.len()];
    for (number, thread) in threads.iter().enumerate() {
        let has_flow = thread.has_flow(events);
        let begun = if has_flow || is_whole { thread.place(events) } else { 0 };
        let name = if has_flow && begun < LAST { "" } else { &thread.name };
        for &place in &thread.events {
            let Some(event) = events.get(place) else { continue };
            // Who says that a step is done may be heard after who goes on from it: what somebody does belongs to the step that he
            // has taken, or that has come to him.
            let row = rows.iter().find(|row| row.contains(&place)).map_or(&[][..], Vec::as_slice);
            let former = row.iter().rev().find(|one| **one < place && thread.events.contains(one)).copied();
            let former = former.or_else(|| thread.come_to(events, place));
            let reached = former.and_then(|former| ranks.get(former)).map_or(begun, |(reached, ..)| *reached);
            let own = step(&event.entry).unwrap_or(reached);
            ranks.get_mut(place).into_iter().for_each(|rank| *rank = (own, name.to_owned(), number, place));
        }
    }
    ranks
}

/// What stands before each, in every order that is true: what its entity did before in the same row, what it answers, what it waited
/// for, and what it passes on.
fn before(events: &[Event], (threads, rows): (&[Thread], &[Vec<usize>])) -> Vec<Vec<usize>> {
    let mut before = vec![Vec::new(); events.len()];
    let mut after = |one: usize, other: usize| {
        if let Some(places) = before.get_mut(other).filter(|_| one < other) {
            places.push(one);
        }
    };
    for row in rows {
        row.iter().zip(row.iter().skip(1)).for_each(|(one, other)| after(*one, *other));
    }
    let row_of = |place: usize| rows.iter().find(|row| row.contains(&place));
    // Nothing is handled before it has been sent.
    let handled =
        |one: usize, sent: usize| row_of(one).and_then(|row| row.iter().find(|place| **place > sent));
    for (answer, event) in events.iter().enumerate() {
        let Some(asked) = event.answers else { continue };
        after(asked, answer);
        handled(answer, asked).into_iter().for_each(|first| after(asked, *first));
        let next = row_of(asked).and_then(|row| row.iter().find(|place| **place > asked));
        next.into_iter().for_each(|next| after(answer, *next));
    }
    for (came, passed_on) in threads.iter().flat_map(|thread| thread.passed_on(events)) {
        handled(passed_on, came).into_iter().for_each(|first| after(came, *first));
    }
    before
}

/// What one entity did in one task for one thread, as it happened.
fn rows(events: &[Event], threads: &[Thread]) -> Vec<Vec<usize>> {
    let mut rows: Vec<(_, Vec<usize>)> = Vec::new();
    for (place, event) in events.iter().enumerate() {
        let thread = |place: usize| threads.iter().position(|thread| thread.events.contains(&place));
        let key = (&event.entry.entity, event.task, thread(event.answers.unwrap_or(place)));
        match rows.iter_mut().find(|(known, _)| *known == key) {
            Some((_, row)) => row.push(place),
            None => rows.push((key, vec![place])),
        }
    }
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Of all that may come next the one of the lowest rank; an answer as soon as it may.
fn in_order(events: &[Event], before: &[Vec<usize>], ranks: &[Rank]) -> Vec<usize> {
    let mut left: Vec<usize> = (0..events.len()).collect();
    left.sort_by_key(|place| ranks.get(*place));
    let mut order: Vec<usize> = Vec::with_capacity(events.len());
    let mut is_drawn = vec![false; events.len()];
    loop {
        let drawn = |place: &usize| is_drawn.get(*place).is_some_and(|it| *it);
        let may = |place: &usize| before.get(*place).is_some_and(|before| before.iter().all(drawn));
        let answers = |place: &usize| events.get(*place).is_some_and(|event| event.answers.is_some());
        let next = left.iter().position(|place| answers(place) && may(place));
        let Some(next) = next.or_else(|| left.iter().position(may)) else { return order };
        let place = left.remove(next);
        order.push(place);
        is_drawn.get_mut(place).into_iter().for_each(|it| *it = true);
    }
}

#[cfg(test)]
mod tests;
