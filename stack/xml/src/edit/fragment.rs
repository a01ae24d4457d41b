//! What the body of a request for an element may be: one element and nothing else (RFC 4825 clause 8.2.2).

use quick_xml::{Reader, events::Event};

use crate::{Index, Limits, Malformed, Place, index::NodeId};

/// One element as text. Its prefixes mean what they mean where it is put, so they are not resolved yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fragment<'f> {
    text: &'f str,
    /// Its name as it is written.
    qualified: &'f str,
}

impl<'f> Fragment<'f> {
    /// Reads one element; white space around it is passed over. Names and references are checked only once it stands
    /// in a document.
    ///
    /// # Errors
    /// [`Malformed`] with the place in the fragment, when it is not one balanced element, or too large or too deep.
    pub fn parse(text: &'f str, limits: &Limits) -> Result<Self, Malformed> {
        let text = text.trim_matches([' ', '\t', '\r', '\n']);
        if text.len() > limits.size {
            return Err(Malformed::new(Place::default(), "the element is too large"));
        }
        let mut reader = Reader::from_str(text);
        let mut depth = 0_usize;
        let mut ended = false;
        loop {
            let start = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            let verdict = match reader.read_event() {
                Ok(Event::Eof) if ended => break,
                Ok(Event::Eof) => Err("the element ends too early"),
                Ok(_) if ended => Err("something stands after the element"),
                Ok(Event::Start(_)) if depth >= limits.depth => Err("elements are nested too deeply"),
                Ok(Event::Start(_)) => {
                    depth += 1;
                    Ok(())
                }
                Ok(Event::End(_)) => {
                    depth = depth.saturating_sub(1);
                    ended = depth == 0;
                    Ok(())
                }
                Ok(Event::Empty(_)) => {
                    ended = depth == 0;
                    Ok(())
                }
                Ok(Event::Decl(_) | Event::DocType(_)) => {
                    Err("a declaration does not belong into an element")
                }
                Ok(_) if depth == 0 => Err("something stands before the element"),
                Ok(_) => Ok(()),
                Err(_) => Err("the element is not well-formed"),
            };
            verdict.map_err(|rule| Malformed::new(Place::of_offset(text, start), rule))?;
        }
        let inner = text.strip_prefix('<').unwrap_or_default();
        let length = inner.find([' ', '\t', '\r', '\n', '/', '>']).unwrap_or(inner.len());
        Ok(Self { text, qualified: inner.get(..length).unwrap_or_default() })
    }

    /// The element, from `<` to `>`.
    #[must_use]
    pub fn text(&self) -> &'f str {
        self.text
    }

    /// The expanded name that the element has as a child of `parent`; none where its prefix is not bound there.
    pub(super) fn name_in(&self, index: &Index, parent: NodeId) -> Option<(String, &'f str)> {
        let (prefix, local) = self.qualified.split_once(':').unwrap_or(("", self.qualified));
        if let Some(own) = self.own_declaration(prefix) {
            return Some((own, local));
        }
        let scope = index.namespaces(parent);
        let bound =
            scope.into_iter().find(|(name, _)| *name == prefix).map(|(_, namespace)| namespace.to_owned());
        match bound {
            Some(namespace) => Some((namespace, local)),
            None => prefix.is_empty().then(|| (String::new(), local)),
        }
    }

    fn own_declaration(&self, prefix: &str) -> Option<String> {
        let Ok(Event::Start(tag) | Event::Empty(tag)) = Reader::from_str(self.text).read_event() else {
            return None;
        };
        let mut attributes = tag.attributes();
        let wanted = |name: &str| match name.strip_prefix("xmlns") {
            Some("") => prefix.is_empty(),
            Some(rest) => rest.strip_prefix(':').is_some_and(|name| !name.is_empty() && name == prefix),
            None => false,
        };
        let found = attributes.with_checks(false).flatten().find(|attribute| wanted(attribute.key.as_ref()));
        found.map(|attribute| crate::escape::attribute_value(&attribute.value).into_owned())
    }
}
