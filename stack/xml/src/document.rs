//! A parsed document.

use roxmltree::{Error, ParsingOptions};

use crate::{Element, Limits, Malformed, Place, malformed, scan};

/// A well-formed, namespace-well-formed XML 1.0 document in UTF-8, within [`Limits`].
#[derive(Debug)]
pub struct Document<'i> {
    tree: roxmltree::Document<'i>,
}

impl<'i> Document<'i> {
    /// Reads a document. A byte order mark is passed over.
    ///
    /// # Errors
    /// [`Malformed`] with the place, when a limit is passed, the bytes are not UTF-8, a document type declaration is
    /// there, or the document is not well-formed (XML 1.0, Namespaces in XML 1.0).
    pub fn parse(bytes: &'i [u8], limits: &Limits) -> Result<Self, Malformed> {
        if bytes.len() > limits.size {
            return Err(Malformed::new(
                Place { line: 1, column: 1, path: String::new() },
                malformed::TOO_LARGE,
            ));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error.valid_up_to()))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        scan::check(text, limits)?;
        let options = ParsingOptions { allow_dtd: false, nodes_limit: limits.nodes, entity_resolver: None };
        match roxmltree::Document::parse_with_options(text, options) {
            Ok(tree) => Ok(Self { tree }),
            Err(error) => Err(Malformed::new(place_of(text, &error), rule_of(&error))),
        }
    }

    /// The document's one outermost element.
    #[must_use]
    pub fn root(&self) -> Element<'_> {
        Element::of(self.tree.root_element())
    }

    /// The text that was parsed, without a byte order mark. [`Element::range`] counts in it.
    #[must_use]
    pub fn text(&self) -> &'i str {
        self.tree.input_text()
    }
}

fn not_utf8(bytes: &[u8], valid: usize) -> Malformed {
    let before = bytes.get(..valid).and_then(|before| std::str::from_utf8(before).ok()).unwrap_or_default();
    Malformed::new(Place::of_offset(before, valid), "the document is not UTF-8")
}

fn place_of(text: &str, error: &Error) -> Place {
    let position = error.pos();
    let line = usize::try_from(position.row.saturating_sub(1)).unwrap_or(usize::MAX);
    let column = usize::try_from(position.col.saturating_sub(1)).unwrap_or(usize::MAX);
    let line_start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(line_start..).unwrap_or_default();
    let in_line = rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at);
    Place { line: position.row, column: position.col, ..Place::of_offset(text, line_start + in_line) }
}

/// The rule without what the document said: the library's own texts quote names and characters of the input.
fn rule_of(error: &Error) -> &'static str {
    match error {
        Error::UnknownNamespace(..) => "a namespace prefix is not declared",
        Error::UnexpectedCloseTag(..) | Error::UnexpectedEntityCloseTag(_) => "an end tag does not match",
        Error::UnknownEntityReference(..) | Error::MalformedEntityReference(_) => "an entity is not known",
        Error::DuplicatedAttribute(..) => "an attribute appears twice",
        Error::DuplicatedNamespace(..) => "a namespace is declared twice on one element",
        Error::NoRootNode => "there is no root element",
        Error::UnclosedRootNode | Error::UnexpectedEndOfStream => "the document ends too early",
        Error::DtdDetected => "a document type declaration is not allowed",
        Error::NodesLimitReached => malformed::TOO_MANY_NODES,
        Error::AttributesLimitReached => "the document has too many attributes",
        Error::NamespacesLimitReached => "too many namespaces are declared",
        Error::NonXmlChar(..) => "a character is not allowed in XML",
        Error::InvalidName(_) => "a name is not well-formed",
        Error::InvalidXmlPrefixUri(_) | Error::UnexpectedXmlUri(_) | Error::UnexpectedXmlnsUri(_) => {
            "a reserved namespace is declared"
        }
        _ => "the document is not well-formed",
    }
}
