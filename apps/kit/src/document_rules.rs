//! What local policy does to a document before it crosses between MC systems, and why.
//!
//! TS 23.280 10.2.7.1 lets the primary MC system modify a group document before it provides it, and the partner before it
//! stores it. Here that is a list of rules per partner and direction: each names elements or attributes by a path, may ask
//! something of them, and keeps, removes or overrides them. Of the rules that match a node the first decides, so that an
//! allow-list is some `keep` and then a `remove` of all. What no rule matches stays, byte for byte.
//!
//! ```toml
//! [[rule]]
//! name = "only their members"
//! remove = "group/list-service/list/entry"
//! unless = { attribute = "uri", domain = "partner" }
//!
//! [[rule]]
//! name = "cap priority"
//! override = "//mcpttgi:on-network-group-priority"
//! at-most = 5
//! ```
//!
//! A name that no schema of its namespace declares is refused as it is read: what a misspelt rule would keep back would go.
//!
//! Every change is told with its rule and its place, so that a preview can explain the outcome before it is sent.

mod apply;
mod names;
mod pattern;
mod read;

use std::{collections::HashMap, sync::Arc};

pub use apply::{Applied, Change, Effect, Parties, apply};
pub use names::Vocabulary;
pub use pattern::{Pattern, Prefixes, Test};

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// As previews, logs and decisions name it.
    pub name: Arc<str>,
    /// Which nodes it is about.
    pub pattern: Pattern,
    /// What else must be so.
    pub conditions: Vec<Condition>,
    /// What becomes of them.
    pub action: Action,
}

/// What becomes of a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// It stays, whatever later rules say. Its children are looked at on their own.
    Keep,
    /// It goes, with all that is in it.
    Remove,
    /// Its text, or the attribute's value, becomes this.
    Set(String),
    /// Its text, or the attribute's value, becomes what this has for it; it stays where this has nothing.
    Each(Arc<HashMap<String, String>>),
    /// Its whole number is lowered to this where it is greater.
    AtMost(i64),
    /// Its whole number is raised to this where it is less.
    AtLeast(i64),
    /// This element stands in its place. Namespaces are declared within it.
    Replace(String),
    /// This element is added as its last child where it has none of that name.
    Add {
        /// The element, with its namespaces declared within it.
        fragment: String,
        /// Its namespace.
        namespace: String,
        /// Its local name.
        name: String,
    },
}

/// What a rule asks of a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Condition {
    /// The attribute that is looked at; none for the element's text, or for the attribute that the pattern names.
    pub attribute: Option<String>,
    /// What is asked of it.
    pub check: Check,
    /// Whether the answer must be no.
    pub negated: bool,
}

/// What can be asked of a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Check {
    /// It is a SIP URI of one of these domains.
    Domain(Whose),
    /// It is this.
    Equals(String),
    /// It matches this, where `*` stands for any characters.
    Like(String),
}

/// Whose domains.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Whose {
    /// The partner's that the document goes to or comes from.
    Partner,
    /// The own system's.
    Own,
    /// This one.
    Named(String),
}

/// Whether a text matches a pattern in which `*` stands for any characters, none among them.
#[must_use]
pub fn like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests;
