//! Recording changes, so that each name is left with at most one of Remove, Set and Pop.

use super::{Action, Change, Edits, Text};
use crate::{Name, lex::all_token};

const NONE: Text = Text { start: 0, end: 0 };

impl Edits {
    /// Replaces the Request-URI; nothing on a response.
    pub fn request_uri(&mut self, uri: &[u8]) -> &mut Self {
        self.uri = Some(self.keep(uri));
        self
    }

    /// Replaces a response's reason phrase by the customary one; nothing on a request.
    pub fn customary_reason(&mut self) -> &mut Self {
        self.customary_reason = true;
        self
    }

    /// Replaces a response's status code, and its reason phrase by the customary one; nothing on a request.
    pub fn status(&mut self, code: u16) -> &mut Self {
        self.status = Some(code);
        self
    }

    /// Leaves the body out, with the lines that describe it.
    pub fn drop_body(&mut self) -> &mut Self {
        self.bodiless = true;
        self.touched |= Name::ContentLength.bit();
        self.remove(Name::ContentType)
            .remove(Name::ContentEncoding)
            .remove(Name::ContentDisposition)
            .remove(Name::ContentLanguage)
    }

    /// Removes every line of that name.
    pub fn remove(&mut self, name: Name) -> &mut Self {
        self.replace(name, b"", Action::Remove, b"")
    }

    /// Removes every line with that name, compared without regard to case.
    pub fn remove_extension(&mut self, name: &str) -> &mut Self {
        self.replace(Name::from_bytes(name.as_bytes()), name.as_bytes(), Action::Remove, b"")
    }

    /// Puts one line in the place of the first of that name and removes the others; adds it at the end where there is none.
    pub fn set(&mut self, name: Name, value: &[u8]) -> &mut Self {
        self.replace(name, b"", Action::Set, value)
    }

    /// Removes the topmost value, and its line if no other value stands there: one that was prepended or set before, else one
    /// that the message brought. What was appended stays.
    pub fn pop_first(&mut self, name: Name) -> &mut Self {
        let mine = |change: &Change| change.name == name;
        if let Some(at) = self.changes.iter().rposition(|c| mine(c) && c.action == Action::Prepend) {
            self.changes.remove(at);
            return self;
        }
        let base = self
            .changes
            .iter_mut()
            .find(|c| mine(c) && matches!(c.action, Action::Remove | Action::Set | Action::Pop(_)));
        match base.map(|change| (change.action, change)) {
            None => self.push(name, b"", Action::Pop(1), b""),
            Some((Action::Pop(count), change)) => {
                change.action = Action::Pop(count.saturating_add(1));
                self
            }
            Some((Action::Set, change)) => {
                change.action = Action::Remove;
                self
            }
            Some(_) => self,
        }
    }

    /// Puts a line on top of those of that name; directly under the start line where there is none.
    pub fn prepend(&mut self, name: Name, value: &[u8]) -> &mut Self {
        self.push(name, b"", Action::Prepend, value)
    }

    /// Adds a line after all others.
    pub fn append(&mut self, name: Name, value: &[u8]) -> &mut Self {
        self.push(name, b"", Action::Append, value)
    }

    /// Adds a line with a name outside the enumeration after all others.
    pub fn append_extension(&mut self, name: &str, value: &[u8]) -> &mut Self {
        if !all_token(name.as_bytes()) {
            return self;
        }
        self.push(Name::from_bytes(name.as_bytes()), name.as_bytes(), Action::Append, value)
    }

    fn replace(&mut self, name: Name, extension: &[u8], action: Action, value: &[u8]) -> &mut Self {
        let Self { changes, scratch, .. } = self;
        changes.retain(|change| {
            let same = change.name == name
                && (name != Name::Other
                    || scratch
                        .get(change.extension.start as usize..change.extension.end as usize)
                        .is_some_and(|known| known.eq_ignore_ascii_case(extension)));
            !same
        });
        self.push(name, extension, action, value)
    }

    fn push(&mut self, name: Name, extension: &[u8], action: Action, value: &[u8]) -> &mut Self {
        if name == Name::ContentLength || (name == Name::Other && extension.is_empty()) {
            return self;
        }
        let extension = if name == Name::Other { self.keep(extension) } else { NONE };
        let value = self.keep(value);
        self.touched |= name.bit();
        self.changes.push(Change { action, name, extension, value });
        self
    }

    fn keep(&mut self, text: &[u8]) -> Text {
        let at = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let start = at(self.scratch.len());
        self.scratch.extend_from_slice(text);
        Text { start, end: at(self.scratch.len()) }
    }
}
