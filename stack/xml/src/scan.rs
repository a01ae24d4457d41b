//! The linear first pass: what could grow is counted before a tree is built.

mod declaration;

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use crate::{Limits, Malformed, Place, escape};

/// XML 1.0 4.1: the tree builder would make something else of it.
const NO_CHARACTER: &str = "a reference is to no character of XML";

const LONG_NAME: &str = "a name is too long";

/// Checks bounds, encoding and the namespace rules that the tree builder does not know.
pub(crate) fn check(text: &str, limits: &Limits) -> Result<(), Malformed> {
    let mut reader = Reader::from_str(text);
    let mut count = Count { limits, depth: 0, namespaces: 0 };
    loop {
        let start = offset(reader.buffer_position());
        let verdict = match reader.read_event() {
            Ok(Event::Eof) => return Ok(()),
            Ok(Event::Decl(_)) if start > 0 => Err("an XML declaration stands at the beginning"),
            Ok(event) => count.event(&event),
            Err(_) => {
                let at = offset(reader.error_position());
                return Err(Malformed::new(Place::of_offset(text, at), "the document is not well-formed"));
            }
        };
        verdict.map_err(|rule| Malformed::new(Place::of_offset(text, start), rule))?;
    }
}

fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

struct Count<'l> {
    limits: &'l Limits,
    depth: usize,
    namespaces: usize,
}

impl Count<'_> {
    fn event(&mut self, event: &Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::Start(tag) => {
                self.tag(tag)?;
                self.depth += 1;
            }
            Event::Empty(tag) => self.tag(tag)?,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            // XML 1.0 2.8: entities and defaults of a peer's making are never read.
            Event::DocType(_) => return Err("a document type declaration is not allowed"),
            Event::Decl(declared) => declaration::check(declared)?,
            Event::PI(instruction) => target(instruction.target())?,
            Event::GeneralRef(name) => {
                let is_legal =
                    !name.starts_with('#') || escape::reference(&format!("&{};", &**name)).is_some();
                if !is_legal {
                    return Err(NO_CHARACTER);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn tag(&mut self, tag: &BytesStart<'_>) -> Result<(), &'static str> {
        if self.depth >= self.limits.depth {
            return Err("elements are nested too deeply");
        }
        if tag.name().as_ref().len() > self.limits.name {
            return Err(LONG_NAME);
        }
        // Duplicates are found by the tree builder; here a quadratic check would be a peer's lever.
        for (number, attribute) in tag.attributes().with_checks(false).enumerate() {
            if number >= self.limits.attributes {
                return Err("an element has too many attributes");
            }
            let attribute = attribute.map_err(|_| "an attribute is not well-formed")?;
            if !escape::has_legal_references(&attribute.value) {
                return Err(NO_CHARACTER);
            }
            let name = attribute.key.as_ref();
            if name.len() > self.limits.name {
                return Err(LONG_NAME);
            }
            if name == "xmlns" || name.starts_with("xmlns:") {
                self.namespace(name, &attribute.value)?;
            }
        }
        Ok(())
    }

    fn namespace(&mut self, name: &str, value: &str) -> Result<(), &'static str> {
        self.namespaces += 1;
        if self.namespaces > self.limits.namespaces {
            return Err("too many namespaces are declared");
        }
        if value.len() > self.limits.namespace_name {
            return Err("a namespace name is too long");
        }
        match name.strip_prefix("xmlns:") {
            // Namespaces in XML 1.0, 3: the prefix xmlns must not be declared.
            Some("xmlns") => Err("the prefix xmlns must not be declared"),
            // Namespaces in XML 1.0, 2.2: only the default namespace can be undeclared.
            Some(_) if value.is_empty() => Err("a namespace prefix must not be declared empty"),
            _ => Ok(()),
        }
    }
}

/// XML 1.0 2.6, Namespaces in XML 1.0 7.
fn target(name: &str) -> Result<(), &'static str> {
    if name.eq_ignore_ascii_case("xml") {
        return Err("a processing instruction must not be called xml");
    }
    if name.contains(':') { Err("the name of a processing instruction has no colon") } else { Ok(()) }
}
