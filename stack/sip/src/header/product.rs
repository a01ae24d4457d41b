//! `server-val *( LWS server-val )`, shared by Server and User-Agent: RFC 3261 clause 25.1.

use nom::{
    Parser,
    branch::alt,
    combinator::{opt, recognize},
    multi::fold_many0,
    sequence::preceded,
};

use crate::lex::{Parsed, comment, lws, rule, separator, token};

/// Products with their versions, and comments.
pub(super) fn product_list(input: &[u8]) -> Parsed<'_, &[u8]> {
    let product = || recognize((token, opt(preceded(separator('/'), token))));
    let value = || alt((recognize(comment), product()));
    let first = rule("names no product", value());
    recognize((first, fold_many0(preceded(lws, value()), || (), |(), _| ()))).parse(input)
}
