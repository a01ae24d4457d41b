//! Where the parts of an element stand in the text, for edits that leave everything else as it is.

use std::ops::Range;

use crate::Element;

impl Element<'_> {
    /// What stands between the start tag and the end tag; none for an element without an end tag (`<a/>`).
    #[must_use]
    pub fn content_range(self) -> Option<Range<usize>> {
        let node = self.node();
        let whole = node.range();
        match (node.first_child(), node.last_child()) {
            (Some(first), Some(last)) => Some(first.range().start..last.range().end),
            _ => {
                let text = node.document().input_text().get(whole.clone())?;
                let end_tag = text.rfind("</")?;
                let at = whole.start + end_tag;
                Some(at..at)
            }
        }
    }

    /// An attribute as it stands, name, quotes and all, and the value between its quotes. The name is without prefix, and the
    /// attribute in no namespace where `namespace` is empty.
    #[must_use]
    pub fn attribute_ranges(self, namespace: &str, name: &str) -> Option<(Range<usize>, Range<usize>)> {
        let found = self.node().attributes().find(|attribute| {
            attribute.name() == name && attribute.namespace().unwrap_or_default() == namespace
        })?;
        Some((found.range(), found.range_value()))
    }
}
