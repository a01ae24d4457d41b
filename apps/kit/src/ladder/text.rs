//! For a terminal: every line says who, then what; arrows name both ends, steps carry the clause's number.

use std::fmt::Write as _;

use wire::{Entry, Kind};

pub(super) fn render(entries: &[Entry]) -> String {
    let names = super::participants(entries);
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for entry in entries {
        line(&mut out, entry, width);
    }
    out
}

fn line(out: &mut String, entry: &Entry, width: usize) {
    let who = &entry.entity;
    let _ = match &entry.kind {
        Kind::Step { clause, number, text } => writeln!(out, "{who:width$}  [{clause} step {number}] {text}"),
        Kind::Sent { to, what, detail } => {
            let _ = writeln!(out, "{who:width$}  ───▶ {to:width$}  {what}");
            detail.lines().try_for_each(|line| writeln!(out, "{:width$}       │ {line}", ""))
        }
        Kind::Answered { to, what } => writeln!(out, "{who:width$}  ╌╌╌▷ {to:width$}  {what}"),
        Kind::Decided { question, verdict, rule } => {
            writeln!(out, "{who:width$}  ({question}: {verdict}, by rule {rule})")
        }
    };
}
