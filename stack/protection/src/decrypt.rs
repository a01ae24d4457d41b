//! Decrypting the content of elements: TS 24.379 clause 6.6.2.4, XML Encryption 4.3.

use std::{borrow::Cow, ops::Range};

use aws_lc_rs::aead::{Aad, Nonce};
use xml::{Document, Element};

use crate::{Fault, KeyId, Keys, Limits, base64, names, tag};

/// Octets of the vector before the ciphertext and of the tag behind it.
const VECTOR: usize = 12;
const TAG: usize = 16;

/// The document with every encrypted element in the clear and its `type` `Normal`; as it is where none is encrypted.
///
/// # Errors
/// [`Fault`], the first that is found: of a document that is not well-formed, of an `EncryptedData` beyond the profile, of a key
/// that is not among these, of content that does not open, or that is no content of the element it stands in.
pub fn decrypt<'d>(document: &'d [u8], keys: &Keys, limits: &Limits) -> Result<Cow<'d, [u8]>, Fault> {
    // The usual body has nothing encrypted, and nothing encrypted goes without the namespace's name.
    if !contains(document, names::ENCRYPTION) && !document.contains(&b'&') {
        return Ok(Cow::Borrowed(document));
    }
    let parsed = Document::parse(document, &xml::Limits::DEFAULT)?;
    let found = sealed(parsed.root(), limits)?;
    if found.is_empty() {
        return Ok(Cow::Borrowed(document));
    }
    let source = parsed.text();
    let mut out = String::with_capacity(source.len());
    let mut opened = Vec::with_capacity(found.len());
    let mut copied = 0;
    for (holder, data) in found {
        let start = out.len() + holder.range().start - copied;
        out.push_str(source.get(copied..holder.range().start).unwrap_or_default());
        out.push_str(&open(source.get(holder.range()).unwrap_or_default(), &plain(data, keys)?)?);
        opened.push(start..out.len());
        copied = holder.range().end;
    }
    out.push_str(source.get(copied..).unwrap_or_default());
    check(out.as_bytes(), &opened)?;
    Ok(Cow::Owned(out.into_bytes()))
}

fn contains(document: &[u8], text: &str) -> bool {
    document.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Each element that holds an `EncryptedData`, with it, in document order. It holds nothing else.
fn sealed<'d>(root: Element<'d>, limits: &Limits) -> Result<Vec<(Element<'d>, Element<'d>)>, Fault> {
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(element) = open.pop() {
        let children: Vec<_> = element.children().collect();
        match children.as_slice() {
            [data] if data.is(names::ENCRYPTION, "EncryptedData") => {
                if !element.untrimmed_text().trim().is_empty() {
                    return Err(Fault::Malformed(element.fault("text beside encrypted data").to_string()));
                }
                if found.len() >= limits.encrypted {
                    return Err(Fault::TooLarge);
                }
                found.push((element, *data));
            }
            several if several.iter().any(|child| child.namespace() == names::ENCRYPTION) => {
                return Err(Fault::Malformed(element.fault("encrypted data beside others").to_string()));
            }
            _ => open.extend(children.into_iter().rev()),
        }
    }
    Ok(found)
}

/// What an `EncryptedData` holds, in the clear.
fn plain(data: Element<'_>, keys: &Keys) -> Result<String, Fault> {
    if data.attribute("Type").is_some_and(|kind| kind != names::CONTENT) {
        return Err(Fault::Algorithm("EncryptedData"));
    }
    let method = data.required(names::ENCRYPTION, "EncryptionMethod")?;
    if method.required_attribute("Algorithm")? != names::AES128_GCM {
        return Err(Fault::Algorithm("EncryptionMethod"));
    }
    let info = data.required(names::SIGNATURE, "KeyInfo")?;
    let name = match info.children().collect::<Vec<_>>().as_slice() {
        [name] if name.is(names::SIGNATURE, "KeyName") => name.text(),
        _ => return Err(Fault::Malformed(info.fault("other than one KeyName").to_string())),
    };
    let id = KeyId::named(&name)
        .ok_or_else(|| Fault::Malformed(info.fault("no identifier of a key").to_string()))?;
    let key = keys.get(id).ok_or(Fault::UnknownKey(id))?;
    let cipher = data.required(names::ENCRYPTION, "CipherData")?;
    let value = cipher.required(names::ENCRYPTION, "CipherValue")?;
    let value = base64::decode(&value.text())
        .ok_or_else(|| Fault::Malformed(value.fault("not base64").to_string()))?;
    let (vector, rest) = value.split_at_checked(VECTOR).ok_or(Fault::Truncated)?;
    if rest.len() < TAG {
        return Err(Fault::Truncated);
    }
    let nonce = Nonce::try_assume_unique_for_key(vector).map_err(|_| Fault::Truncated)?;
    let mut rest = rest.to_vec();
    let plain = key.confidentiality().open_in_place(nonce, Aad::empty(), &mut rest);
    let plain = plain.map_err(|_| Fault::Undecryptable)?;
    String::from_utf8(plain.to_vec()).map_err(|_| Fault::Plaintext)
}

/// The element with this content in place of its own.
fn open(source: &str, content: &str) -> Result<String, Fault> {
    let wrong = || Fault::Malformed("an element without a start tag".to_owned());
    let tag = tag::start(source).ok_or_else(wrong)?;
    let close = source.rfind("</").ok_or_else(wrong)?;
    let end = source.get(close..).ok_or_else(wrong)?;
    let kind = tag.kind.unwrap_or(tag.end..tag.end);
    let normal = if kind.is_empty() { "" } else { "Normal" };
    let (Some(head), Some(middle)) = (source.get(..kind.start), source.get(kind.end..tag.end)) else {
        return Err(wrong());
    };
    Ok([head, normal, middle, content, end].concat())
}

/// Content may not end its element and begin another, nor bring what is encrypted again: each element that was opened
/// still stands where it was put.
fn check(document: &[u8], opened: &[Range<usize>]) -> Result<(), Fault> {
    let parsed = Document::parse(document, &xml::Limits::DEFAULT).map_err(|_| Fault::Plaintext)?;
    let mut expected = opened.iter();
    let mut next = expected.next();
    let mut open = vec![parsed.root()];
    while let Some(element) = open.pop() {
        if element.namespace() == names::ENCRYPTION {
            return Err(Fault::Plaintext);
        }
        if next.is_some_and(|range| *range == element.range()) {
            next = expected.next();
        }
        let children: Vec<_> = element.children().collect();
        open.extend(children.into_iter().rev());
    }
    if next.is_none() { Ok(()) } else { Err(Fault::Plaintext) }
}

#[cfg(test)]
mod tests;
