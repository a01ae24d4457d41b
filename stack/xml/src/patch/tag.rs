//! A start tag's source, attribute by attribute: declarations of namespaces have no place in a parsed tree.

use std::ops::Range;

use roxmltree::Node;

/// Where the pieces of a start tag stand, counted from its `<`.
pub(crate) struct Tag {
    /// The name as written, prefix included.
    pub(crate) name: Range<usize>,
    /// In order, namespace declarations among them.
    pub(crate) attributes: Vec<Piece>,
    /// Where `>` or `/>` begins.
    pub(crate) close: usize,
    /// Whether it ends in `/>`.
    pub(crate) is_empty: bool,
}

/// One attribute as written.
pub(crate) struct Piece {
    /// From the white space before it to the quote after it.
    pub(crate) all: Range<usize>,
    /// The name as written, prefix included.
    pub(crate) name: Range<usize>,
    /// The value without its quotes.
    pub(crate) value: Range<usize>,
}

const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

impl Tag {
    /// Reads the tag that begins a source of which a parser has said that it is well-formed.
    pub(crate) fn read(source: &str) -> Option<Self> {
        let name = 1..find(source, 1, |c| SPACE.contains(&c) || c == '/' || c == '>')?;
        let mut attributes = Vec::new();
        let mut at = name.end;
        loop {
            let start = find(source, at, |c| !SPACE.contains(&c))?;
            if matches!(source.as_bytes().get(start), Some(b'>' | b'/')) {
                let is_empty = source.as_bytes().get(start) == Some(&b'/');
                return Some(Self { name, attributes, close: start, is_empty });
            }
            let name = start..find(source, start, |c| SPACE.contains(&c) || c == '=')?;
            let quote = find(source, name.end, |c| matches!(c, '"' | '\''))?;
            let mark = source.get(quote..)?.chars().next()?;
            let value = quote + 1..find(source, quote + 1, |c| c == mark)?;
            let all = at..value.end + 1;
            at = all.end;
            attributes.push(Piece { all, name, value });
        }
    }

    /// The declaration of a prefix; the empty prefix is the default namespace.
    pub(crate) fn declaration<'t>(&'t self, source: &str, prefix: &str) -> Option<&'t Piece> {
        self.attributes.iter().find(|piece| {
            let name = source.get(piece.name.clone()).unwrap_or_default();
            if prefix.is_empty() { name == "xmlns" } else { name.strip_prefix("xmlns:") == Some(prefix) }
        })
    }

    /// An attribute by its name: the tree has them in the order of the tag, without the declarations.
    pub(crate) fn attribute(
        &self,
        source: &str,
        node: Node<'_, '_>,
        namespace: &str,
        name: &str,
    ) -> Option<&Piece> {
        let is_declaration = |piece: &&Piece| {
            let name = source.get(piece.name.clone()).unwrap_or_default();
            name == "xmlns" || name.starts_with("xmlns:")
        };
        let number = node.attributes().position(|attribute| {
            attribute.name() == name && attribute.namespace().unwrap_or_default() == namespace
        })?;
        self.attributes.iter().filter(|piece| !is_declaration(piece)).nth(number)
    }

    /// Where the tag ends, after its `>`.
    pub(crate) fn end(&self) -> usize {
        self.close + if self.is_empty { 2 } else { 1 }
    }
}

fn find(source: &str, from: usize, is: impl Fn(char) -> bool) -> Option<usize> {
    source.get(from..)?.find(is).map(|at| from + at)
}

/// Prefix and local part of a name as written.
pub(crate) fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}
