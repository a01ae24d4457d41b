//! One pass over a well-formed text.

use hashbrown::HashMap;
use memchr::{memchr, memmem};

use super::{Attribute, Declaration, Index, IndexedName, NONE, Node, PLAIN, at};
use crate::{escape, path::XML_NAMESPACE};

pub(super) fn index(text: &str) -> Option<Index> {
    // Offsets are kept in 31 bits.
    u32::try_from(text.len()).ok().filter(|length| *length < PLAIN)?;
    let mut builder = Builder {
        text,
        index: Index::default(),
        names: HashMap::new(),
        open: NONE,
        raw: Vec::new(),
        scope: Vec::new(),
    };
    builder.namespace("");
    builder.namespace(XML_NAMESPACE);
    let mut from = 0;
    while let Some(found) = memchr(b'<', text.as_bytes().get(from..)?) {
        from = builder.markup(from + found)?;
    }
    (builder.open == NONE && !builder.index.nodes.is_empty()).then_some(builder.index)
}

struct Builder<'t> {
    text: &'t str,
    index: Index,
    names: HashMap<(u32, &'t str), u32>,
    /// The element whose end tag has not come yet.
    open: u32,
    /// The attributes of one start tag: qualified name, its offset, where the value begins and ends.
    raw: Vec<(&'t str, usize, usize, usize)>,
    /// The declarations in scope: of which element, and which.
    scope: Vec<(u32, usize)>,
}

impl<'t> Builder<'t> {
    /// Takes what begins with `<`, and says where it ends.
    fn markup(&mut self, start: usize) -> Option<usize> {
        let rest = self.text.as_bytes().get(start..)?;
        match rest.get(1)? {
            b'!' if rest.starts_with(b"<!--") => past(rest, 4, b"-->").map(|length| start + length),
            b'!' if rest.starts_with(b"<![CDATA[") => past(rest, 9, b"]]>").map(|length| start + length),
            b'!' => None,
            b'?' => past(rest, 2, b"?>").map(|length| start + length),
            b'/' => self.end_tag(start, past(rest, 2, b">").map(|length| start + length)?),
            _ => self.start_tag(start),
        }
    }

    fn end_tag(&mut self, start: usize, end: usize) -> Option<usize> {
        let after = u32::try_from(self.index.nodes.len()).ok()?;
        let node = self.index.nodes.get_mut(at(self.open))?;
        (node.close, node.end, node.after) = (u32::try_from(start).ok()?, u32::try_from(end).ok()?, after);
        let parent = node.parent;
        self.leave(self.open);
        self.open = parent;
        Some(end)
    }

    fn start_tag(&mut self, start: usize) -> Option<usize> {
        let id = u32::try_from(self.index.nodes.len()).ok()?;
        // A second outermost element stands in no document.
        if self.open == NONE && id != 0 {
            return None;
        }
        let name_end = start + 1 + name_length(self.text.get(start + 1..)?);
        let qualified = self.text.get(start + 1..name_end).filter(|name| !name.is_empty())?;
        let (end, empty) = self.read_attributes(name_end)?;
        self.declare(id)?;
        let attributes = u32::try_from(self.index.attributes.len()).ok()?;
        let end = u32::try_from(end).ok()?;
        let name = self.name(qualified, true)?;
        let parent = self.open;
        let start = u32::try_from(start).ok()?;
        self.index.nodes.push(Node {
            name,
            parent,
            after: id + 1,
            start,
            open: end,
            close: end,
            end,
            attributes,
        });
        self.keep_attributes()?;
        if empty {
            self.leave(id);
        } else {
            self.open = id;
        }
        Some(at(end))
    }

    /// Reads the attributes into `raw`; says where the tag ends and whether it is an empty one.
    fn read_attributes(&mut self, from: usize) -> Option<(usize, bool)> {
        let bytes = self.text.as_bytes();
        self.raw.clear();
        let mut here = from;
        loop {
            here = skip_space(bytes, here);
            match bytes.get(here)? {
                b'>' => return Some((here + 1, false)),
                b'/' => return (bytes.get(here + 1)? == &b'>').then_some((here + 2, true)),
                _ => {}
            }
            let length = name_length(self.text.get(here..)?);
            let name = self.text.get(here..here + length).filter(|name| !name.is_empty())?;
            let equals = skip_space(bytes, here + length);
            let quote = skip_space(bytes, equals + 1);
            let mark = *bytes.get(quote).filter(|mark| matches!(mark, b'"' | b'\''))?;
            if bytes.get(equals) != Some(&b'=') {
                return None;
            }
            let value_end = quote + 1 + memchr(mark, bytes.get(quote + 1..)?)?;
            self.raw.push((name, here, quote + 1, value_end));
            here = value_end + 1;
        }
    }

    fn declare(&mut self, node: u32) -> Option<()> {
        for number in 0..self.raw.len() {
            let (name, _, value, value_end) = *self.raw.get(number)?;
            let Some(prefix) = declared_prefix(name) else { continue };
            let namespace = escape::attribute_value(self.text.get(value..value_end)?);
            let namespace = self.namespace(&namespace);
            self.scope.push((node, self.index.declarations.len()));
            self.index.declarations.push(Declaration { node, prefix: prefix.into(), namespace });
        }
        Some(())
    }

    fn keep_attributes(&mut self) -> Option<()> {
        for number in 0..self.raw.len() {
            let (name, start, value, value_end) = *self.raw.get(number)?;
            if declared_prefix(name).is_some() {
                continue;
            }
            let name = self.name(name, false)?;
            let raw = self.text.as_bytes().get(value..value_end)?;
            let plain =
                if raw.iter().all(|byte| !matches!(byte, b'&' | b'\t' | b'\n' | b'\r')) { PLAIN } else { 0 };
            let (start, value) = (u32::try_from(start).ok()?, u32::try_from(value).ok()?);
            let end = u32::try_from(value_end).ok()? | plain;
            self.index.attributes.push(Attribute { name, start, value, end });
        }
        Some(())
    }

    fn name(&mut self, qualified: &'t str, element: bool) -> Option<u32> {
        let (prefix, local) = qualified.split_once(':').unwrap_or(("", qualified));
        let namespace = if prefix.is_empty() && !element { 0 } else { self.resolve(prefix)? };
        if let Some(known) = self.names.get(&(namespace, local)) {
            return Some(*known);
        }
        let number = u32::try_from(self.index.names.len()).ok()?;
        self.index.names.push(IndexedName { namespace, local: local.into() });
        self.names.insert((namespace, local), number);
        Some(number)
    }

    fn resolve(&self, prefix: &str) -> Option<u32> {
        let in_scope = self.scope.iter().rev().filter_map(|(_, number)| self.index.declarations.get(*number));
        let mut bound = in_scope.filter(|declaration| &*declaration.prefix == prefix);
        match (bound.next(), prefix) {
            (Some(declaration), _) => Some(declaration.namespace),
            (None, "") => Some(0),
            (None, "xml") => Some(1),
            (None, _) => None,
        }
    }

    fn leave(&mut self, node: u32) {
        while self.scope.last().is_some_and(|(of, _)| *of == node) {
            self.scope.pop();
        }
    }

    fn namespace(&mut self, name: &str) -> u32 {
        let known = self.index.namespaces.iter().position(|known| &**known == name);
        let number = known.unwrap_or_else(|| {
            self.index.namespaces.push(name.into());
            self.index.namespaces.len() - 1
        });
        u32::try_from(number).unwrap_or(NONE)
    }
}

fn declared_prefix(name: &str) -> Option<&str> {
    if name == "xmlns" { Some("") } else { name.strip_prefix("xmlns:") }
}

fn past(rest: &[u8], from: usize, end: &[u8]) -> Option<usize> {
    memmem::find(rest.get(from..)?, end).map(|found| from + found + end.len())
}

pub(super) fn name_length(rest: &str) -> usize {
    let ends = |byte: u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>' | b'=' | b'<');
    rest.bytes().position(ends).unwrap_or(rest.len())
}

fn skip_space(bytes: &[u8], from: usize) -> usize {
    let mut here = from;
    while matches!(bytes.get(here), Some(b' ' | b'\t' | b'\r' | b'\n')) {
        here += 1;
    }
    here
}
