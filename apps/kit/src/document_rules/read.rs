//! Rules as they stand in a configuration file.

use std::sync::Arc;

use xml::{Document, Limits};

use super::{Action, Check, Condition, Pattern, Rule, Vocabulary, Whose};
use crate::config::Table;

impl Rule {
    /// Reads one `[[rule]]`. Exactly one of `keep`, `remove`, `override`, `replace` and `add` says which nodes, and with it what
    /// becomes of them. Every mistake is reported at its place.
    pub fn read(table: &Table<'_>, names: &Vocabulary<'_>) -> Option<Self> {
        let name: Option<String> = table.required("name");
        let conditions = conditions(table, names);
        let (pattern, action) = action(table, names)?;
        Some(Self { name: Arc::from(name?), pattern, conditions: conditions?, action })
    }
}

const ACTIONS: [&str; 5] = ["keep", "remove", "override", "replace", "add"];

fn action(table: &Table<'_>, names: &Vocabulary<'_>) -> Option<(Pattern, Action)> {
    let mut said = ACTIONS.into_iter().filter(|key| table.has(key));
    let (first, second) = (said.next(), said.next());
    // Each is asked for, so that none of them is an unknown key beside the mistake that is reported.
    let values: Vec<Option<String>> = ACTIONS.into_iter().map(|key| table.optional(key)).collect();
    let Some(key) = first.filter(|_| second.is_none()) else {
        table.error(format!("a rule says exactly one of {}", ACTIONS.join(", ")));
        return None;
    };
    let text = values.into_iter().flatten().next()?;
    let pattern = match Pattern::parse(&text, names.prefixes) {
        Ok(pattern) => pattern,
        Err(why) => {
            table.error_at_value(key, format!("\"{key}\" is no path: {why}"));
            return None;
        }
    };
    if let Err(why) = names.path(&pattern) {
        table.error_at_value(key, format!("\"{key}\" {why}"));
    }
    let action = match key {
        "keep" => Action::Keep,
        "remove" => Action::Remove,
        "override" => overriding(table)?,
        other => with_fragment(table, other, &pattern)?,
    };
    Some((pattern, action))
}

fn overriding(table: &Table<'_>) -> Option<Action> {
    let set: Option<String> = table.optional("with");
    let (most, least): (Option<i64>, Option<i64>) = (table.optional("at-most"), table.optional("at-least"));
    match (set, most, least) {
        (Some(set), None, None) => Some(Action::Set(set)),
        (None, Some(most), None) => Some(Action::AtMost(most)),
        (None, None, Some(least)) => Some(Action::AtLeast(least)),
        _ => {
            table.error("an override says exactly one of with, at-most, at-least");
            None
        }
    }
}

fn with_fragment(table: &Table<'_>, key: &'static str, pattern: &Pattern) -> Option<Action> {
    let fragment: String = table.required("xml")?;
    if pattern.attribute().is_some() {
        table.error_at_value(key, format!("\"{key}\" is about elements; an attribute is overridden"));
        return None;
    }
    let parsed = match Document::parse(fragment.as_bytes(), &Limits::default()) {
        Ok(parsed) => parsed,
        Err(fault) => {
            table.error_at_value("xml", format!("\"xml\" is not one whole element: {fault}"));
            return None;
        }
    };
    let (namespace, name) = (parsed.root().namespace().to_owned(), parsed.root().name().to_owned());
    Some(match key {
        "replace" => Action::Replace(fragment),
        _ => Action::Add { fragment, namespace, name },
    })
}

fn conditions(table: &Table<'_>, names: &Vocabulary<'_>) -> Option<Vec<Condition>> {
    let when = table.table("when", |each| condition(each, false, names));
    let unless = table.table("unless", |each| condition(each, true, names));
    let all = [(table.has("when"), when), (table.has("unless"), unless)];
    all.into_iter().filter(|(said, _)| *said).map(|(_, condition)| condition).collect()
}

fn condition(table: &Table<'_>, negated: bool, names: &Vocabulary<'_>) -> Option<Condition> {
    let attribute: Option<String> = table.optional("attribute");
    if let Some(Err(why)) = attribute.as_deref().map(|name| names.attribute(name)) {
        table.error_at_value("attribute", format!("\"attribute\" {why}"));
    }
    let domain: Option<String> = table.optional("domain");
    let (equals, like): (Option<String>, Option<String>) = (table.optional("equals"), table.optional("like"));
    let check = match (domain, equals, like) {
        (Some(domain), None, None) => Check::Domain(match domain.as_str() {
            "partner" => Whose::Partner,
            "own" => Whose::Own,
            _ => {
                if let Err(why) = names.domain(&domain) {
                    table.error_at_value("domain", format!("\"domain\" {why}"));
                }
                Whose::Named(domain)
            }
        }),
        (None, Some(equals), None) => Check::Equals(equals),
        (None, None, Some(like)) => Check::Like(like),
        _ => {
            table.error("a condition says exactly one of domain, equals, like");
            return None;
        }
    };
    Some(Condition { attribute, check, negated })
}

#[cfg(test)]
mod tests;
