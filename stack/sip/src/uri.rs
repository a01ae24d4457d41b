//! SIP, SIPS and tel URIs, and the outline of any other: RFC 3261 clause 19.1, RFC 3966.

mod compare;

use memchr::memchr;
use nom::{
    Parser, bytes::complete::take_while1, character::complete::char, combinator::opt, sequence::preceded,
};

use crate::{
    Malformed, UriParams,
    lex::{Parsed, host, is_uri_header, is_user, port, stop, whole},
};

pub use compare::same_domain;

/// What stands before the first colon.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scheme<'a> {
    /// RFC 3261 clause 19.1.
    Sip,
    /// RFC 3261 clause 19.1.
    Sips,
    /// RFC 3966.
    Tel,
    /// Any other.
    Other(&'a [u8]),
}

/// A URI, read by the grammar of its scheme. Escapes are left as they are and are never decoded twice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Uri<'a> {
    /// Its scheme, in any case.
    pub scheme: Scheme<'a>,
    /// `sip:` and `sips:`: the user, without the password.
    pub user: Option<&'a [u8]>,
    /// `sip:` and `sips:`: the password, whose use is discouraged.
    pub password: Option<&'a [u8]>,
    /// `sip:` and `sips:`: the host as written, an IPv6 address with its brackets; empty otherwise.
    pub host: &'a [u8],
    /// `sip:` and `sips:`: the port, where one is written.
    pub port: Option<u16>,
    /// `sip:`, `sips:` and `tel:`: the parameters.
    pub params: UriParams<'a>,
    /// `sip:` and `sips:`: what follows the question mark; empty where there is none.
    pub headers: &'a [u8],
    /// `tel:`: the number. Any other scheme: all that follows the colon. Empty for `sip:` and `sips:`.
    pub opaque: &'a [u8],
}

impl<'a> Uri<'a> {
    /// Parses a URI that stands alone, without angle brackets.
    ///
    /// # Errors
    /// [`Malformed`] with the offset in `raw`.
    pub fn parse(raw: &'a [u8]) -> Result<Self, Malformed> {
        let colon = memchr(b':', raw).ok_or(Malformed::new("has a URI without a scheme", 0))?;
        let scheme =
            raw.get(..colon).and_then(scheme).ok_or(Malformed::new("has a URI without a scheme", 0))?;
        let rest = raw.get(colon + 1..).unwrap_or_default();
        match scheme {
            Scheme::Sip | Scheme::Sips => sip(scheme, rest),
            Scheme::Tel => tel(rest),
            Scheme::Other(_) => opaque(scheme, rest),
        }
        .map_err(|malformed| malformed.after(colon + 1))
    }

    /// The host without the brackets of an IPv6 reference.
    #[must_use]
    pub fn host(&self) -> &'a [u8] {
        crate::header::bare_host(self.host)
    }

    /// Whether the host is this domain, without regard to case and to a dot at the end.
    #[must_use]
    pub fn is_in_domain(&self, domain: &[u8]) -> bool {
        same_domain(self.host(), domain)
    }

    /// Whether it says who is meant and nothing beside: a `sip:` URI without password, port, parameters and headers. Any other
    /// URI of a user says how he is reached, and would be one more name of his to whoever compares names (RFC 3261 19.1.4).
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let is_bare = self.port.is_none() && self.params.as_bytes().is_empty() && self.headers.is_empty();
        self.scheme == Scheme::Sip && self.password.is_none() && is_bare
    }

    /// Whether it is `sip:` or `sips:`.
    #[must_use]
    pub fn is_sip(&self) -> bool {
        matches!(self.scheme, Scheme::Sip | Scheme::Sips)
    }
}

fn scheme(raw: &[u8]) -> Option<Scheme<'_>> {
    if raw.eq_ignore_ascii_case(b"sip") {
        return Some(Scheme::Sip);
    }
    if raw.eq_ignore_ascii_case(b"sips") {
        return Some(Scheme::Sips);
    }
    if raw.eq_ignore_ascii_case(b"tel") {
        return Some(Scheme::Tel);
    }
    let (first, rest) = raw.split_first()?;
    let follows = rest.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    (first.is_ascii_alphabetic() && follows).then_some(Scheme::Other(raw))
}

/// `[ userinfo ] hostport uri-parameters [ headers ]`.
fn sip<'a>(scheme: Scheme<'a>, rest: &'a [u8]) -> Result<Uri<'a>, Malformed> {
    // No part after the user may hold an unescaped "@", so the last one ends the user.
    let (userinfo, at) = match memchr::memrchr(b'@', rest) {
        Some(at) => (rest.get(..at), at + 1),
        None => (None, 0),
    };
    let (user, password) = match userinfo {
        Some(info) => split_userinfo(info)?,
        None => (None, None),
    };
    let after = rest.get(at..).unwrap_or_default();
    let (host, port, params, headers) = strict(after, hostpart).map_err(|malformed| malformed.after(at))?;
    Ok(Uri { scheme, user, password, host, port, params, headers, opaque: b"" })
}

type UserInfo<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

fn split_userinfo(info: &[u8]) -> Result<UserInfo<'_>, Malformed> {
    let (user, password) = match memchr(b':', info) {
        Some(colon) => (info.get(..colon).unwrap_or_default(), info.get(colon + 1..)),
        None => (info, None),
    };
    if user.is_empty() {
        return Err(Malformed::new("has a URI with an empty user", 0));
    }
    for part in [user, password.unwrap_or_default()] {
        if !part.iter().all(|byte| is_user(*byte)) || !escapes_are_whole(part) {
            return Err(Malformed::new("has a URI with a forbidden octet in its user", 0));
        }
    }
    Ok((Some(user), password))
}

type HostPart<'a> = (&'a [u8], Option<u16>, UriParams<'a>, &'a [u8]);

fn hostpart(input: &[u8]) -> Parsed<'_, HostPart<'_>> {
    let (left, host) = host(input)?;
    let (left, port) = opt(preceded(char(':'), port)).parse(left)?;
    let (left, params) = crate::uri_params::uri_params(left)?;
    let (left, headers) = opt(preceded(char('?'), take_while1(is_uri_header))).parse(left)?;
    let headers = headers.unwrap_or_default();
    if !escapes_are_whole(headers) {
        return stop("has a URI with a broken escape", left);
    }
    Ok((left, (host, port, params, headers)))
}

/// RFC 3966 clause 3: a global or local number, then parameters.
fn tel(rest: &[u8]) -> Result<Uri<'_>, Malformed> {
    let digit = |byte: u8| byte.is_ascii_hexdigit() || b"+-.()*#".contains(&byte);
    let (number, params) = strict(rest, (take_while1(digit), crate::uri_params::uri_params))?;
    Ok(Uri { params, opaque: number, ..bare(Scheme::Tel) })
}

fn opaque<'a>(scheme: Scheme<'a>, rest: &'a [u8]) -> Result<Uri<'a>, Malformed> {
    match rest.iter().position(|byte| !byte.is_ascii_graphic() || matches!(byte, b'<' | b'>' | b'"')) {
        _ if rest.is_empty() => Err(Malformed::new("has a URI with nothing after its scheme", 0)),
        Some(at) => Err(Malformed::new("has a URI with a forbidden octet", at)),
        None => Ok(Uri { opaque: rest, ..bare(scheme) }),
    }
}

fn bare(scheme: Scheme<'_>) -> Uri<'_> {
    Uri {
        scheme,
        user: None,
        password: None,
        host: b"",
        port: None,
        params: UriParams::default(),
        headers: b"",
        opaque: b"",
    }
}

/// Every octet must belong to the URI; white space is no part of one.
fn strict<'a, T>(
    input: &'a [u8],
    parser: impl Parser<&'a [u8], Output = T, Error = crate::lex::Stop<'a>>,
) -> Result<T, Malformed> {
    match input.iter().position(|byte| crate::lex::is_lws(*byte)) {
        Some(at) => Err(Malformed::new("has a URI with white space in it", at)),
        None => whole(input, parser),
    }
}

/// Whether two hexadecimal digits follow every percent sign.
pub(crate) fn escapes_are_whole(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'%', bytes).all(|at| {
        matches!(bytes.get(at + 1..at + 3), Some([high, low]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
    })
}
