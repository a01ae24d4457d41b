use super::*;
use crate::{Key, KeyId, sign};

const ONE: Part<'static> = Part { content_id: Some("one@b.invalid"), bytes: b"<a>1</a>" };
const TWO: Part<'static> = Part { content_id: Some("two@b.invalid"), bytes: b"<b>2</b>" };

fn key(id: u32) -> Key {
    Key::new(KeyId::new(id), &[u8::try_from(id).unwrap_or(9); 16], "").unwrap()
}

fn check(parts: &[Part<'_>], signatures: &str) -> Result<(), Fault> {
    verify(parts, signatures.as_bytes(), &Keys::from_iter([key(1), key(2)]), &Limits::DEFAULT)
}

fn signed(parts: &[Part<'_>], id: u32) -> String {
    String::from_utf8(sign(parts, &key(id)).unwrap()).unwrap()
}

/// Replaces one text by another, which must change something.
fn with(document: &str, from: &str, to: &str) -> String {
    let changed = document.replace(from, to);
    assert_ne!(changed, document, "{from} is not there");
    changed
}

/// The document with other text in its first `SignedInfo`, and a signature that holds over it.
fn signed_anew(document: &str, from: &str, to: &str) -> String {
    let changed = with(document, from, to);
    let parsed = xml::Document::parse(changed.as_bytes(), &xml::Limits::DEFAULT).unwrap();
    let info = parsed.root().children().next().unwrap().child(names::SIGNATURE, "SignedInfo").unwrap();
    let tag = hmac::sign(key(1).integrity(), xml::canonical(info, xml::Form::INCLUSIVE).as_bytes());
    let value =
        |text: &str| text.split("<SignatureValue>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    with(&changed, &value(&changed), &crate::base64::encode(tag.as_ref()))
}

#[test]
fn ts24379_6_6_3_what_was_signed_verifies_and_with_any_key_that_is_known() {
    let body = signed(&[ONE, TWO], 1);
    assert_eq!(check(&[ONE, TWO], &body), Ok(()));
    assert_eq!(check(&[TWO, ONE], &body), Ok(()), "the order of bodies is not signed");
    assert_eq!(check(&[ONE, TWO], &signed(&[ONE, TWO], 2)), Ok(()));
    assert_eq!(check(&[], &signed(&[], 1)), Ok(()));
}

#[test]
fn ts24379_6_6_3_a_body_that_was_changed_added_removed_or_swapped_is_refused() {
    let body = signed(&[ONE, TWO], 1);
    let changed = Part { bytes: b"<a>2</a>", ..ONE };
    assert_eq!(check(&[changed, TWO], &body), Err(Fault::Digest));
    let swapped = [Part { bytes: TWO.bytes, ..ONE }, Part { bytes: ONE.bytes, ..TWO }];
    assert_eq!(check(&swapped, &body), Err(Fault::Digest));
    assert_eq!(check(&[ONE], &body), Err(Fault::Unresolved));
    let third = Part { content_id: Some("three@b.invalid"), bytes: b"<c/>" };
    assert_eq!(check(&[ONE, TWO, third], &body), Err(Fault::Unsigned));
    let nameless = Part { content_id: None, ..third };
    assert_eq!(check(&[ONE, TWO, nameless], &body), Err(Fault::Unsigned));
    assert_eq!(check(&[ONE], &signed(&[], 1)), Err(Fault::Unsigned));
}

#[test]
fn rfc2392_2_two_bodies_of_one_content_id_are_refused_whatever_they_hold() {
    let body = signed(&[ONE], 1);
    let double = Part { bytes: b"<evil/>", ..ONE };
    assert_eq!(check(&[ONE, double], &body), Err(Fault::RepeatedContentId));
    assert_eq!(check(&[double, ONE], &body), Err(Fault::RepeatedContentId));
    assert_eq!(check(&[ONE, ONE], &body), Err(Fault::RepeatedContentId));
    assert_eq!(sign(&[ONE, double], &key(1)), Err(Fault::RepeatedContentId));
    assert_eq!(sign(&[Part { content_id: None, ..ONE }], &key(1)), Err(Fault::Unsigned));
}

#[test]
fn xmldsig_3_2_2_a_signature_that_was_changed_is_refused() {
    let body = signed(&[ONE], 1);
    let parsed = xml::Document::parse(body.as_bytes(), &xml::Limits::DEFAULT).unwrap();
    let signature = parsed.root().children().next().unwrap();
    let value = signature.child(names::SIGNATURE, "SignatureValue").unwrap().text().into_owned();
    let other = if value.starts_with('A') { "B" } else { "A" };
    let forged = with(&body, &value, &format!("{other}{}", &value[1..]));
    assert_eq!(check(&[ONE], &forged), Err(Fault::Signature));

    // Another body's digest, under the old signature.
    let digest =
        |text: &str| text.split("<DigestValue>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let elsewhere = signed(&[Part { bytes: b"<evil/>", ..ONE }], 1);
    let forged = with(&body, &digest(&body), &digest(&elsewhere));
    assert_eq!(check(&[Part { bytes: b"<evil/>", ..ONE }], &forged), Err(Fault::Signature));
    // The name of a key of ours that did not sign.
    assert_eq!(check(&[ONE], &with(&body, "AAAAAQ==", "AAAAAg==")), Err(Fault::Signature));
}

#[test]
fn ts33180_9_3_5_a_key_that_is_not_known_is_refused_by_its_identifier() {
    assert_eq!(check(&[ONE], &signed(&[ONE], 3)), Err(Fault::UnknownKey(KeyId::new(3))));
    let body = signed(&[ONE], 1);
    let brought = with(&body, "<KeyName>AAAAAQ==</KeyName>", "<KeyValue>AAAAAQ==</KeyValue>");
    assert!(matches!(check(&[ONE], &brought), Err(Fault::Malformed(_))));
    let two = with(&body, "<KeyName>", "<KeyName>AAAAAg==</KeyName><KeyName>");
    assert!(matches!(check(&[ONE], &two), Err(Fault::Malformed(_))));
}

/// CVE-2009-0217: whoever may name the length of the tag may guess it.
#[test]
fn xmldsig_6_3_1_a_tag_or_digest_cut_short_is_refused() {
    let body = signed(&[ONE], 1);
    for bits in ["0", "8", "160", "256"] {
        let length = format!("#hmac-sha256\"><HMACOutputLength>{bits}</HMACOutputLength>");
        let cut = signed_anew(&body, "#hmac-sha256\">", &length);
        assert_eq!(check(&[ONE], &cut), Err(Fault::Truncated), "{bits}");
    }
    let value = body.split("<SignatureValue>").nth(1).unwrap().split('<').next().unwrap();
    for short in ["", &value[..4], &value[..40]] {
        let cut = with(&body, &format!("<SignatureValue>{value}"), &format!("<SignatureValue>{short}"));
        assert_eq!(check(&[ONE], &cut), Err(Fault::Truncated), "{short}");
    }
    let digest = body.split("<DigestValue>").nth(1).unwrap().split('<').next().unwrap();
    let cut = signed_anew(&body, digest, &digest[..40]);
    assert_eq!(check(&[ONE], &cut), Err(Fault::Truncated));
}

#[test]
fn ts24379_f_6_algorithms_and_transforms_beyond_the_profile_are_refused_even_if_signed() {
    let body = signed(&[ONE], 1);
    for (from, to, element) in [
        ("2001/04/xmldsig-more#hmac-sha256", "2000/09/xmldsig#hmac-sha1", "SignatureMethod"),
        ("2001/04/xmldsig-more#hmac-sha256", "2001/04/xmldsig-more#rsa-sha256", "SignatureMethod"),
        ("2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1", "DigestMethod"),
        ("TR/2001/REC-xml-c14n-20010315", "TR/1999/REC-xslt-19991116", "CanonicalizationMethod"),
        ("20010315\">", "20010315\"><x/>", "CanonicalizationMethod"),
    ] {
        assert_eq!(check(&[ONE], &signed_anew(&body, from, to)), Err(Fault::Algorithm(element)), "{to}");
    }
    let transforms = "<Transforms><Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></Transforms><DigestMethod";
    assert_eq!(check(&[ONE], &signed_anew(&body, "<DigestMethod", transforms)), Err(Fault::Transform));
}

#[test]
fn xmldsig_4_4_3_1_a_reference_names_a_body_of_this_message_and_nothing_else() {
    let body = signed(&[ONE], 1);
    for uri in [
        "",
        "#one@b.invalid",
        "file:///etc/passwd",
        "http://x.invalid/one",
        "cid:",
        "cid:other@b.invalid",
        "../one",
    ] {
        let elsewhere = signed_anew(&body, "cid:one@b.invalid", uri);
        assert_eq!(check(&[ONE], &elsewhere), Err(Fault::Unresolved), "{uri}");
    }
    for uri in ["CID:one@b.invalid", "one@b.invalid", "cid:one%40b.invalid"] {
        assert_eq!(check(&[ONE], &signed_anew(&body, "cid:one@b.invalid", uri)), Ok(()), "{uri}");
    }
    let without = signed_anew(&body, " URI=\"cid:one@b.invalid\"", "");
    assert!(matches!(check(&[ONE], &without), Err(Fault::Malformed(_))));
}

/// XML Signature wrapping: a signature that holds, where nobody looks, beside content that nobody signed.
#[test]
fn ts24379_f_6_a_signature_in_another_place_signs_nothing() {
    let body = signed(&[ONE], 1);
    let evil = [Part { bytes: b"<evil/>", ..ONE }];
    let signature = &body[body.find("<Signature ").unwrap()..body.find("</signatures>").unwrap()];
    let hidden = with(&body, signature, &format!("<anyExt>{signature}</anyExt>"));
    assert_eq!(check(&[ONE], &hidden), Err(Fault::Unsigned));
    let wrapped = with(&body, "</KeyInfo>", &format!("</KeyInfo><Object>{signature}</Object>"));
    assert!(matches!(check(&evil, &wrapped), Err(Fault::Malformed(_))));
    let root = with(&with(&body, "<signatures", "<other"), "</signatures", "</other");
    assert!(matches!(check(&[ONE], &root), Err(Fault::Malformed(_))));
    let namespace = with(&body, names::SIGNED_DOCUMENT, "urn:other");
    assert!(matches!(check(&[ONE], &namespace), Err(Fault::Malformed(_))));
    // A second SignedInfo, before or behind the one that is signed.
    let info = &body[body.find("<SignedInfo").unwrap()..body.find("<SignatureValue>").unwrap()];
    assert!(matches!(check(&[ONE], &with(&body, info, &format!("{info}{info}"))), Err(Fault::Malformed(_))));
    // Text that a comment splits is still one text, and signed as such.
    let split = with(&body, "cid:one@b.invalid", "cid:one@b.invalid&#x2e;");
    assert_eq!(check(&[ONE], &split), Err(Fault::Signature));
}

#[test]
fn ts24379_f_6_a_body_that_is_signed_twice_is_refused() {
    let body = signed(&[ONE], 1);
    let signature = &body[body.find("<Signature ").unwrap()..body.find("</signatures>").unwrap()];
    let double = with(&body, signature, &format!("{signature}{signature}"));
    assert_eq!(check(&[ONE], &double), Err(Fault::RepeatedReference));
    let reference = &body[body.find("<Reference").unwrap()..body.find("</SignedInfo>").unwrap()];
    let double = signed_anew(&body, reference, &format!("{reference}{reference}"));
    assert_eq!(check(&[ONE], &double), Err(Fault::RepeatedReference));
}

#[test]
fn limits_are_kept() {
    let bound = |limits: Limits, parts: &[Part<'_>], body: &str| {
        verify(parts, body.as_bytes(), &Keys::from_iter([key(1)]), &limits)
    };
    let body = signed(&[ONE, TWO], 1);
    let small = Limits { size: body.len(), signatures: 2, references: 1, ..Limits::DEFAULT };
    assert_eq!(bound(small, &[ONE, TWO], &body), Ok(()));
    assert_eq!(bound(Limits { size: body.len() - 1, ..small }, &[ONE, TWO], &body), Err(Fault::TooLarge));
    let few = Limits { signatures: 1, references: 2, ..small };
    assert_eq!(bound(few, &[ONE, TWO], &body), Err(Fault::TooLarge));
    let one = signed(&[ONE], 1);
    let reference = &one[one.find("<Reference").unwrap()..one.find("</SignedInfo>").unwrap()];
    let many = signed_anew(&one, reference, &reference.repeat(2));
    assert_eq!(bound(Limits { size: 9_999, ..small }, &[ONE], &many), Err(Fault::TooLarge));
    assert_eq!(
        bound(Limits { signatures: 1, references: 1, ..small }, &[ONE, TWO], &body),
        Err(Fault::TooLarge)
    );
}

#[test]
fn a_document_type_or_what_is_no_xml_is_refused() {
    let body = signed(&[ONE], 1);
    let dtd = with(&body, "<signatures", "<!DOCTYPE signatures [<!ENTITY a \"b\">]><signatures");
    for wrong in [dtd.as_str(), "", "<signatures", "\u{0}", &body[..body.len() - 3]] {
        assert!(matches!(check(&[ONE], wrong), Err(Fault::Malformed(_))), "{wrong}");
    }
}
