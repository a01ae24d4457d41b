//! Reading a selector: one pass, no step back, bounded by its length.

use std::{borrow::Cow, fmt};

use super::{AttributeTest, MAX_SELECTOR, MAX_STEPS, Name, Path, Step, Terminal, Test};
use crate::escape;

/// What prefixes in a selector mean.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bindings<'b> {
    /// The namespace of element names without a prefix: the application usage's default document namespace
    /// (RFC 4825 clause 6.4). Attribute names without a prefix are in none.
    pub default: &'b str,
    /// Prefix and namespace name, of the `xmlns()` parts of the query; of two for one prefix the later counts.
    pub prefixes: &'b [(String, String)],
}

/// The namespace of the prefix `xml`.
pub(crate) const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// Why a selector cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Invalid {
    /// Octets before the fault, in the decoded selector.
    pub at: usize,
    /// Which rule is broken.
    pub rule: &'static str,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node selector, octet {}: {}", self.at, self.rule)
    }
}

impl std::error::Error for Invalid {}

pub(super) fn path(selector: &str, bindings: &Bindings<'_>) -> Result<Path, Invalid> {
    let mut reader = Reader { text: selector, at: 0, bindings: *bindings };
    if selector.len() > MAX_SELECTOR {
        return Err(reader.fault("the selector is too long"));
    }
    reader.eat("/");
    let mut steps = vec![reader.step()?];
    while reader.eat("/") {
        if let Some(terminal) = reader.terminal()? {
            return Ok(Path { steps, terminal: Some(terminal) });
        }
        if steps.len() >= MAX_STEPS {
            return Err(reader.fault("the selector has too many steps"));
        }
        steps.push(reader.step()?);
    }
    reader.end()?;
    Ok(Path { steps, terminal: None })
}

struct Reader<'t, 'b> {
    text: &'t str,
    at: usize,
    bindings: Bindings<'b>,
}

impl<'t, 'b> Reader<'t, 'b> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn fault(&self, rule: &'static str) -> Invalid {
        Invalid { at: self.at, rule }
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn expect(&mut self, token: &str, rule: &'static str) -> Result<(), Invalid> {
        if self.eat(token) { Ok(()) } else { Err(self.fault(rule)) }
    }

    fn end(&self) -> Result<(), Invalid> {
        if self.rest().is_empty() { Ok(()) } else { Err(self.fault("not a step or a terminal selector")) }
    }

    fn step(&mut self) -> Result<Step, Invalid> {
        let test = if self.eat("*") { Test::Any } else { Test::Name(self.name(self.bindings.default)?) };
        let mut step = Step { test, position: None, attribute: None, end: self.at };
        if self.eat("[") {
            if self.rest().starts_with('@') {
                step.attribute = Some(self.attribute_test()?);
            } else {
                step.position = Some(self.position()?);
                if self.eat("[") {
                    step.attribute = Some(self.attribute_test()?);
                }
            }
        }
        step.end = self.at;
        Ok(step)
    }

    /// A number too large to be counted is one that no element has.
    fn position(&mut self) -> Result<u32, Invalid> {
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let number = self.rest().get(..digits).unwrap_or_default();
        if digits == 0 {
            return Err(self.fault("a predicate is neither a position nor an attribute test"));
        }
        self.at += digits;
        self.expect("]", "a predicate is not closed")?;
        Ok(number.parse().unwrap_or(u32::MAX))
    }

    fn attribute_test(&mut self) -> Result<AttributeTest, Invalid> {
        self.expect("@", "an attribute test must begin with @")?;
        let name = self.name("")?;
        self.expect("=", "an attribute test has no value")?;
        let quote = match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => quote,
            _ => return Err(self.fault("an attribute value is not quoted")),
        };
        self.at += 1;
        let length = self.rest().find(quote).ok_or_else(|| self.fault("an attribute value is not closed"))?;
        let raw = self.rest().get(..length).unwrap_or_default();
        if raw.contains('<') {
            return Err(self.fault("an attribute value holds <"));
        }
        self.at += length + 1;
        self.expect("]", "a predicate is not closed")?;
        Ok(AttributeTest { name, value: Cow::into_owned(escape::attribute_value(raw)).into() })
    }

    fn terminal(&mut self) -> Result<Option<Terminal>, Invalid> {
        let terminal = if self.eat("namespace::*") {
            Terminal::Namespaces
        } else if self.eat("@") {
            Terminal::Attribute(self.name("")?)
        } else {
            return Ok(None);
        };
        self.end()?;
        Ok(Some(terminal))
    }

    /// A qualified name; without a prefix it is in `default`.
    fn name(&mut self, default: &str) -> Result<Name, Invalid> {
        let first = self.local()?;
        // `namespace::*` is no name with a prefix, and stands at the end only.
        if !self.rest().starts_with(':') || self.rest().starts_with("::") {
            if first == "xmlns" {
                return Err(self.fault("a namespace declaration is not an attribute"));
            }
            return Ok(Name::new(default, first));
        }
        let namespace = self.namespace(first)?;
        self.at += 1;
        Ok(Name::new(namespace, self.local()?))
    }

    fn namespace(&self, prefix: &str) -> Result<&'b str, Invalid> {
        let bound = self.bindings.prefixes.iter().rev().find(|(name, _)| name == prefix);
        match bound {
            Some((_, namespace)) => Ok(namespace),
            // Namespaces in XML 1.0 clause 3: bound without a declaration.
            None if prefix == "xml" => Ok(XML_NAMESPACE),
            None => Err(self.fault("a prefix is not bound")),
        }
    }

    fn local(&mut self) -> Result<&'t str, Invalid> {
        let rest = self.rest();
        let mut length = 0;
        for (at, c) in rest.char_indices() {
            if !(if at == 0 { is_name_start(c) } else { is_name_char(c) }) {
                break;
            }
            length = at + c.len_utf8();
        }
        if length == 0 {
            return Err(self.fault("a name is expected"));
        }
        self.at += length;
        Ok(rest.get(..length).unwrap_or_default())
    }
}

/// Namespaces in XML 1.0 clause 3: NCName, from XML 1.0 clause 2.3 without the colon.
fn is_name_start(c: char) -> bool {
    matches!(c, 'A'..='Z' | 'a'..='z' | '_' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

fn is_name_char(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}
