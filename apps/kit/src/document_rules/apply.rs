//! Rules at work on one document. Documents are a partner's: what is done to them costs no more than their length, and neither does
//! what is told of it.

mod way;

use std::{borrow::Cow, ops::Range, sync::Arc};

use bytes::Bytes;
use xml::{Document, Element, Limits, Malformed};

use super::{Action, Check, Condition, Rule, Whose, like};
use crate::partner::domain_of;
use way::{Positions, Way, children};

/// Octets that the places of changes have in any case. Beyond these, and as many as the document has, each is told by its last step alone.
const PLACES: usize = 64 << 10;

/// Between whom the document passes.
#[derive(Clone, Copy, Debug)]
pub struct Parties<'a> {
    /// The domains of the own MC system.
    pub own: &'a [String],
    /// The domains of the partner.
    pub partner: &'a [Box<str>],
}

/// The outcome.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applied {
    /// The document as it is to be sent or stored.
    pub document: Bytes,
    /// What was decided, in document order: the explanation.
    pub changes: Vec<Change>,
}

/// What one rule decided about one node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The rule.
    pub rule: Arc<str>,
    /// Where: local names with their positions, `group/list-service/list/entry[2]/@uri`; of what is many changes far down in a document
    /// the last alone, `…/entry[2]/@uri`.
    pub place: String,
    /// What.
    pub effect: Effect,
}

/// What a rule does to a node. Values are the document's own: for whoever may read the document, never for a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Kept on purpose.
    Kept,
    /// Removed.
    Removed,
    /// Another value.
    Changed {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// Another element in its place.
    Replaced,
    /// An element was added to it.
    Added,
}

/// Applies rules to a document.
///
/// # Errors
/// [`Malformed`] where the document cannot be read, or cannot any more once the rules are through with it.
pub fn apply(
    document: &[u8],
    rules: &[Rule],
    parties: Parties<'_>,
    limits: &Limits,
) -> Result<Applied, Malformed> {
    let parsed = Document::parse(document, limits)?;
    let text = parsed.text();
    let places = PLACES.saturating_add(text.len());
    let mut work = Work { rules, parties, text, cuts: Vec::new(), changes: Vec::new(), places };
    work.element(&mut Way::of(parsed.root()));
    let Work { cuts, changes, text, .. } = work;
    let document = Bytes::from(spliced(text, cuts));
    if !changes.is_empty() {
        Document::parse(&document, limits)?;
    }
    Ok(Applied { document, changes })
}

struct Work<'w, 'd> {
    rules: &'w [Rule],
    parties: Parties<'w>,
    text: &'d str,
    /// What is taken out, and what stands there instead; in order, and never one within another.
    cuts: Vec<(Range<usize>, Cow<'w, str>)>,
    changes: Vec<Change>,
    /// Octets that places may still have.
    places: usize,
}

impl<'w> Work<'w, '_> {
    fn element(&mut self, way: &mut Way<'_>) {
        let Some(element) = way.last() else { return };
        if self.decided(way, element) {
            return;
        }
        self.attributes(way, element);
        let mut positions = Positions::of(element);
        for child in children(element) {
            way.push(child, positions.next(child));
            self.element(way);
            way.pop();
        }
        self.add(way, element);
    }

    /// Whether the element's fate leaves nothing to be said about what is in it.
    fn decided(&mut self, way: &Way<'_>, element: Element<'_>) -> bool {
        let adds = |rule: &&Rule| matches!(rule.action, Action::Add { .. });
        let value = || element.text();
        let rule =
            self.rules.iter().filter(|rule| !adds(rule) && rule.pattern.attribute().is_none()).find(|rule| {
                rule.pattern.matches(way.elements()) && self.agrees(&rule.conditions, element, &value())
            });
        let Some(rule) = rule else { return false };
        match &rule.action {
            Action::Keep => {
                self.tell(rule, (way, None), Effect::Kept);
                false
            }
            // The outermost element is the document, and no policy removes that.
            Action::Remove if way.elements().len() > 1 => {
                let range = with_space_before(self.text, element.range());
                self.cuts.push((range, Cow::Borrowed("")));
                self.tell(rule, (way, None), Effect::Removed);
                true
            }
            Action::Remove | Action::Add { .. } => false,
            Action::Replace(fragment) => {
                self.cuts.push((element.range(), Cow::Borrowed(fragment)));
                self.tell(rule, (way, None), Effect::Replaced);
                true
            }
            Action::Set(_) | Action::Each(_) | Action::AtMost(_) | Action::AtLeast(_) => {
                self.overridden(rule, way, element)
            }
        }
    }

    fn overridden(&mut self, rule: &'w Rule, way: &Way<'_>, element: Element<'_>) -> bool {
        let from = element.text().into_owned();
        let Some(to) = overriding(&rule.action, &from) else { return false };
        match element.content_range() {
            Some(range) => self.cuts.push((range, Cow::Owned(escaped(&to)))),
            None => {
                // `<a/>`: the slash makes way for an end tag.
                let whole = element.range();
                let tag = self.text.get(whole.clone()).unwrap_or_default();
                let name: String = tag
                    .chars()
                    .skip(1)
                    .take_while(|c| !c.is_whitespace() && *c != '/' && *c != '>')
                    .collect();
                let range = whole.end.saturating_sub(2)..whole.end;
                self.cuts.push((range, Cow::Owned(format!(">{}</{name}>", escaped(&to)))));
            }
        }
        self.tell(rule, (way, None), Effect::Changed { from, to });
        true
    }

    fn attributes(&mut self, way: &Way<'_>, element: Element<'_>) {
        let mut cuts = Vec::new();
        for (namespace, name, value) in element.attributes() {
            let rule = self.rules.iter().find(|rule| {
                rule.pattern.attribute() == Some(name)
                    && rule.pattern.matches(way.elements())
                    && self.agrees(&rule.conditions, element, value)
            });
            let Some((rule, (whole, inner))) = rule.zip(element.attribute_ranges(namespace, name)) else {
                continue;
            };
            let place = (way, Some(name));
            match &rule.action {
                Action::Keep => self.tell(rule, place, Effect::Kept),
                Action::Remove => {
                    cuts.push((with_space_before(self.text, whole), Cow::Borrowed("")));
                    self.tell(rule, place, Effect::Removed);
                }
                action => {
                    let Some(to) = overriding(action, value) else { continue };
                    cuts.push((inner, Cow::Owned(escaped(&to))));
                    self.tell(rule, place, Effect::Changed { from: value.to_owned(), to });
                }
            }
        }
        cuts.sort_by_key(|(range, _)| range.start);
        self.cuts.extend(cuts);
    }

    /// All additions that match, each once, behind what the element holds.
    fn add(&mut self, way: &Way<'_>, element: Element<'_>) {
        let Some(content) = element.content_range() else { return };
        for rule in self.rules {
            let Action::Add { fragment, namespace, name } = &rule.action else { continue };
            let wanted = rule.pattern.matches(way.elements())
                && self.agrees(&rule.conditions, element, &element.text());
            if wanted && element.child(namespace, name).is_none() {
                self.cuts.push((content.end..content.end, Cow::Borrowed(fragment)));
                self.tell(rule, (way, None), Effect::Added);
            }
        }
    }

    fn agrees(&self, conditions: &[Condition], element: Element<'_>, own: &str) -> bool {
        conditions.iter().all(|condition| {
            let value = match &condition.attribute {
                Some(name) => element.attribute(name),
                None => Some(own),
            };
            value.is_some_and(|value| self.holds(&condition.check, value)) != condition.negated
        })
    }

    fn holds(&self, check: &Check, value: &str) -> bool {
        match check {
            Check::Equals(wanted) => value == wanted,
            Check::Like(pattern) => like(pattern, value),
            Check::Domain(whose) => domain_of(value).is_some_and(|domain| match whose {
                Whose::Partner => self.parties.partner.iter().any(|each| each.eq_ignore_ascii_case(&domain)),
                Whose::Own => self.parties.own.iter().any(|each| each.eq_ignore_ascii_case(&domain)),
                Whose::Named(name) => name.eq_ignore_ascii_case(&domain),
            }),
        }
    }

    fn tell(&mut self, rule: &Rule, (way, attribute): (&Way<'_>, Option<&str>), effect: Effect) {
        let is_whole = way.octets() <= self.places;
        let mut place = if is_whole { way.place() } else { way.last_step() };
        if let Some(name) = attribute {
            place.push_str("/@");
            place.push_str(name);
        }
        self.places = self.places.saturating_sub(place.len());
        self.changes.push(Change { rule: Arc::clone(&rule.name), place, effect });
    }
}

/// The value that an override gives; none where it leaves it as it is, or where it is no number and one is wanted.
fn overriding(action: &Action, from: &str) -> Option<String> {
    let number = || from.trim().parse::<i64>().ok();
    let to = match action {
        Action::Set(to) => to.clone(),
        Action::Each(table) => table.get(from)?.clone(),
        Action::AtMost(bound) => number()?.min(*bound).to_string(),
        Action::AtLeast(bound) => number()?.max(*bound).to_string(),
        _ => return None,
    };
    (to != from.trim()).then_some(to)
}

fn with_space_before(text: &str, range: Range<usize>) -> Range<usize> {
    let before = text.get(..range.start).unwrap_or_default();
    before.trim_end_matches([' ', '\t', '\r', '\n']).len()..range.end
}

fn escaped(value: &str) -> String {
    value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&apos;")
}

fn spliced(text: &str, cuts: Vec<(Range<usize>, Cow<'_, str>)>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, instead) in cuts {
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str(&instead);
        at = range.end.max(at);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests;
