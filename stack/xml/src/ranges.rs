//! Where the parts of an element stand in the text, for edits that leave everything else as it is.

use std::ops::Range;

use crate::{
    Element,
    patch::{siblings, tag::Tag},
};

impl Element<'_> {
    /// What stands between the start tag and the end tag; none for an element without an end tag (`<a/>`).
    #[must_use]
    pub fn content_range(self) -> Option<Range<usize>> {
        let inner = siblings::inner(self.node());
        (inner.start < self.range().end).then_some(inner)
    }

    /// An attribute as it stands, name, quotes and all, and the value between its quotes. The name is without prefix, and the
    /// attribute in no namespace where `namespace` is empty.
    #[must_use]
    pub fn attribute_ranges(self, namespace: &str, name: &str) -> Option<(Range<usize>, Range<usize>)> {
        let source = siblings::source(self.node());
        let start = self.range().start;
        let tag = Tag::read(source)?;
        let piece = tag.attribute(source, self.node(), namespace, name)?;
        let within = |range: Range<usize>| start + range.start..start + range.end;
        Some((within(piece.name.start..piece.value.end + 1), within(piece.value.clone())))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Document, Limits};

    #[test]
    fn content_is_all_that_stands_between_the_tags() {
        let rows = [
            ("<a/>", None),
            ("<a></a>", Some("")),
            ("<a >x<![CDATA[y]]>&amp;z</a >", Some("x<![CDATA[y]]>&amp;z")),
            ("<a b='>'><c/>\n</a>", Some("<c/>\n")),
        ];
        for (text, expected) in rows {
            let document = Document::parse(text.as_bytes(), &Limits::DEFAULT).unwrap();
            let range = document.root().content_range();
            assert_eq!(range.and_then(|range| text.get(range)), expected, "{text}");
        }
    }

    #[test]
    fn an_attribute_is_found_however_it_is_spelled() {
        let space = " ".repeat(300);
        let text = format!("<a xmlns:p='urn:p' b='1' p:b{space}={space}\"&lt;2\" c='3'/>");
        let document = Document::parse(text.as_bytes(), &Limits::DEFAULT).unwrap();
        let (whole, value) = document.root().attribute_ranges("urn:p", "b").unwrap();
        assert_eq!((text.get(value), text.get(whole).map(str::len)), (Some("&lt;2"), Some(3 + 600 + 1 + 7)));
        assert!(document.root().attribute_ranges("urn:p", "c").is_none());
    }
}
