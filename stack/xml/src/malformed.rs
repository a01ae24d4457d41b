//! What is wrong with a document, and where.

use std::{borrow::Cow, fmt};

use quick_xml::{Reader, events::Event};

/// Paths stand in SIP header fields, so they are kept short.
const PATH_LIMIT: usize = 256;

/// The rules that a document breaks by its size alone.
pub(crate) const TOO_LARGE: &str = "the document is too large";
pub(crate) const TOO_MANY_NODES: &str = "the document has too many nodes";

/// A place in a document.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Place {
    /// Counts from 1.
    pub line: u32,
    /// In characters; counts from 1.
    pub column: u32,
    /// Local names from the root down (`/mcpttinfo/mcptt-Params/mcptt-request-uri`); empty outside the root element.
    pub path: String,
}

impl Place {
    /// The place of an octet offset, found by reading the document again up to there: errors are rare, offsets are cheap.
    pub(crate) fn of_offset(text: &str, offset: usize) -> Self {
        let (line, column) = line_and_column(text, offset);
        Self { line, column, path: path_at(text, offset) }
    }
}

/// A document, or a part of it, that is not what it must be.
///
/// Says where and which rule; never what the document held there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Malformed {
    /// Where.
    pub place: Place,
    /// Which rule is broken, as a phrase (`a required element is missing: request-id`).
    pub rule: Cow<'static, str>,
}

impl Malformed {
    /// A fault at a place.
    #[must_use]
    pub fn new(place: Place, rule: impl Into<Cow<'static, str>>) -> Self {
        Self { place, rule: rule.into() }
    }

    /// Whether nothing is wrong with the document but its size, which is over [`crate::Limits`].
    #[must_use]
    pub fn is_over_limit(&self) -> bool {
        [TOO_LARGE, TOO_MANY_NODES].contains(&&*self.rule)
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { line, column, path } = &self.place;
        write!(f, "{}:{} {}{}{}", line, column, path, if path.is_empty() { "" } else { ": " }, self.rule)
    }
}

impl std::error::Error for Malformed {}

/// Appends `/name`, or an ellipsis once the path has grown too long to be put into a header field.
pub(crate) fn push_step(path: &mut String, name: &str) {
    if path.len() + name.len() < PATH_LIMIT {
        path.push('/');
        path.push_str(name);
    } else if !path.ends_with('…') {
        path.push_str("/…");
    }
}

fn line_and_column(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

fn path_at(text: &str, offset: usize) -> String {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<String> = Vec::new();
    while let Ok(event) = reader.read_event() {
        let passed = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match event {
            Event::Start(tag) => open.push(tag.local_name().as_ref().to_owned()),
            Event::Empty(tag) if passed > offset => open.push(tag.local_name().as_ref().to_owned()),
            Event::End(_) if passed <= offset => drop(open.pop()),
            Event::Eof => break,
            _ => {}
        }
        if passed > offset {
            break;
        }
    }
    let mut path = String::new();
    open.iter().for_each(|name| push_step(&mut path, name));
    path
}
