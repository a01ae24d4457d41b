//! Where a start tag ends and where its `type` stands: the source of an element that a parser has accepted.

use std::ops::Range;

/// One start tag.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Tag {
    /// The octet after `>`.
    pub(crate) end: usize,
    /// Whether it is an empty tag: there is nothing between it and an end tag.
    pub(crate) is_empty: bool,
    /// The value of the attribute `type`, without its quotes.
    pub(crate) kind: Option<Range<usize>>,
}

/// The start tag with which well-formed XML begins; none where it begins otherwise.
pub(crate) fn start(source: &str) -> Option<Tag> {
    let bytes = source.as_bytes();
    if bytes.first() != Some(&b'<') {
        return None;
    }
    let mut kind = None;
    let mut at = 1;
    loop {
        match bytes.get(at)? {
            b'>' => {
                return Some(Tag { end: at + 1, is_empty: bytes.get(at - 1) == Some(&b'/'), kind });
            }
            quote @ (b'"' | b'\'') => {
                let from = at + 1;
                let to = from + bytes.get(from..)?.iter().position(|byte| byte == quote)?;
                let before = source.get(..at)?.trim_end().strip_suffix('=')?.trim_end();
                let name =
                    before.rsplit(|c: char| c.is_ascii_whitespace() || c == '"' || c == '\'').next()?;
                if name == "type" {
                    kind = Some(from..to);
                }
                at = to + 1;
            }
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_tag_ends_outside_of_quotes() {
        for (source, end, is_empty, kind) in [
            ("<a>x</a>", 3, false, None),
            ("<a type=\"N\">", 12, false, Some("N")),
            ("<p:a\n x:type='>' b=\"'/>\" type = 'Normal' >t", 42, false, Some("Normal")),
            ("<a type='E'/>", 13, true, Some("E")),
        ] {
            let tag = start(source).unwrap();
            assert_eq!((tag.end, tag.is_empty), (end, is_empty), "{source}");
            assert_eq!(tag.kind.map(|range| &source[range]), kind, "{source}");
        }
        assert_eq!((start("text"), start("<a"), start("<a b='")), (None, None, None));
    }
}
