//! One object on a line, so that `jq` and a console can follow while it grows.

use std::fmt::Write as _;

use wire::{Entry, Kind};

pub(super) fn render(entries: &[Entry]) -> String {
    let mut out = String::new();
    for (number, entry) in entries.iter().enumerate() {
        let _ = write!(out, "{{\"n\":{},", number + 1);
        field(&mut out, "flow", &entry.flow);
        out.push(',');
        field(&mut out, "entity", &entry.entity);
        out.push(',');
        kind(&mut out, &entry.kind);
        out.push_str("}\n");
    }
    out
}

fn kind(out: &mut String, kind: &Kind) {
    let fields: Vec<(&str, &str)> = match kind {
        Kind::Step { clause, number, text } => {
            let _ = write!(out, "\"step\":{number},");
            vec![("kind", "step"), ("clause", clause), ("text", text)]
        }
        Kind::Sent { to, what, detail } => {
            vec![("kind", "sent"), ("to", to), ("what", what), ("detail", detail)]
        }
        Kind::Answered { to, what } => vec![("kind", "answered"), ("to", to), ("what", what)],
        Kind::Decided { question, verdict, rule } => {
            vec![("kind", "decided"), ("question", question), ("verdict", verdict), ("rule", rule)]
        }
    };
    for (place, (name, value)) in fields.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        field(out, name, value);
    }
}

fn field(out: &mut String, name: &str, value: &str) {
    let _ = write!(out, "\"{name}\":\"");
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
