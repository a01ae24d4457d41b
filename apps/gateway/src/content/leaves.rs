//! The texts of a body, each with the names of the elements that it stands in.
//!
//! A border reads no more than an entity does, and no less. Where one reader could take a text that another passes over, beside
//! elements or among them, no border reads on: no schema of these bodies mixes the two.

use std::{borrow::Cow, str};

use kit::refusal::{Cause, Refusal};
use smallvec::SmallVec;
use xml_schemas::{mime::namespace, names};

use super::{Text, skim};

/// The element of XML encryption (TS 24.379 Annex F.1: `type="Encrypted"`), as a leaf.
pub(super) const ENCRYPTED: &str = "EncryptedData";

/// Names from the root down.
type Path<'d> = SmallVec<[&'d str; 16]>;

/// Tells `note` every element without child elements: the names from the root down, but for `anyExt`, and its text. Elements of
/// other namespaces than the root's are passed over, but for encrypted data. Gives what was noted and the root's namespace.
///
/// # Errors
/// [`Cause::MalformedBody`] for a body that is no XML, and for elements where text alone may stand.
pub(super) fn leaves<'m, D: Default>(
    body: &'m [u8],
    note: fn(&mut D, &[&str], Text<'m>),
) -> Result<(D, Text<'m>), Refusal> {
    let malformed = |place: &str| Refusal::at(Cause::MalformedBody, place);
    let text = str::from_utf8(body).map_err(|_| malformed("a body is not UTF-8 text"))?;
    let (mut noted, mut is_mixed) = (D::default(), false);
    let skimmed = skim::skim(text, |path, text| {
        is_mixed |=
            path.split_last().is_some_and(|(_, above)| above.iter().any(|name| names::is_value(name)));
        note(&mut noted, &understood(path), Cow::Borrowed(text));
    });
    match skimmed {
        Some(_) if is_mixed => return Err(malformed("elements in the place of a value")),
        Some(namespace) => return Ok((noted, Cow::Borrowed(namespace))),
        None => noted = D::default(),
    }
    let document = xml::Document::parse(body, &xml::Limits::default());
    let document = document.map_err(|fault| malformed(&fault.to_string()))?;
    let mut leaf = |path: &[&str], text| note(&mut noted, &understood(path), Cow::Owned(text));
    walk(document.root(), &mut SmallVec::new(), &mut leaf)?;
    Ok((noted, Cow::Owned(document.root().namespace().to_owned())))
}

/// An element means the same under `anyExt`, where later releases put theirs.
fn understood<'d>(path: &[&'d str]) -> Path<'d> {
    path.iter().copied().filter(|name| *name != names::EXTENSION).collect()
}

fn walk<'d>(
    element: xml::Element<'d>,
    path: &mut Path<'d>,
    leaf: &mut impl FnMut(&[&str], String),
) -> Result<(), Refusal> {
    path.push(element.name());
    if element.children().next().is_none() {
        leaf(path, element.text().into_owned());
    } else if names::is_value(element.name()) || !element.text().is_empty() {
        let fault = element.fault("elements beside a text, or in its place");
        return Err(Refusal::at(Cause::MalformedBody, &fault.to_string()));
    }
    for child in element.children() {
        if child.namespace() == element.namespace() {
            walk(child, path, leaf)?;
        } else if child.is(namespace::XML_ENCRYPTION, ENCRYPTED) {
            path.push(ENCRYPTED);
            leaf(path, String::new());
            path.pop();
        }
    }
    path.pop();
    Ok(())
}
