//! What is different between two profiles, in lines for people.

use std::collections::BTreeMap;

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

/// The lines as who decides is shown them.
pub(crate) fn text(lines: &[String]) -> String {
    match lines {
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
