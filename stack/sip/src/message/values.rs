//! The values of a header field, over its lines and the commas within them.

use memchr::{memchr, memchr3};

use super::{Line, Message};
use crate::{
    Name,
    lex::{quoted, trim},
};

/// Iterates over the values of one name, topmost first. See [`Message::values`].
#[derive(Clone, Debug)]
pub struct Values<'m> {
    message: &'m Message,
    lines: std::slice::Iter<'m, Line>,
    name: Name,
    rest: Option<&'m [u8]>,
}

impl<'m> Values<'m> {
    pub(super) fn new(message: &'m Message, name: Name) -> Self {
        let lines: &[Line] =
            if name != Name::Other && message.head.has(name) { &message.head.lines } else { &[] };
        Self { message, lines: lines.iter(), name, rest: None }
    }
}

impl<'m> Iterator for Values<'m> {
    type Item = &'m [u8];

    fn next(&mut self) -> Option<&'m [u8]> {
        if let Some(rest) = self.rest.take() {
            let (value, left) = split_value(rest);
            self.rest = left;
            return Some(trim(value));
        }
        let name = self.name;
        let line = self.lines.find(|line| line.name == name && line.value < line.value_end)?;
        let value = self.message.slice(line.value, line.value_end);
        if !name.is_list() {
            return Some(value);
        }
        let (value, left) = split_value(value);
        self.rest = left;
        Some(trim(value))
    }
}

/// Splits at the first comma outside quoted strings and angle brackets; what follows it, if there is one.
pub(crate) fn split_value(input: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut at = 0;
    while let Some(found) = input.get(at..).and_then(|rest| memchr3(b',', b'"', b'<', rest)) {
        let here = at + found;
        let rest = input.get(here..).unwrap_or_default();
        match rest.first() {
            Some(b',') => return (input.get(..here).unwrap_or_default(), rest.get(1..)),
            Some(b'"') => match quoted(rest) {
                Ok((left, _)) => at = input.len() - left.len(),
                Err(_) => break,
            },
            _ => match memchr(b'>', rest) {
                Some(close) => at = here + close + 1,
                None => break,
            },
        }
    }
    (input, None)
}
