//! Both ways against xmlsec1, which is not ours: what we sign and encrypt it accepts, and what it makes we accept.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use aws_lc_rs::hmac;
use protection::{Fault, Key, KeyId, Keys, Limits, Part};

const ID: KeyId = KeyId::new(0x3000_0001);
const NAME: &str = "MAAAAQ==";
const SECRET: [u8; 16] = [0x5a; 16];
const BODY: &[u8] = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<a xmlns=\"urn:a\"><!-- kept --><b z='1' c=\"2\"/></a>\r\n";
const PART: Part<'static> = Part { content_id: Some("part1@b.invalid"), bytes: BODY };

/// TS 33.180 F.1.4, once more and on its own: the least significant half of HMAC-SHA256(secret, FC || P0 || L0 || P1 || L1).
fn derived(code: u8) -> Vec<u8> {
    let input = [code, 0, 0, 0x30, 0, 0, 1, 0, 4];
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &SECRET), &input);
    tag.as_ref()[16..].to_vec()
}

fn key() -> Key {
    Key::new(ID, &SECRET, "").unwrap()
}

fn keys() -> Keys {
    Keys::from_iter([key()])
}

/// A folder with the body and both keys, where xmlsec1 is there.
fn folder(test: &str) -> Option<tempfile::TempDir> {
    if Command::new("xmlsec1").arg("--version").output().is_err() {
        eprintln!("skipped: {test}: xmlsec1 is not installed (cargo xtask setup)");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("body"), BODY).unwrap();
    fs::write(folder.path().join("hmac"), derived(0x52)).unwrap();
    fs::write(folder.path().join("aes"), derived(0x51)).unwrap();
    Some(folder)
}

fn xmlsec(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("xmlsec1").current_dir(folder).args(arguments).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

fn key_argument(kind: &str) -> String {
    format!("--{kind}:{NAME}")
}

const MAP: [&str; 2] = ["--url-map:cid:part1@b.invalid", "body"];

#[test]
fn ts24379_f_6_xmlsec_verifies_what_we_sign() {
    let Some(folder) = folder("ts24379_f_6_xmlsec_verifies_what_we_sign") else { return };
    fs::write(folder.path().join("signed.xml"), protection::sign(&[PART], &key()).unwrap()).unwrap();
    let hmackey = key_argument("hmackey");
    let verify = ["--verify", &hmackey, "hmac", MAP[0], MAP[1], "signed.xml"];
    let output = xmlsec(folder.path(), &verify);
    assert!(output.status.success(), "{}", told(&output));
    fs::write(folder.path().join("body"), b"<other/>").unwrap();
    assert!(!xmlsec(folder.path(), &verify).status.success(), "it verifies anything");
}

/// What an application of another maker could write: prefixes, white space, another form, a name without `cid:`'s escapes.
fn template(form: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<s:signatures xmlns:s=\"{}\" xmlns:ds=\"{}\" xmlns:unused=\"urn:unused\">\n\
         <ds:Signature Id=\"s1\">\n <ds:SignedInfo>\n  <ds:CanonicalizationMethod Algorithm=\"{form}\"/>\n\
         <ds:SignatureMethod Algorithm='http://www.w3.org/2001/04/xmldsig-more#hmac-sha256'/>\n\
         <!-- a comment --><ds:Reference URI=\"cid:part1@b.invalid\" Id='r1'>\n\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue/></ds:Reference>\n\
         </ds:SignedInfo><ds:SignatureValue/>\n <ds:KeyInfo><ds:KeyName>{NAME}</ds:KeyName></ds:KeyInfo>\n</ds:Signature>\n\
         </s:signatures>\n",
        protection::names::SIGNED_DOCUMENT,
        protection::names::SIGNATURE
    )
}

#[test]
fn ts24379_f_6_we_verify_what_xmlsec_signs_in_every_form() {
    let Some(folder) = folder("ts24379_f_6_we_verify_what_xmlsec_signs_in_every_form") else { return };
    for form in [
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    ] {
        fs::write(folder.path().join("template.xml"), template(form)).unwrap();
        let hmackey = key_argument("hmackey");
        let output = xmlsec(folder.path(), &["--sign", &hmackey, "hmac", MAP[0], MAP[1], "template.xml"]);
        assert!(output.status.success(), "{}", told(&output));
        let signed = output.stdout;
        assert_eq!(protection::verify(&[PART], &signed, &keys(), &Limits::DEFAULT), Ok(()), "{form}");
        let other = Part { bytes: b"<other/>", ..PART };
        assert_eq!(protection::verify(&[other], &signed, &keys(), &Limits::DEFAULT), Err(Fault::Digest));
    }
}

const DOCUMENT: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<mcpttinfo xmlns=\"urn:3gpp:ns:mcpttInfo:1.0\"><mcptt-Params>\
                        <mcptt-access-token type=\"Normal\"><mcpttString>ä &amp; token</mcpttString></mcptt-access-token>\
                        </mcptt-Params></mcpttinfo>\n";

#[test]
fn ts24379_4_8_xmlsec_decrypts_what_we_encrypt() {
    let Some(folder) = folder("ts24379_4_8_xmlsec_decrypts_what_we_encrypt") else { return };
    let sealed = protection::encrypt(DOCUMENT.as_bytes(), |_| true, &key(), b"0123456789abcdef").unwrap();
    fs::write(folder.path().join("sealed.xml"), sealed).unwrap();
    let output = xmlsec(folder.path(), &["--decrypt", &key_argument("aeskey"), "aes", "sealed.xml"]);
    assert!(output.status.success(), "{}", told(&output));
    let plain = String::from_utf8(output.stdout).unwrap();
    assert!(plain.contains("<mcpttString>ä &amp; token</mcpttString>"), "{plain}");
}

#[test]
fn ts24379_4_8_we_decrypt_what_xmlsec_encrypts() {
    let Some(folder) = folder("ts24379_4_8_we_decrypt_what_xmlsec_encrypts") else { return };
    let template = format!(
        "<xenc:EncryptedData xmlns:xenc=\"{}\" Type=\"http://www.w3.org/2001/04/xmlenc#Content\">\
         <xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2009/xmlenc11#aes128-gcm\"/>\
         <ds:KeyInfo xmlns:ds=\"{}\"><ds:KeyName>{NAME}</ds:KeyName></ds:KeyInfo>\
         <xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedData>",
        protection::names::ENCRYPTION,
        protection::names::SIGNATURE
    );
    fs::write(folder.path().join("template.xml"), template).unwrap();
    fs::write(folder.path().join("plain.xml"), DOCUMENT).unwrap();
    let aeskey = key_argument("aeskey");
    let node = "urn:3gpp:ns:mcpttInfo:1.0:mcptt-access-token";
    let arguments =
        ["--encrypt", &aeskey, "aes", "--xml-data", "plain.xml", "--node-name", node, "template.xml"];
    let output = xmlsec(folder.path(), &arguments);
    assert!(output.status.success(), "{}", told(&output));
    let sealed = String::from_utf8(output.stdout).unwrap();
    assert!(!sealed.contains("token</") && sealed.contains("EncryptedData"), "{sealed}");
    let plain = protection::decrypt(sealed.as_bytes(), &keys(), &Limits::DEFAULT).unwrap();
    let plain = String::from_utf8(plain.into_owned()).unwrap();
    let (_, inner) = plain.split_once("<mcptt-access-token type=\"Normal\">").unwrap();
    let document = xml::Document::parse(plain.as_bytes(), &xml::Limits::DEFAULT).unwrap();
    let token =
        document.root().children().next().unwrap().children().next().unwrap().children().next().unwrap();
    assert_eq!((token.name(), token.text().as_ref()), ("mcpttString", "ä & token"), "{inner}");
}
