//! Signing bodies: TS 24.379 clause 6.6.3.3, F.6.

use aws_lc_rs::{digest, hmac};

use crate::{Fault, Key, Part, base64, content_id, names};

/// The body ([`names::SIGNED`]) that signs each of these bodies, in order, under this key.
///
/// # Errors
/// [`Fault::Unsigned`] where a body has no Content-ID, [`Fault::RepeatedContentId`] where two have the same.
pub fn sign(parts: &[Part<'_>], key: &Key) -> Result<Vec<u8>, Fault> {
    let mut out = String::with_capacity(256 + parts.len() * 1024);
    out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<signatures xmlns=\"");
    out.push_str(names::SIGNED_DOCUMENT);
    out.push_str("\">");
    for (place, part) in parts.iter().enumerate() {
        let id = part.content_id.ok_or(Fault::Unsigned)?;
        if parts.iter().take(place).any(|earlier| earlier.content_id == Some(id)) {
            return Err(Fault::RepeatedContentId);
        }
        signature(&mut out, place + 1, &signed_info(id, part.bytes), key);
    }
    out.push_str("</signatures>");
    Ok(out.into_bytes())
}

/// In canonical form already, inclusive and exclusive alike: it declares the only namespace in scope, and no prefix is.
fn signed_info(content_id: &str, bytes: &[u8]) -> String {
    format!(
        "<SignedInfo xmlns=\"{namespace}\"><CanonicalizationMethod Algorithm=\"{form}\"></CanonicalizationMethod>\
         <SignatureMethod Algorithm=\"{method}\"></SignatureMethod><Reference URI=\"{uri}\">\
         <DigestMethod Algorithm=\"{sha256}\"></DigestMethod><DigestValue>{digest}</DigestValue></Reference></SignedInfo>",
        namespace = names::SIGNATURE,
        form = names::INCLUSIVE,
        method = names::HMAC_SHA256,
        uri = content_id::url(content_id),
        sha256 = names::SHA256,
        digest = base64::encode(digest::digest(&digest::SHA256, bytes).as_ref()),
    )
}

fn signature(out: &mut String, number: usize, signed_info: &str, key: &Key) {
    let value = base64::encode(hmac::sign(key.integrity(), signed_info.as_bytes()).as_ref());
    let (namespace, name) = (names::SIGNATURE, key.id().name());
    out.push_str(&format!("<Signature xmlns=\"{namespace}\" Id=\"signature{number}\">"));
    out.push_str(signed_info);
    out.push_str(&format!("<SignatureValue>{value}</SignatureValue>"));
    out.push_str(&format!("<KeyInfo><KeyName>{name}</KeyName></KeyInfo></Signature>"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyId;

    #[test]
    fn xmldsig_3_1_2_what_is_signed_is_the_canonical_form_of_what_is_written() {
        let key = Key::new(KeyId::new(1), &[1; 16], "").unwrap();
        let part = Part { content_id: Some("a&b@c"), bytes: b"<a/>" };
        let body = sign(&[part], &key).unwrap();
        let document = xml::Document::parse(&body, &xml::Limits::default()).unwrap();
        let signature = document.root().child(names::SIGNATURE, "Signature").unwrap();
        let info = signature.child(names::SIGNATURE, "SignedInfo").unwrap();
        for form in [xml::Form::INCLUSIVE, xml::Form::EXCLUSIVE] {
            assert_eq!(xml::canonical(info, form), signed_info("a&b@c", b"<a/>"));
        }
    }
}
