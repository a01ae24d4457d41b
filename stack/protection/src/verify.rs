//! Verifying bodies before anything reads them: TS 24.379 clause 6.6.3.4.

use aws_lc_rs::{constant_time, digest, hmac};

use crate::{Fault, Keys, Limits, Part, names, signature::Signature};

/// Verifies that these bodies, all of them, are what the holders of these keys signed. `signatures` is the body of type
/// [`names::SIGNED`]; the others are `parts`.
///
/// # Errors
/// [`Fault`], the first that is found. Nothing of the bodies is read before the signature over their digests holds.
pub fn verify(parts: &[Part<'_>], signatures: &[u8], keys: &Keys, limits: &Limits) -> Result<(), Fault> {
    if parts.len() > limits.signatures.saturating_mul(limits.references) {
        return Err(Fault::TooLarge);
    }
    for (place, part) in parts.iter().enumerate() {
        let id = part.content_id.ok_or(Fault::Unsigned)?;
        if parts.iter().take(place).any(|earlier| earlier.content_id == Some(id)) {
            return Err(Fault::RepeatedContentId);
        }
    }
    let mut signed = vec![false; parts.len()];
    for signature in read(signatures, limits)? {
        hold(&signature, parts, keys, &mut signed)?;
    }
    if signed.iter().all(|signed| *signed) { Ok(()) } else { Err(Fault::Unsigned) }
}

/// Signatures are children of the root, and nowhere else: what an extension holds signs nothing.
fn read(body: &[u8], limits: &Limits) -> Result<Vec<Signature>, Fault> {
    let bounds = xml::Limits { size: limits.size, depth: 16, ..xml::Limits::DEFAULT };
    let document = xml::Document::parse(body, &bounds)?;
    let root = document.root();
    if !root.is(names::SIGNED_DOCUMENT, "signatures") {
        return Err(Fault::Malformed(root.fault("not a document of signatures").to_string()));
    }
    let found: Vec<_> = root
        .children()
        .filter(|child| child.is(names::SIGNATURE, "Signature"))
        .take(limits.signatures + 1)
        .collect();
    if found.len() > limits.signatures {
        return Err(Fault::TooLarge);
    }
    found.into_iter().map(|element| Signature::read(element, limits)).collect()
}

fn hold(signature: &Signature, parts: &[Part<'_>], keys: &Keys, signed: &mut [bool]) -> Result<(), Fault> {
    let key = keys.get(signature.key).ok_or(Fault::UnknownKey(signature.key))?;
    hmac::verify(key.integrity(), signature.signed.as_bytes(), &signature.value)
        .map_err(|_| Fault::Signature)?;
    for reference in &signature.references {
        let named = |part: &Part<'_>| part.content_id == Some(reference.content_id.as_str());
        let place = parts.iter().position(named).ok_or(Fault::Unresolved)?;
        let (Some(part), Some(signed)) = (parts.get(place), signed.get_mut(place)) else {
            return Err(Fault::Unresolved);
        };
        if std::mem::replace(signed, true) {
            return Err(Fault::RepeatedReference);
        }
        let digest = digest::digest(&digest::SHA256, part.bytes);
        constant_time::verify_slices_are_equal(digest.as_ref(), &reference.digest)
            .map_err(|_| Fault::Digest)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
