//! Warning: RFC 3261 clause 20.43.

use nom::{
    Parser,
    bytes::complete::{take_till1, take_while_m_n},
};

use super::Typed;
use crate::{
    Malformed, Name,
    lex::{is_lws, lws, quoted, rule, whole},
};

/// More about the status of a response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Warning<'a> {
    /// Three digits; 399 for what no other code says.
    pub code: u16,
    /// Who warns: a host or a pseudonym.
    pub agent: &'a [u8],
    /// The text between the quotes, its escapes as written.
    pub text: &'a [u8],
}

impl<'a> Typed<'a> for Warning<'a> {
    const NAME: Name = Name::Warning;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        let code = take_while_m_n(3, 3, |byte: u8| byte.is_ascii_digit())
            .map(|digits: &[u8]| digits.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0')));
        let parts = (
            rule("has no code of three digits", code),
            lws,
            take_till1(is_lws),
            lws,
            rule("has no quoted text", quoted),
        );
        whole(value, parts).map(|(code, _, agent, _, text)| Self { code, agent, text })
    }
}
