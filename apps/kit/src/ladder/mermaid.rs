//! A Mermaid `sequenceDiagram`, as it stands in a Markdown document.

use std::fmt::Write as _;

use wire::{Entry, Kind};

pub(super) fn render(entries: &[Entry]) -> String {
    let names = super::participants(entries);
    let id = |name: &str| {
        names.iter().position(|other| *other == name).map_or_else(String::new, |n| format!("p{n}"))
    };
    let mut out = String::from("sequenceDiagram\n");
    for name in &names {
        let _ = writeln!(out, "    participant {} as {}", id(name), plain(name));
    }
    for entry in entries {
        let from = id(&entry.entity);
        let _ = match &entry.kind {
            Kind::Step { clause, number, text } => {
                writeln!(out, "    Note over {from}: {clause} step {number}<br/>{}", plain(text))
            }
            Kind::Sent { to, what, detail } if detail.is_empty() => {
                writeln!(out, "    {from}->>{}: {}", id(to), plain(what))
            }
            Kind::Sent { to, what, detail } => {
                writeln!(out, "    {from}->>{}: {}<br/>{}", id(to), plain(what), plain(detail))
            }
            Kind::Answered { to, what } => writeln!(out, "    {from}-->>{}: {}", id(to), plain(what)),
            Kind::Decided { question, verdict, rule } => {
                writeln!(out, "    Note over {from}: {question}: {} ({})", plain(verdict), plain(rule))
            }
        };
    }
    out
}

/// Mermaid takes `;` and `#` for its own, and a line break for the end.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\r' => ' ',
            ';' => ',',
            '#' => ' ',
            c => c,
        })
        .collect()
}
