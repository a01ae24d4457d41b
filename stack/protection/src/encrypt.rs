//! Encrypting the content of elements: TS 24.379 clauses 4.8 and 6.6.2.3, XML Encryption 4.1.

use aws_lc_rs::aead::{Aad, Nonce};
use xml::Element;

use crate::{Fault, Key, base64, names, tag};

/// The document with the content of every selected element encrypted under this key. An element qualifies where its
/// `type` is `Normal`, it is not empty, and none above it qualifies. `salt` is fresh for each call: chance, 16 octets or more.
///
/// # Errors
/// [`Fault::Malformed`] where the document is not well-formed.
pub fn encrypt(
    document: &[u8],
    select: impl Fn(Element<'_>) -> bool,
    key: &Key,
    salt: &[u8],
) -> Result<Vec<u8>, Fault> {
    let parsed = xml::Document::parse(document, &xml::Limits::DEFAULT)?;
    let source = parsed.text();
    let mut out = String::with_capacity(source.len() * 2);
    let mut copied = 0;
    let mut open = vec![parsed.root()];
    while let Some(element) = open.pop() {
        let sealed = if element.attribute("type") == Some("Normal") && select(element) {
            let salt = [salt, &element.range().start.to_be_bytes()].concat();
            seal(source.get(element.range()).unwrap_or_default(), key, &salt)?
        } else {
            None
        };
        let Some(sealed) = sealed else {
            // Reversed, so that the first child is the next taken and the document is left to right.
            let children: Vec<_> = element.children().collect();
            open.extend(children.into_iter().rev());
            continue;
        };
        out.push_str(source.get(copied..element.range().start).unwrap_or_default());
        out.push_str(&sealed);
        copied = element.range().end;
    }
    out.push_str(source.get(copied..).unwrap_or_default());
    Ok(out.into_bytes())
}

/// The element with its content encrypted; none where it has no content.
fn seal(source: &str, key: &Key, salt: &[u8]) -> Result<Option<String>, Fault> {
    let wrong = || Fault::Malformed("an element without a start tag".to_owned());
    let tag = tag::start(source).ok_or_else(wrong)?;
    let (Some(kind), false) = (tag.kind, tag.is_empty) else { return Ok(None) };
    let close = source.rfind("</").ok_or_else(wrong)?;
    let (Some(head), Some(middle), Some(content), Some(end)) = (
        source.get(..kind.start),
        source.get(kind.end..tag.end),
        source.get(tag.end..close),
        source.get(close..),
    ) else {
        return Err(wrong());
    };
    let encrypted = encrypted_data(content.as_bytes(), key, salt)?;
    Ok(Some([head, "Encrypted", middle, &encrypted, end].concat()))
}

/// XML Encryption 1.1 5.2.4: initialization vector, ciphertext, tag.
fn encrypted_data(text: &[u8], key: &Key, salt: &[u8]) -> Result<String, Fault> {
    let vector = key.vector(salt, text);
    let mut sealed = text.to_vec();
    key.confidentiality()
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(vector), Aad::empty(), &mut sealed)
        .map_err(|_| Fault::TooLarge)?;
    let value = base64::encode(&[&vector[..], &sealed].concat());
    Ok(format!(
        "<xenc:EncryptedData xmlns:xenc=\"{xenc}\" Type=\"{content}\"><xenc:EncryptionMethod Algorithm=\"{method}\"/>\
         <ds:KeyInfo xmlns:ds=\"{ds}\"><ds:KeyName>{name}</ds:KeyName></ds:KeyInfo>\
         <xenc:CipherData><xenc:CipherValue>{value}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>",
        xenc = names::ENCRYPTION,
        content = names::CONTENT,
        method = names::AES128_GCM,
        ds = names::SIGNATURE,
        name = key.id().name(),
    ))
}
