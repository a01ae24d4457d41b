//! Parameters: `;name=value` after a header field's value.

use nom::{Parser, combinator::opt, multi::fold_many0, sequence::preceded};

use crate::{
    Malformed,
    lex::{Parsed, rule, separator, stop, sws, token, value, whole},
};

/// One parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Param<'a> {
    /// Its name, as written; names are compared without regard to case.
    pub name: &'a [u8],
    /// Its value, without the quotes of a quoted string but with its escapes; none for a flag.
    pub value: Option<&'a [u8]>,
    /// Name and value as written, quotes and all.
    pub raw: &'a [u8],
}

/// The parameters of a header field's value, checked once and read on demand (RFC 3261 clause 25.1, `generic-param`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Params<'a> {
    raw: &'a [u8],
}

impl<'a> Params<'a> {
    /// Parses `;name=value` any number of times.
    ///
    /// # Errors
    /// [`Malformed`] for an empty parameter, a name that is no token, or a value that no grammar has.
    pub fn parse(raw: &'a [u8]) -> Result<Self, Malformed> {
        whole(raw, params)
    }

    /// All of it as written, from the first semicolon on.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.raw
    }

    /// Each in its turn.
    pub fn iter(&self) -> impl Iterator<Item = Param<'a>> + use<'a> {
        let mut rest = self.raw;
        std::iter::from_fn(move || {
            let (left, param) = param(rest).ok()?;
            rest = left;
            Some(param)
        })
    }

    /// The first of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Param<'a>> {
        self.iter().find(|param| param.name.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// The value of the first of that name; empty for a flag.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.find(name).map(|param| param.value.unwrap_or_default())
    }

    /// Whether there is one of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }
}

/// `*( SEMI generic-param )`.
pub(crate) fn params(input: &[u8]) -> Parsed<'_, Params<'_>> {
    let (left, ()) = fold_many0(param, || (), |(), _| ()).parse(input)?;
    if sws(left)?.0.first() == Some(&b';') {
        return stop("has an empty or malformed parameter", left);
    }
    let taken = input.len() - left.len();
    Ok((left, Params { raw: input.get(..taken).unwrap_or_default() }))
}

fn param(input: &[u8]) -> Parsed<'_, Param<'_>> {
    preceded(separator(';'), assignment).parse(input)
}

/// `token [ EQUAL value ]`.
pub(crate) fn assignment(input: &[u8]) -> Parsed<'_, Param<'_>> {
    let (left, name) = token(input)?;
    let (after, equals) = opt(separator('=')).parse(left)?;
    if equals.is_none() {
        return Ok((left, Param { name, value: None, raw: name }));
    }
    let (left, value) = rule("has a parameter without its value", value)(after)?;
    let raw = input.get(..input.len() - left.len()).unwrap_or_default();
    Ok((left, Param { name, value: Some(value), raw }))
}
