//! `group-id-list` and `user-id-list` of `acm-info`.

use xml::{Element, Malformed, Writer};

use super::{NS, OWN, ResultInfo, uri};
use crate::{
    body::{
        Content, Kept,
        kept::{fields, once},
    },
    lexical::{Lexical, text_of},
};

/// One `entry`: a group or a user, and in answers what came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry<T> {
    /// `uri-entry`.
    pub uri: Content<T>,
    /// `display-name`, for people.
    pub display_name: Option<String>,
    /// `result`.
    pub result: Option<ResultInfo>,
    /// Every other child.
    pub kept: Kept,
}

impl<T: Lexical> Entry<T> {
    /// An entry that only names.
    #[must_use]
    pub fn new(uri: T) -> Self {
        Self { uri: uri.into(), display_name: None, result: None, kept: Kept::default() }
    }

    pub(super) fn read(element: Element<'_>) -> Result<Self, Malformed> {
        let (mut address, mut display_name, mut result, mut kept) = (None, None, None, Kept::default());
        for field in fields(element, NS) {
            let at = field.element;
            match field.name(NS) {
                "uri-entry" => once(&mut address, at, uri(at)?)?,
                "display-name" => once(&mut display_name, at, text_of(at)?)?,
                "result" => once(&mut result, at, ResultInfo::read(at, OWN)?)?,
                _ => kept.keep(field, OWN),
            }
        }
        let uri = address.ok_or_else(|| element.fault("a required element is missing: uri-entry"))?;
        Ok(Self { uri, display_name, result, kept })
    }

    fn write(&self, w: &mut Writer) {
        w.element("entry", &[], |w| {
            self.uri.write(w, "uri-entry", "mcsURI");
            if let Some(name) = &self.display_name {
                w.leaf("display-name", name);
            }
            if let Some(result) = &self.result {
                result.write(w, OWN);
            }
            self.kept.write_end(w, OWN, None);
        });
    }
}

pub(super) fn write_list<T: Lexical>(w: &mut Writer, name: &'static str, entries: &[Entry<T>]) {
    if !entries.is_empty() {
        w.element(name, &[], |w| entries.iter().for_each(|entry| entry.write(w)));
    }
}
