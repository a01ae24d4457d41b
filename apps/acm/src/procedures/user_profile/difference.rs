//! What is different between two profiles: in lines for people, and in full for whoever has to find out what is left of it.

mod change;

use std::collections::{BTreeMap, BTreeSet};

use xml::{Document, Element, Limits};

pub(crate) use change::Change;

/// Octets of all lines: with them a request is still as short as a client reads.
const OCTETS: usize = 64 * 1024;

/// Where not even these fit.
pub(crate) const TOO_LONG: &str =
    "What this changes is longer than can be shown here: the profile is to be compared itself.";

/// Characters of one value.
const VALUE: usize = 160;

/// One line for each value that goes (`-`) and each that comes (`+`), by its place; of long ones the part where they begin to differ.
/// Empty where both say the same, in whatever order of attributes and with whatever white space.
pub(crate) fn of(before: &[u8], after: &[u8]) -> Vec<String> {
    let (before, after) = (values(before), values(after));
    let gone = before.iter().filter(|(place, value)| after.get(*place) != Some(value));
    let come = after.iter().filter(|(place, value)| before.get(*place) != Some(value));
    let lines = gone.map(|(place, value)| (place, line('-', place, value, after.get(place))));
    let mut lines: Vec<_> =
        lines.chain(come.map(|(place, value)| (place, line('+', place, value, before.get(place))))).collect();
    // What goes stands before what comes in its place.
    lines.sort_by(|one, other| one.0.cmp(other.0));
    let all = lines.len();
    let mut octets = 0;
    let fits = |line: &String| {
        octets += line.len() + 1;
        octets <= OCTETS
    };
    let mut lines: Vec<String> = lines.into_iter().map(|(_, line)| line).take_while(fits).collect();
    if lines.len() < all {
        let more = all - lines.len();
        lines.push(format!("and {more} more that are not shown here: the profile is to be compared itself"));
    }
    lines
}

fn line(sign: char, place: &str, value: &str, other: Option<&String>) -> String {
    if value.chars().count() <= VALUE {
        return format!("{sign} {place} = {value}");
    }
    let other = other.map_or("", String::as_str);
    let alike = value.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let from = alike.saturating_sub(VALUE / 4);
    let mut rest = value.chars().skip(from);
    let part: String = rest.by_ref().take(VALUE).collect();
    let (before, after) = (if from > 0 { "… " } else { "" }, if rest.next().is_some() { " …" } else { "" });
    format!("{sign} {place} = {before}{part}{after}")
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
        [] if !is_none => "This changes no value: the order of elements, or text between them.".to_owned(),
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
    for (namespace, name, value) in element.attributes() {
        found.insert(format!("{place}/@{}", called(namespace, name, "")), value.to_owned());
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut is_leaf = true;
    for child in element.children() {
        is_leaf = false;
        let name = called(child.namespace(), child.name(), element.namespace());
        let count = counts.entry(name.clone()).or_default();
        *count += 1;
        walk(child, &format!("{place}/{name}[{count}]"), found);
    }
    if is_leaf {
        found.insert(place.to_owned(), element.text().into_owned());
    }
}

/// A name, with its namespace where that is another than what is around it.
fn called(namespace: &str, name: &str, around: &str) -> String {
    if namespace == around { name.to_owned() } else { format!("{{{namespace}}}{name}") }
}

#[cfg(test)]
mod tests;
