//! The grammar of selectors. RFC 5261 clause 8

use super::{
    Code,
    selector::{Condition, Scope, Selector, Step, Target, Test},
};
use crate::path::Name;

/// Longer selectors are refused unread: each condition is a pass over siblings.
const MAX_SELECTOR: usize = 4096;
const MAX_STEPS: usize = 64;

pub(crate) fn selector(text: &str, scope: &Scope<'_>) -> Result<Selector, Code> {
    if text.len() > MAX_SELECTOR {
        return Err(Code::InvalidAttributeValue);
    }
    let mut reader = Reader { rest: text.strip_prefix('/').unwrap_or(text), scope };
    let mut steps = Vec::new();
    loop {
        if let Some(target) = reader.target()? {
            reader.end()?;
            return Ok(Selector { steps, target });
        }
        steps.push(reader.step()?);
        if steps.len() > MAX_STEPS {
            return Err(Code::InvalidAttributeValue);
        }
        if reader.rest.is_empty() {
            return Ok(Selector { steps, target: Target::Node });
        }
        // Only an element has children or attributes.
        let is_element = steps.last().is_some_and(|step| matches!(step.test, Test::Any | Test::Name(_)));
        if !is_element || !reader.eat("/") {
            return Err(Code::InvalidAttributeValue);
        }
    }
}

/// Reads `@name` or `namespace::prefix`, as in the attribute `type` of `add`.
pub(crate) fn target(text: &str, scope: &Scope<'_>) -> Result<Target, Code> {
    let mut reader = Reader { rest: text, scope };
    let target = reader.target()?.ok_or(Code::InvalidAttributeValue)?;
    reader.end()?;
    Ok(target)
}

struct Reader<'t, 's> {
    rest: &'t str,
    scope: &'s Scope<'s>,
}

impl<'t> Reader<'t, '_> {
    fn eat(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, token: &str) -> Result<(), Code> {
        if self.eat(token) { Ok(()) } else { Err(Code::InvalidAttributeValue) }
    }

    fn end(&self) -> Result<(), Code> {
        if self.rest.is_empty() { Ok(()) } else { Err(Code::InvalidAttributeValue) }
    }

    fn target(&mut self) -> Result<Option<Target>, Code> {
        if self.eat("@") {
            return Ok(Some(Target::Attribute(self.attribute_name()?)));
        }
        if self.eat("namespace::") {
            return Ok(Some(Target::Namespace(self.word()?.into())));
        }
        Ok(None)
    }

    fn step(&mut self) -> Result<Step, Code> {
        let test = self.test()?;
        let mut conditions = Vec::new();
        while self.eat("[") {
            conditions.push(self.condition(&test)?);
            self.expect("]")?;
        }
        Ok(Step { test, conditions })
    }

    fn test(&mut self) -> Result<Test, Code> {
        if self.rest.starts_with("id(") {
            return Err(Code::UnsupportedIdFunction);
        }
        if self.eat("*") {
            return Ok(Test::Any);
        }
        if self.eat("text()") {
            return Ok(Test::Text);
        }
        if self.eat("comment()") {
            return Ok(Test::Comment);
        }
        if self.eat("processing-instruction(") {
            let target = if self.rest.starts_with(')') { None } else { Some(self.literal()?.into()) };
            self.expect(")")?;
            return Ok(Test::Instruction(target));
        }
        Ok(Test::Name(self.element_name()?))
    }

    fn condition(&mut self, test: &Test) -> Result<Condition, Code> {
        if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
            let digits = self.take(end);
            return digits.parse().map(Condition::Position).map_err(|_| Code::InvalidAttributeValue);
        }
        if !matches!(test, Test::Any | Test::Name(_)) {
            return Err(Code::InvalidAttributeValue);
        }
        if self.eat("@") {
            let name = self.attribute_name()?;
            return Ok(Condition::Attribute(name, self.equal_to()?));
        }
        if self.eat(".") {
            return Ok(Condition::Own(self.equal_to()?));
        }
        let name = self.element_name()?;
        Ok(Condition::Child(name, self.equal_to()?))
    }

    fn equal_to(&mut self) -> Result<Box<str>, Code> {
        self.expect("=")?;
        self.literal().map(Into::into)
    }

    fn literal(&mut self) -> Result<&'t str, Code> {
        let quote = self.rest.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let quote = quote.ok_or(Code::InvalidAttributeValue)?;
        self.take(1);
        let end = self.rest.find(quote).ok_or(Code::InvalidAttributeValue)?;
        let literal = self.take(end);
        self.take(1);
        Ok(literal)
    }

    fn element_name(&mut self) -> Result<Name, Code> {
        let (prefix, local) = self.qualified()?;
        match ((self.scope)(prefix), prefix) {
            (Some(namespace), _) => Ok(Name::new(namespace, local)),
            (None, "") => Ok(Name::new("", local)),
            (None, _) => Err(Code::InvalidNamespacePrefix),
        }
    }

    fn attribute_name(&mut self) -> Result<Name, Code> {
        match self.qualified()? {
            ("", local) => Ok(Name::new("", local)),
            (prefix, local) => (self.scope)(prefix)
                .map(|namespace| Name::new(namespace, local))
                .ok_or(Code::InvalidNamespacePrefix),
        }
    }

    fn qualified(&mut self) -> Result<(&'t str, &'t str), Code> {
        let first = self.word()?;
        if self.eat(":") { Ok((first, self.word()?)) } else { Ok(("", first)) }
    }

    /// A name without a colon. What ends it is what no name can hold; the document's own parser has judged real names.
    fn word(&mut self) -> Result<&'t str, Code> {
        let is_end = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '·') || c > '\u{7f}');
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let starts_well = self.rest.starts_with(|c: char| c.is_alphabetic() || c == '_' || c > '\u{7f}');
        if end == 0 || !starts_well { Err(Code::InvalidAttributeValue) } else { Ok(self.take(end)) }
    }

    fn take(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }
}
