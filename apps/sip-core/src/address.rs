//! Addresses of record in one canonical form, and when two contacts are one.

use std::borrow::Cow;

use sip::{Scheme, Uri};

/// The canonical form of an address of record: RFC 3261 10.3 step 5, without parameters and headers, `sip:` for
/// `sips:`, the host in lower case, each octet of the user as itself where it may stand so and escaped where not.
/// None where it is no SIP URI.
#[must_use]
pub fn of(uri: &[u8]) -> Option<String> {
    Uri::parse(uri).ok().as_ref().and_then(of_uri)
}

/// As [`of`], for a URI that has been parsed.
#[must_use]
pub fn of_uri(uri: &Uri<'_>) -> Option<String> {
    if !uri.is_sip() {
        return None;
    }
    let mut address = String::from("sip:");
    if uri.user.is_some() {
        uri.user_octets().for_each(|octet| push_user_octet(&mut address, octet));
        address.push('@');
    }
    let host = std::str::from_utf8(uri.host).ok()?.to_ascii_lowercase();
    address.push_str(host.strip_suffix('.').unwrap_or(&host));
    if let Some(port) = uri.port {
        address.push(':');
        address.push_str(&port.to_string());
    }
    Some(address)
}

/// What follows the `@` of a canonical address of record, or all of it where it has no user.
#[must_use]
pub fn domain(address: &str) -> &str {
    let after_user = address.rsplit_once('@').map(|(_, host)| host);
    after_user.or_else(|| address.strip_prefix("sip:")).unwrap_or(address)
}

/// Whether two contact URIs are one by RFC 3261 19.1.4. URIs that cannot be parsed are one where their octets are.
#[must_use]
pub fn is_same_contact(one: &str, other: &str) -> bool {
    let (Ok(a), Ok(b)) = (Uri::parse(one.as_bytes()), Uri::parse(other.as_bytes())) else {
        return one == other;
    };
    let same_scheme = matches!((a.scheme, b.scheme), (Scheme::Sips, Scheme::Sips))
        || !(matches!(a.scheme, Scheme::Sips) || matches!(b.scheme, Scheme::Sips));
    same_scheme && a.same_address(&b) && same_parameters(&a, &b) && a.headers == b.headers
}

/// A contact as it may stand in a Request-URI (RFC 3261 16.6 step 2, 19.1.1): without `method`, and without header fields.
#[must_use]
pub fn asked_for(contact: &str) -> Cow<'_, str> {
    let whole = Cow::Borrowed(contact);
    let Ok(uri) = Uri::parse(contact.as_bytes()) else { return whole };
    let fields = if uri.headers.is_empty() { 0 } else { uri.headers.len() + 1 };
    let Some(address) = contact.len().checked_sub(fields).and_then(|end| contact.get(..end)) else {
        return whole;
    };
    if uri.params.get("method").is_none() {
        return Cow::Borrowed(address);
    }
    let params = uri.params.as_bytes().len();
    let Some(bare) = address.len().checked_sub(params).and_then(|end| address.get(..end)) else {
        return whole;
    };
    let others = uri.params.iter().filter(|param| !param.name.eq_ignore_ascii_case(b"method"));
    let others = others.map(|param| format!(";{}", String::from_utf8_lossy(param.raw)));
    Cow::Owned(std::iter::once(bare.to_owned()).chain(others).collect())
}

/// These parameters count even where only one side has them; any other counts where both have it.
const SIGNIFICANT: [&str; 5] = ["transport", "user", "ttl", "method", "maddr"];

fn same_parameters(a: &Uri<'_>, b: &Uri<'_>) -> bool {
    let same = |x: Option<&[u8]>, y: Option<&[u8]>| match (x, y) {
        (Some(x), Some(y)) => x.eq_ignore_ascii_case(y),
        (None, None) => true,
        _ => false,
    };
    let in_both = || {
        a.params.iter().all(|param| {
            let other = b.params.iter().find(|other| other.name.eq_ignore_ascii_case(param.name));
            other.is_none_or(|other| same(param.value, other.value))
        })
    };
    SIGNIFICANT.iter().all(|name| same(a.params.get(name), b.params.get(name))) && in_both()
}

/// RFC 3261 25.1: `unreserved` and `user-unreserved` stand as they are.
fn push_user_octet(address: &mut String, octet: u8) {
    if octet.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&octet) {
        address.push(char::from(octet));
    } else {
        address.push_str(&format!("%{octet:02X}"));
    }
}

#[cfg(test)]
mod tests;
