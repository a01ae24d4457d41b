//! Challenges and credentials: RFC 3261 clauses 20.7 and 25.1, RFC 8760, RFC 7616.

use nom::{
    Parser,
    bytes::complete::{take_while, take_while1},
    combinator::{opt, recognize},
    multi::fold_many0,
    sequence::preceded,
};

use crate::{
    Malformed, Param,
    lex::{Parsed, lws, rule, separator, stop, sws, token, trim, whole},
    params::assignment,
};

/// An authentication scheme with its parameters. An unknown scheme is no fault (RFC 4475 clause 3.3.8).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AuthScheme<'a> {
    /// `Digest`, `Bearer` or another token, in any case.
    pub scheme: &'a [u8],
    /// What follows it.
    pub params: AuthParams<'a>,
    /// What follows a scheme that has no parameters, such as Bearer's token (RFC 7235 `token68`); empty otherwise.
    pub token68: &'a [u8],
}

impl<'a> AuthScheme<'a> {
    /// Parses `scheme 1*( name=value , )` or `scheme token68`.
    ///
    /// # Errors
    /// [`Malformed`] with the offset in `value`.
    pub fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, scheme)
    }

    /// Whether it is Digest (RFC 3261 clause 22.4).
    #[must_use]
    pub fn is_digest(&self) -> bool {
        self.scheme.eq_ignore_ascii_case(b"Digest")
    }

    /// The value of the first parameter of that name, without its quotes.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.params.get(name)
    }
}

/// Parameters between commas.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AuthParams<'a> {
    raw: &'a [u8],
}

impl<'a> AuthParams<'a> {
    /// Parses `name=value` and any more behind commas.
    ///
    /// # Errors
    /// [`Malformed`] with the offset in `value`.
    pub fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, params)
    }

    /// All of it as written.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.raw
    }

    /// Each in its turn.
    pub fn iter(&self) -> impl Iterator<Item = Param<'a>> + use<'a> {
        let mut rest = self.raw;
        std::iter::from_fn(move || {
            let (left, param) = preceded(sws, assignment).parse(rest).ok()?;
            rest = separator(',').parse(left).map_or(&b""[..], |(left, _)| left);
            Some(param)
        })
    }

    /// The value of the first of that name, without its quotes.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.iter().find(|param| param.name.eq_ignore_ascii_case(name.as_bytes()))?.value
    }
}

fn scheme(input: &[u8]) -> Parsed<'_, AuthScheme<'_>> {
    let (left, scheme) = rule("names no scheme", token)(input)?;
    let (left, _) = opt(lws).parse(left)?;
    if left.is_empty() {
        return Ok((left, AuthScheme { scheme, params: AuthParams::default(), token68: b"" }));
    }
    if let Ok((rest, token68)) = token68(left)
        && trim(rest).is_empty()
    {
        return Ok((rest, AuthScheme { scheme, params: AuthParams::default(), token68 }));
    }
    let (left, params) = rule("has a malformed parameter", params)(left)?;
    Ok((left, AuthScheme { scheme, params, token68: b"" }))
}

/// RFC 7235 clause 2.1.
fn token68(input: &[u8]) -> Parsed<'_, &[u8]> {
    let octet = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    recognize((take_while1(octet), take_while(|byte| byte == b'='))).parse(input)
}

fn params(input: &[u8]) -> Parsed<'_, AuthParams<'_>> {
    let (left, _) = pair(input)?;
    let (left, ()) = fold_many0(preceded(separator(','), pair), || (), |(), _| ()).parse(left)?;
    let taken = input.len() - left.len();
    Ok((left, AuthParams { raw: input.get(..taken).unwrap_or_default() }))
}

/// A parameter here must have its value.
fn pair(input: &[u8]) -> Parsed<'_, Param<'_>> {
    match assignment(input)? {
        (_, Param { value: None, .. }) => stop("has a parameter without its value", input),
        found => Ok(found),
    }
}
