//! Edits that keep every octet that they do not replace (RFC 4825 clauses 8.2.3, 8.2.4 and 8.4).
//!
//! An edit splices; whether the result is a document is for [`Document::parse`](crate::Document::parse) to say, and
//! whether it holds what was put, for [`Spliced::keeps`], once it has an index of its own.

mod attribute;
mod fragment;
mod insert;

use std::ops::Range;

pub use fragment::Fragment;

use crate::{
    Index,
    index::Hit,
    path::{Path, Terminal},
};

/// What an edit makes of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spliced {
    /// The whole text.
    pub text: String,
    /// Where in it what was put stands; empty where something was deleted.
    pub put: Range<usize>,
    /// Whether there was nothing before at the place that the selector names.
    pub created: bool,
}

/// Why nothing can be spliced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// The element in which it would stand is not there; so many steps of the selector find one.
    NoParent {
        /// Steps that find an element.
        found: usize,
    },
    /// There is no place at which the selector would find it.
    CannotInsert,
    /// What the selector names is not there.
    NotFound,
    /// Namespaces in scope are read only (RFC 4825 clause 6.3).
    Namespaces,
}

impl Spliced {
    /// Whether the selector finds in the result exactly what was put; `index` is that of the result.
    #[must_use]
    pub fn keeps(&self, index: &Index, path: &Path) -> bool {
        match index.select(&self.text, path) {
            Some(Hit::Element(id)) => index.span(id).element == self.put,
            Some(Hit::Attribute(_, range)) => range == self.put,
            _ => false,
        }
    }

    /// Whether the selector still finds something in a result from which it was deleted.
    #[must_use]
    pub fn still_finds(&self, index: &Index, path: &Path) -> bool {
        index.select(&self.text, path).is_some()
    }
}

/// Puts an element in the place that the selector names: instead of the one that it finds, or as a new one, beside
/// those of its name, or at its position (RFC 4825 clause 8.2.3).
///
/// # Errors
/// [`Refused`]; the text stays as it is.
pub fn put_element(
    text: &str,
    index: &Index,
    path: &Path,
    fragment: &Fragment<'_>,
) -> Result<Spliced, Refused> {
    if path.terminal.is_some() {
        return Err(Refused::CannotInsert);
    }
    match index.select(text, path) {
        Some(Hit::Element(id)) => Ok(splice(text, index.span(id).element, fragment.text(), false)),
        _ => insert::element(text, index, path, fragment),
    }
}

/// Gives the attribute that the selector names a value, which is written as [`attribute_value`] has checked it.
///
/// # Errors
/// [`Refused`]; the text stays as it is.
pub fn put_attribute(
    text: &str,
    index: &Index,
    path: &Path,
    value: &AttValue<'_>,
) -> Result<Spliced, Refused> {
    attribute::put(text, index, path, value)
}

pub use attribute::{AttValue, attribute_value};

/// Deletes the element or attribute that the selector names, and nothing else but the white space before an attribute.
///
/// # Errors
/// [`Refused`]; the text stays as it is.
pub fn delete(text: &str, index: &Index, path: &Path) -> Result<Spliced, Refused> {
    match (index.select(text, path).ok_or(Refused::NotFound)?, &path.terminal) {
        (Hit::Element(id), _) => Ok(splice(text, index.span(id).element, "", false)),
        (Hit::Attribute(id, _), Some(Terminal::Attribute(name))) => attribute::delete(text, index, id, name),
        _ => Err(Refused::Namespaces),
    }
}

fn splice(text: &str, range: Range<usize>, new: &str, created: bool) -> Spliced {
    splice_between(text, range, ["", new, ""], created)
}

/// Replaces a range by three pieces, of which the middle one is what was put.
fn splice_between(
    text: &str,
    range: Range<usize>,
    [before, new, after]: [&str; 3],
    created: bool,
) -> Spliced {
    let head = text.get(..range.start).unwrap_or_default();
    let tail = text.get(range.end..).unwrap_or_default();
    let start = head.len() + before.len();
    Spliced { text: [head, before, new, after, tail].concat(), put: start..start + new.len(), created }
}
