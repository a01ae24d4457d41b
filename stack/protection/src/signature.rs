//! One `Signature`, as far as the profile goes: XML Signature clause 4, TS 24.379 F.6.2.

use std::borrow::Cow;

use xml::{Element, Form};

use crate::{Fault, KeyId, Limits, base64, content_id, names};

/// Octets of SHA-256 and of HMAC-SHA256.
const LENGTH: usize = 32;

/// A signature that was read, and of which nothing holds yet.
pub(crate) struct Signature {
    pub(crate) key: KeyId,
    /// The octets that are signed.
    pub(crate) signed: String,
    pub(crate) value: Vec<u8>,
    pub(crate) references: Vec<Reference>,
}

/// What a signature says of one body.
pub(crate) struct Reference {
    pub(crate) content_id: String,
    pub(crate) digest: Vec<u8>,
}

impl Signature {
    /// Reads a `Signature`. Whatever it holds beside `SignedInfo`, `SignatureValue` and a `KeyInfo` with one `KeyName` is refused,
    /// so that there is one reading.
    pub(crate) fn read(element: Element<'_>, limits: &Limits) -> Result<Self, Fault> {
        let [info, value, key] = children(element, ["SignedInfo", "SignatureValue", "KeyInfo"])?;
        let (form, references) = signed_info(info, limits)?;
        let [name] = children(key, ["KeyName"])?;
        let key = KeyId::named(&leaf(name)?).ok_or_else(|| malformed(name, "no identifier of a key"))?;
        Ok(Self { key, signed: xml::canonical(info, form), value: octets(value)?, references })
    }
}

fn signed_info(info: Element<'_>, limits: &Limits) -> Result<(Form, Vec<Reference>), Fault> {
    let mut inner = info.children();
    let mut next = |name: &'static str| {
        let found = inner.next().filter(|child| child.is(names::SIGNATURE, name));
        found.ok_or_else(|| Fault::Malformed(format!("SignedInfo without {name}")))
    };
    let form = canonicalization(next("CanonicalizationMethod")?)?;
    signature_method(next("SignatureMethod")?)?;
    let mut references = Vec::new();
    for child in inner {
        if !child.is(names::SIGNATURE, "Reference") {
            return Err(malformed(child, "not a Reference"));
        }
        if references.len() >= limits.references {
            return Err(Fault::TooLarge);
        }
        references.push(Reference::read(child)?);
    }
    if references.is_empty() { Err(malformed(info, "without a Reference")) } else { Ok((form, references)) }
}

fn canonicalization(element: Element<'_>) -> Result<Form, Fault> {
    let (form, comments) = match element.required_attribute("Algorithm")? {
        names::INCLUSIVE => (Form::INCLUSIVE, false),
        names::INCLUSIVE_COMMENTS => (Form::INCLUSIVE, true),
        names::EXCLUSIVE => (Form::EXCLUSIVE, false),
        names::EXCLUSIVE_COMMENTS => (Form::EXCLUSIVE, true),
        _ => return Err(Fault::Algorithm("CanonicalizationMethod")),
    };
    if element.children().next().is_some() {
        return Err(Fault::Algorithm("CanonicalizationMethod"));
    }
    Ok(Form { comments, ..form })
}

/// XML Signature 6.3.1: a length of output that is shorter makes signatures easy to guess (CVE-2009-0217).
fn signature_method(element: Element<'_>) -> Result<(), Fault> {
    if element.required_attribute("Algorithm")? != names::HMAC_SHA256 {
        return Err(Fault::Algorithm("SignatureMethod"));
    }
    match element.children().next() {
        None => Ok(()),
        Some(child) if child.is(names::SIGNATURE, "HMACOutputLength") => Err(Fault::Truncated),
        Some(_) => Err(Fault::Algorithm("SignatureMethod")),
    }
}

impl Reference {
    fn read(element: Element<'_>) -> Result<Self, Fault> {
        if element.child(names::SIGNATURE, "Transforms").is_some() {
            return Err(Fault::Transform);
        }
        let content_id = content_id::of(element.required_attribute("URI")?).ok_or(Fault::Unresolved)?;
        let [method, value] = children(element, ["DigestMethod", "DigestValue"])?;
        if method.required_attribute("Algorithm")? != names::SHA256 || method.children().next().is_some() {
            return Err(Fault::Algorithm("DigestMethod"));
        }
        Ok(Self { content_id: content_id.into_owned(), digest: octets(value)? })
    }
}

/// The child elements, which must be exactly these, in this order, in the namespace of XML Signature.
fn children<'d, const N: usize>(
    element: Element<'d>,
    expected: [&'static str; N],
) -> Result<[Element<'d>; N], Fault> {
    let found: Vec<Element<'d>> = element.children().take(N + 1).collect();
    let is_right =
        found.len() == N && found.iter().zip(expected).all(|(child, name)| child.is(names::SIGNATURE, name));
    let found = if is_right { found.try_into().ok() } else { None };
    found.ok_or_else(|| malformed(element, "other children than the profile's"))
}

fn leaf(element: Element<'_>) -> Result<Cow<'_, str>, Fault> {
    if element.children().next().is_some() {
        return Err(malformed(element, "children where there is text only"));
    }
    Ok(element.text())
}

fn octets(element: Element<'_>) -> Result<Vec<u8>, Fault> {
    let bytes = base64::decode(&leaf(element)?).ok_or_else(|| malformed(element, "not base64"))?;
    if bytes.len() == LENGTH { Ok(bytes) } else { Err(Fault::Truncated) }
}

fn malformed(element: Element<'_>, rule: &'static str) -> Fault {
    Fault::Malformed(element.fault(rule).to_string())
}
