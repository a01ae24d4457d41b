//! The sequence chart of what happened: collected from every entity, drawn as text, JSON or Mermaid.

mod json;
mod mermaid;
mod text;

use std::{
    str::FromStr,
    sync::{Mutex, PoisonError},
};

use wire::{Entry, Kind, Recorder};

/// How a ladder is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Format {
    /// Columns and arrows, for a terminal.
    #[default]
    Text,
    /// One JSON object for each entry, one on a line.
    Json,
    /// A Mermaid `sequenceDiagram`.
    Mermaid,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            "mermaid" => Ok(Self::Mermaid),
            other => Err(format!("unknown format {other:?}: text, json or mermaid")),
        }
    }
}

/// Collects entries in the order in which they are reported.
#[derive(Debug, Default)]
pub struct Ladder {
    entries: Mutex<Vec<Entry>>,
}

impl Recorder for Ladder {
    fn record(&self, entry: Entry) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }
}

impl Ladder {
    /// A ladder without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What has been reported so far.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The steps that were seen, in order: entity, clause, number.
    #[must_use]
    pub fn steps(&self) -> Vec<(String, &'static str, u8)> {
        let step = |entry: Entry| match entry.kind {
            Kind::Step { clause, number, .. } => Some((entry.entity.to_string(), clause, number)),
            _ => None,
        };
        self.entries().into_iter().filter_map(step).collect()
    }

    /// Draws the whole ladder.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        render(&self.entries(), format)
    }
}

/// Draws these entries.
#[must_use]
pub fn render(entries: &[Entry], format: Format) -> String {
    match format {
        Format::Text => text::render(entries),
        Format::Json => json::render(entries),
        Format::Mermaid => mermaid::render(entries),
    }
}

/// Everybody who appears, in the order of appearance.
fn participants(entries: &[Entry]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    let mut add = |name| {
        if !names.contains(&name) {
            names.push(name);
        }
    };
    for entry in entries {
        add(&entry.entity);
        match &entry.kind {
            Kind::Sent { to, .. } | Kind::Answered { to, .. } => add(to),
            Kind::Step { .. } | Kind::Decided { .. } => {}
        }
    }
    names
}

#[cfg(test)]
mod tests;
