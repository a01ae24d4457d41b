//! RFC 3841 7.2: which of a user's contacts have the features that a request requires.

use sip::{AcceptContact, Message, Param, Response};

use crate::{binding::Binding, refusal};

/// The bindings that no required Accept-Contact rules out, in their order. What is wished without `require` rules out nothing.
///
/// # Errors
/// 400 where an Accept-Contact cannot be read.
pub(super) fn suitable(request: &Message, bindings: Vec<Binding>) -> Result<Vec<Binding>, Response> {
    let wishes: Vec<AcceptContact<'_>> =
        request.all().collect::<Result<_, _>>().map_err(|fault| refusal::malformed(&fault))?;
    let fits =
        |binding: &Binding| wishes.iter().filter(|wish| wish.is_required()).all(|wish| has(binding, wish));
    Ok(bindings.into_iter().filter(fits).collect())
}

/// Whether a contact has every feature of one wish; one that it says nothing about only where that is not to be explicit.
fn has(binding: &Binding, wish: &AcceptContact<'_>) -> bool {
    let is_flag = |param: &Param<'_>| {
        [&b"require"[..], b"explicit"].iter().any(|flag| param.name.eq_ignore_ascii_case(flag))
    };
    let states = |param: Param<'_>| match stated(binding, param.name) {
        Some(values) => intersect(values, text(param.value.unwrap_or(b"TRUE"))),
        None => !wish.is_explicit(),
    };
    wish.params.iter().filter(|param| !is_flag(param)).all(states)
}

/// The value of a feature tag of the contact; a tag without one is true.
fn stated<'b>(binding: &'b Binding, name: &[u8]) -> Option<&'b str> {
    let pairs =
        binding.parameters.iter().map(|parameter| parameter.split_once('=').unwrap_or((parameter, "TRUE")));
    let mut named = pairs.filter(|(known, _)| known.trim_end().as_bytes().eq_ignore_ascii_case(name));
    named.next().map(|(_, value)| value.trim().trim_matches('"'))
}

/// RFC 3840 9: a value is a list between commas, and two lists meet in a value that both have.
fn intersect(one: &str, other: &str) -> bool {
    let values =
        |list: &str| list.split(',').map(|value| value.trim().to_ascii_lowercase()).collect::<Vec<_>>();
    let others = values(other);
    values(one).iter().any(|value| others.contains(value))
}

fn text(value: &[u8]) -> &str {
    std::str::from_utf8(value).unwrap_or_default()
}
