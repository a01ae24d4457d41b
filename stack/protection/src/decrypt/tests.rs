use super::*;
use crate::{Key, encrypt};

const DOCUMENT: &str = "<?xml version=\"1.0\"?>\n<r xmlns=\"urn:r\"><a type=\"Normal\"><v>one &amp; 1</v></a>\n\
                        <b type='Normal'><v>two</v><w/></b><c><v>three</v></c><d type=\"Normal\"/></r>\n";

fn key(id: u32) -> Key {
    Key::new(KeyId::new(id), &[3; 16], "").unwrap()
}

fn opened(document: &str) -> Result<String, Fault> {
    let keys = Keys::from_iter([key(1)]);
    let plain = decrypt(document.as_bytes(), &keys, &Limits::DEFAULT)?;
    Ok(String::from_utf8(plain.into_owned()).unwrap())
}

fn sealed(document: &str, id: u32) -> String {
    String::from_utf8(encrypt(document.as_bytes(), |_| true, &key(id), b"salt").unwrap()).unwrap()
}

/// An element whose content is this, sealed.
fn around(content: &str) -> String {
    let holder = "<r xmlns=\"urn:r\"><a type=\"Normal\">PLACE</a></r>";
    let value = seal(content.as_bytes());
    let data = sealed(holder, 1);
    let old = data.split("<xenc:CipherValue>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    data.replace(&old, &value)
}

fn seal(text: &[u8]) -> String {
    let key = key(1);
    let mut out = text.to_vec();
    let nonce = Nonce::assume_unique_for_key([7; 12]);
    key.confidentiality().seal_in_place_append_tag(nonce, Aad::empty(), &mut out).unwrap();
    base64::encode(&[&[7; 12][..], &out].concat())
}

#[test]
fn ts24379_6_6_2_encrypted_content_comes_back_octet_for_octet() {
    let document = sealed(DOCUMENT, 1);
    assert_eq!(
        document.matches("type=\"Encrypted\"").count() + document.matches("type='Encrypted'").count(),
        2
    );
    assert!(!document.contains("one") && !document.contains("two") && document.contains("three"));
    assert_eq!(opened(&document).unwrap(), DOCUMENT);
    assert_eq!(opened(DOCUMENT).unwrap(), DOCUMENT);
}

#[test]
fn ts24379_6_6_2_only_what_is_selected_is_encrypted_and_nothing_within_it_again() {
    let document = "<r xmlns=\"urn:r\"><a type=\"Normal\"><b type=\"Normal\"><v>1</v></b></a><c type=\"Normal\"><v>2</v></c></r>";
    let some = encrypt(document.as_bytes(), |element| element.name() != "c", &key(1), b"salt").unwrap();
    let some = String::from_utf8(some).unwrap();
    assert!(some.contains("<c type=\"Normal\"><v>2</v></c>"));
    assert_eq!(some.matches("<xenc:EncryptedData ").count(), 1);
    assert_eq!(opened(&some).unwrap(), document);
    let none = encrypt(document.as_bytes(), |_| false, &key(1), b"salt").unwrap();
    assert_eq!(none, document.as_bytes());
}

#[test]
fn xmlenc_5_2_4_content_that_was_changed_or_cut_is_refused() {
    let document = sealed(DOCUMENT, 1);
    let value = document.split("<xenc:CipherValue>").nth(1).unwrap().split('<').next().unwrap();
    let bytes = base64::decode(value).unwrap();
    for place in [0, 12, bytes.len() - 1] {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        let document = document.replace(value, &base64::encode(&changed));
        assert_eq!(opened(&document), Err(Fault::Undecryptable), "{place}");
    }
    for length in [0, 11, 12, 27] {
        let document = document.replace(value, &base64::encode(&bytes[..length]));
        assert_eq!(opened(&document), Err(Fault::Truncated), "{length}");
    }
    let document = document.replace(value, "*");
    assert!(matches!(opened(&document), Err(Fault::Malformed(_))));
}

#[test]
fn ts33180_9_3_4_a_key_that_is_not_known_is_refused_by_its_identifier() {
    assert_eq!(opened(&sealed(DOCUMENT, 2)), Err(Fault::UnknownKey(KeyId::new(2))));
}

#[test]
fn xmlenc_4_3_content_stays_within_its_element_and_brings_no_further_secrets() {
    let holder = |content: &str| format!("<r xmlns=\"urn:r\"><a type=\"Normal\">{content}</a></r>");
    assert_eq!(opened(&around("<v>1</v>")).unwrap(), holder("<v>1</v>"));
    for content in [
        "</a><a type=\"Normal\">",
        "<v>",
        "</a></r>",
        "<!DOCTYPE r>",
        "&unknown;",
        "<p:v/>",
        "<!--",
        "\u{1}",
        &around("<v/>"),
    ] {
        assert_eq!(opened(&around(content)), Err(Fault::Plaintext), "{content}");
    }
    let latin = around("PLACE").replace(&seal(b"PLACE"), &seal(b"\xff"));
    assert_eq!(opened(&latin), Err(Fault::Plaintext));
}

#[test]
fn ts24379_4_8_what_the_profile_does_not_know_is_refused() {
    let document = sealed(DOCUMENT, 1);
    for (from, to, fault) in [
        ("2009/xmlenc11#aes128-gcm", "2001/04/xmlenc#aes128-cbc", Some(Fault::Algorithm("EncryptionMethod"))),
        ("xmlenc#Content", "xmlenc#Element", Some(Fault::Algorithm("EncryptedData"))),
        ("<ds:KeyName>", "<ds:KeyName>AAAAAg==</ds:KeyName><ds:KeyName>", None),
        ("<xenc:CipherValue>", "<xenc:CipherReference URI=\"http://x.invalid/\"/><xenc:Other>", None),
        ("<xenc:EncryptedData ", "text<xenc:EncryptedData ", None),
        ("<xenc:EncryptedData ", "<v/><xenc:EncryptedData ", None),
        ("<r xmlns", "<!DOCTYPE r><r xmlns", None),
    ] {
        let changed = document.replace(from, to);
        let changed = if to.ends_with("Other>") {
            changed.replace("/xenc:CipherValue", "/xenc:Other")
        } else {
            changed
        };
        assert_ne!(changed, document);
        match fault {
            Some(fault) => assert_eq!(opened(&changed), Err(fault), "{to}"),
            None => assert!(matches!(opened(&changed), Err(Fault::Malformed(_))), "{to}"),
        }
    }
}

#[test]
fn limits_are_kept() {
    let document = sealed(DOCUMENT, 1);
    let keys = Keys::from_iter([key(1)]);
    let with = |encrypted| decrypt(document.as_bytes(), &keys, &Limits { encrypted, ..Limits::DEFAULT });
    assert!(with(2).is_ok());
    assert_eq!(with(1), Err(Fault::TooLarge));
}

#[test]
fn a_namespace_that_is_written_with_references_hides_nothing() {
    let hidden = sealed(DOCUMENT, 2)
        .replace("=\"http://www.w3.org/2001/04/xmlenc#\"", "=\"&#x68;ttp://www.w3.org/2001/04/xmlenc#\"");
    let hidden = hidden
        .replace("http://www.w3.org/2001/04/xmlenc#Content", "&#x68;ttp://www.w3.org/2001/04/xmlenc#Content");
    assert_eq!(opened(&hidden), Err(Fault::UnknownKey(KeyId::new(2))));
}
