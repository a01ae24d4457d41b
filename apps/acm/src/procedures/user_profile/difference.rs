//! What is different between two profiles, in lines for people.

use std::collections::{BTreeMap, BTreeSet};

use xml::{Document, Element, Limits};

/// No more lines are shown.
const LINES: usize = 200;

/// Characters of one line.
const LINE: usize = 200;

/// One line for each value that goes (`-`) and each that comes (`+`), by its place. Empty where both say the same, in whatever order
/// of attributes and with whatever white space.
pub(crate) fn of(before: &[u8], after: &[u8]) -> Vec<String> {
    let (before, after) = (values(before), values(after));
    let gone = before.iter().filter(|(place, value)| after.get(*place) != Some(value));
    let come = after.iter().filter(|(place, value)| before.get(*place) != Some(value));
    let lines = gone.map(|(place, value)| (place, format!("- {place} = {value}")));
    let mut lines: Vec<_> =
        lines.chain(come.map(|(place, value)| (place, format!("+ {place} = {value}")))).collect();
    // What goes stands before what comes in its place.
    lines.sort_by(|one, other| one.0.cmp(other.0));
    let more = lines.len().saturating_sub(LINES);
    let mut lines: Vec<String> = lines.into_iter().take(LINES).map(|(_, line)| short(line)).collect();
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

fn short(line: String) -> String {
    match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{} …", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// Whether both are the same document: elements in the same order, with the same names, attributes and texts. What cannot be read is
/// nothing's equal.
pub(crate) fn is_none(before: &[u8], after: &[u8]) -> bool {
    let limits = Limits::default();
    match (Document::parse(before, &limits), Document::parse(after, &limits)) {
        (Ok(before), Ok(after)) => are_same(before.root(), after.root()),
        _ => false,
    }
}

fn are_same(one: Element<'_>, other: Element<'_>) -> bool {
    let attributes = |element: Element<'_>| element.attributes().map(owned).collect::<BTreeSet<_>>();
    let (mut ones, mut others) = (one.children(), other.children());
    let are_alike = one.is(other.namespace(), other.name())
        && attributes(one) == attributes(other)
        && one.text() == other.text();
    are_alike
        && loop {
            match (ones.next(), others.next()) {
                (Some(one), Some(other)) if are_same(one, other) => {}
                (None, None) => break true,
                _ => break false,
            }
        }
}

fn owned((namespace, name, value): (&str, &str, &str)) -> [String; 3] {
    [namespace, name, value].map(ToOwned::to_owned)
}

/// The lines as who decides is shown them.
pub(crate) fn text(lines: &[String], is_none: bool) -> String {
    match lines {
        [] if !is_none => "This changes the order of elements or their namespaces, and no value.".to_owned(),
        [] => "This changes nothing.".to_owned(),
        lines => format!("This changes:\n{}", lines.join("\n")),
    }
}

/// Every attribute, and the text of every element without child elements, by its place.
fn values(text: &[u8]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    if let Ok(document) = Document::parse(text, &Limits::default()) {
        walk(document.root(), &format!("/{}", document.root().name()), &mut found);
    }
    found
}

fn walk(element: Element<'_>, place: &str, found: &mut BTreeMap<String, String>) {
    for (_, name, value) in element.attributes() {
        found.insert(format!("{place}/@{name}"), value.to_owned());
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut is_leaf = true;
    for child in element.children() {
        is_leaf = false;
        let count = counts.entry(child.name()).or_default();
        *count += 1;
        walk(child, &format!("{place}/{}[{count}]", child.name()), found);
    }
    if is_leaf {
        found.insert(place.to_owned(), element.text().into_owned());
    }
}

#[cfg(test)]
mod tests;
