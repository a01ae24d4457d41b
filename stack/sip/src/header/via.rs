//! Via: RFC 3261 clause 20.42, with `rport` of RFC 3581.

use std::net::{IpAddr, SocketAddr};

use nom::{Parser, bytes::complete::tag_no_case, combinator::opt, sequence::preceded};
use smallvec::SmallVec;

use super::{Typed, bare_host};
use crate::{
    Malformed, Name, Params,
    lex::{Parsed, host, lws, port, rule, separator, sws, token, whole},
    params::params,
};

/// One hop that the request took, and where its response goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Via<'a> {
    /// The transport as written; any token.
    pub transport: &'a [u8],
    /// The host of sent-by as written, an IPv6 address with its brackets.
    pub host: &'a [u8],
    /// The port of sent-by, where one is written.
    pub port: Option<u16>,
    /// All parameters.
    pub params: Params<'a>,
}

impl<'a> Via<'a> {
    /// Names the transaction (clause 8.1.1.7); an element of RFC 2543 has none.
    #[must_use]
    pub fn branch(&self) -> Option<&'a [u8]> {
        self.params.find("branch")?.value
    }

    /// The source address that the next element saw, without the brackets that some put around IPv6 (RFC 5118 clause 4.5).
    #[must_use]
    pub fn received(&self) -> Option<&'a [u8]> {
        self.params.get("received").map(bare_host)
    }

    /// RFC 3581: `Some(None)` where it is asked for, `Some(Some(port))` where it is filled in. A value that is no port counts as
    /// asked for.
    #[must_use]
    pub fn rport(&self) -> Option<Option<u16>> {
        let raw = self.params.get("rport")?;
        Some(std::str::from_utf8(raw).ok().and_then(|digits| digits.parse().ok()))
    }

    /// Where a multicast or redirected response would go (clause 18.2.2).
    #[must_use]
    pub fn maddr(&self) -> Option<&'a [u8]> {
        self.params.get("maddr").map(bare_host)
    }

    /// The host of sent-by without the brackets of an IPv6 reference.
    #[must_use]
    pub fn host(&self) -> &'a [u8] {
        bare_host(self.host)
    }
}

impl<'a> Typed<'a> for Via<'a> {
    const NAME: Name = Name::Via;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, via)
    }
}

/// `sent-protocol LWS sent-by *( SEMI via-params )`.
fn via(input: &[u8]) -> Parsed<'_, Via<'_>> {
    let left = match input.strip_prefix(b"SIP/2.0/") {
        Some(left) => sws(left)?.0,
        None => protocol(input)?.0,
    };
    let (left, transport) = rule("has no transport", token)(left)?;
    let (left, _) = rule("has no sent-by", lws)(left)?;
    let (left, host) = host(left)?;
    let (left, port) = opt(preceded(separator(':'), port)).parse(left)?;
    let (left, params) = params(left)?;
    Ok((left, Via { transport, host, port, params }))
}

/// `SIP/2.0/` as few write it.
fn protocol(input: &[u8]) -> Parsed<'_, ()> {
    let parts = (tag_no_case("SIP"), separator('/'), tag_no_case("2.0"), separator('/'));
    rule("is not of protocol SIP/2.0", parts.map(|_| ()))(input)
}

/// A Via value after [`stamp_via`], on the stack in usual sizes.
pub type ViaStamp = SmallVec<[u8; 256]>;

/// A request's topmost Via value as the server transport must leave it: `received` where the source address is not that of
/// sent-by (RFC 3261 clause 18.2.1) or where `rport` was asked for, `rport` filled in (RFC 3581 clause 4). Whatever the
/// sender wrote there itself is taken out. None where nothing is to be changed, or where the value cannot be read.
#[must_use]
pub fn stamp_via(value: &[u8], source: SocketAddr) -> Option<ViaStamp> {
    let via = Via::parse(value).ok()?;
    let asked = via.rport().is_some();
    let written = std::str::from_utf8(via.host()).ok().and_then(|host| host.parse::<IpAddr>().ok());
    let is_source = written == Some(source.ip());
    let claims = via.params.has("received") || via.rport().flatten().is_some();
    if is_source && !asked && !claims {
        return None;
    }
    let kept = value.len() - via.params.as_bytes().len();
    let mut out = ViaStamp::new();
    out.extend_from_slice(value.get(..kept)?);
    for param in via.params.iter() {
        let ours = param.name.eq_ignore_ascii_case(b"received") || param.name.eq_ignore_ascii_case(b"rport");
        if !ours {
            out.push(b';');
            out.extend_from_slice(param.raw);
        }
    }
    write_source(&mut out, source, !is_source || asked, asked);
    Some(out)
}

fn write_source(out: &mut ViaStamp, source: SocketAddr, received: bool, rport: bool) {
    use std::io::Write as _;
    // Writing to memory does not fail.
    if received {
        let _ = write!(out, ";received={}", source.ip());
    }
    if rport {
        let _ = write!(out, ";rport={}", source.port());
    }
}
