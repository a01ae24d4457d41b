//! `Service-ID`, shared by P-Asserted-Service and P-Preferred-Service: RFC 6050 clause 4.

use nom::{
    bytes::complete::{tag_no_case, take_while1},
    combinator::recognize,
    sequence::preceded,
};

use crate::lex::{Parsed, rule};

/// `urn:urn-7:` and a service, or any other URN (RFC 6050 clause 4 allows that registry to grow).
pub(super) fn service_id(input: &[u8]) -> Parsed<'_, &[u8]> {
    let octet = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:%+@!$'()*=~/".contains(&byte);
    let urn = recognize(preceded(tag_no_case("urn:"), take_while1(octet)));
    rule("is not a URN", urn)(input)
}
