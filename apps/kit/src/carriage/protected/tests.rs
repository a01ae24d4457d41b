use protection::KeyId;

use super::*;
use crate::{carriage, testing::Lab};

const LOCATION: &[u8] = b"<?xml version=\"1.0\"?>\n<location-info xmlns=\"urn:3gpp:ns:mcpttLocationInfo:1.0\"><Report>\
    <mcptt-reporting-uri>sip:bob@b.example</mcptt-reporting-uri><CurrentLocation><CurrentCoordinate>\
    <longitude type=\"Normal\"><threebytes>16604606</threebytes></longitude></CurrentCoordinate></CurrentLocation></Report>\
    </location-info>";
const INFO: &[u8] = b"<mcpttinfo xmlns=\"urn:3gpp:ns:mcpttInfo:1.0\"><mcptt-Params><mcptt-request-uri type=\"Normal\"><mcpttURI>\
    sip:bob@b.example</mcpttURI></mcptt-request-uri><mcptt-access-token type=\"Normal\"><mcpttString>eyJ</mcpttString>\
    </mcptt-access-token></mcptt-Params></mcpttinfo>";

fn key(id: u32) -> Key {
    Key::new(KeyId::new(id), &[u8::try_from(id).unwrap(); 16], "").unwrap()
}

fn agreed(sending: Sending, required: bool) -> Protection {
    Protection::new(sending, required, key(1), [key(2)])
}

fn parts() -> [Part<'static>; 2] {
    [Part::borrowed(mime::MCPTT_INFO, INFO), Part::borrowed(mime::LOCATION_INFO, LOCATION)]
}

/// The message whose bodies these are.
fn message((content_type, body): (String, bytes::Bytes)) -> sip::Message {
    let head = format!(
        "MESSAGE sip:lms_psi@b.example SIP/2.0\r\nVia: SIP/2.0/TLS a.example:5061;branch=z9hG4bKp1\r\nMax-Forwards: 70\r\n\
         From: <sip:a@a.example>;tag=f1\r\nTo: <sip:lms_psi@b.example>\r\nCall-ID: c1\r\nCSeq: 1 MESSAGE\r\n\
         Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    sip::Message::parse([head.as_bytes(), &body].concat().into(), &sip::Limits::STREAM).unwrap()
}

fn sent(parts: &[Part<'_>], sending: Sending) -> sip::Message {
    let ids = Lab::new().world("a").ids;
    message(protect(parts, &*ids, &agreed(sending, true)).unwrap())
}

/// The same message with other octets in its body, as many or not.
fn tampered(message: &sip::Message, from: &str, to: &str) -> sip::Message {
    let body = String::from_utf8(message.body().to_vec()).unwrap();
    assert!(body.contains(from), "{from}");
    let content_type = String::from_utf8(message.header(sip::Name::ContentType).unwrap().to_vec()).unwrap();
    self::message((content_type, body.replacen(from, to, 1).into_bytes().into()))
}

fn cause(message: &sip::Message) -> Option<Cause> {
    unprotect(message, &agreed(Sending::Sign, true)).err().map(|refusal| refusal.cause)
}

#[test]
fn ts24379_6_6_3_signed_bodies_arrive_as_they_were_and_without_the_signature() {
    for count in [1, 2] {
        let message = sent(&parts()[..count], Sending::Sign);
        assert_eq!(carriage::parts(&message).unwrap().len(), count + 1);
        let read = unprotect(&message, &agreed(Sending::Off, true)).unwrap();
        assert_eq!(read, parts()[..count]);
    }
}

#[test]
fn ts24379_6_6_2_positions_and_tokens_are_encrypted_and_what_gateways_read_is_not() {
    let message = sent(&parts(), Sending::SignAndEncrypt);
    let body = String::from_utf8(message.body().to_vec()).unwrap();
    for hidden in ["16604606", "eyJ"] {
        assert!(!body.contains(hidden), "{hidden}");
    }
    for clear in ["<mcptt-reporting-uri>sip:bob@b.example", "<mcptt-request-uri type=\"Normal\">"] {
        assert!(body.contains(clear), "{clear}");
    }
    assert_eq!(unprotect(&message, &agreed(Sending::Off, true)).unwrap(), parts());
}

#[test]
fn ts33180_9_3_without_a_signature_is_refused_where_one_is_wanted_and_only_there() {
    let ids = Lab::new().world("a").ids;
    for count in [1, 2] {
        let plain = message(carriage::bodies(&parts()[..count], &*ids));
        assert_eq!(cause(&plain), Some(Cause::Unprotected));
        let lenient = unprotect(&plain, &agreed(Sending::Sign, false));
        assert_eq!(lenient.unwrap(), parts()[..count]);
    }
    let off = message(protect(&parts(), &*ids, &agreed(Sending::Off, true)).unwrap());
    assert_eq!(cause(&off), Some(Cause::Unprotected));
}

/// A signature that is there counts, whether or not it is wanted.
#[test]
fn ts24379_6_6_3_4_a_wrong_signature_is_refused_even_where_none_is_wanted() {
    let changed = tampered(&sent(&parts(), Sending::Sign), "16604606", "16604607");
    assert_eq!(cause(&changed), Some(Cause::ProtectionInvalid));
    let lenient = unprotect(&changed, &agreed(Sending::Off, false));
    assert_eq!(lenient.err().and_then(|refusal| refusal.place), Some("digest-wrong".to_owned()));
}

#[test]
fn ts24379_6_6_3_4_each_way_of_tampering_is_refused_with_its_own_place() {
    let signed = sent(&parts(), Sending::Sign);
    let boundary = "\r\nContent-Type: application/vnd.3gpp.mcptt-location-info+xml";
    for (from, to, expected) in [
        ("<SignatureValue>", "<SignatureValue>AAAA", "truncated"),
        ("Content-ID: <part1.", "Content-ID: <part2.", "content-id-repeated"),
        ("Content-ID: <part1.", "Content-ID: <part9.", "reference-unresolved"),
        ("Content-ID: <part1.", "X-Content-ID: <part1.", "body-unsigned"),
        (boundary, "\r\nContent-Type: application/vnd.3gpp.mcptt-signed+xml", "signatures-doubled"),
        ("#hmac-sha256", "#hmac-sha1", "algorithm"),
        ("<KeyName>AAAAAQ==", "<KeyName>AAAAAg==", "signature-wrong"),
        ("<KeyName>AAAAAQ==", "<KeyName>AAAACQ==", "key-unknown"),
    ] {
        let refused = unprotect(&tampered(&signed, from, to), &agreed(Sending::Off, false)).unwrap_err();
        assert_eq!(refused.place.as_deref(), Some(expected), "{to}");
        let unknown = if expected == "key-unknown" { Cause::UnknownKey } else { Cause::ProtectionInvalid };
        assert_eq!(refused.cause, unknown, "{to}");
    }
}

#[test]
fn ts24379_6_6_3_4_a_body_put_beside_those_that_are_signed_is_refused() {
    let signed = sent(&parts(), Sending::Sign);
    let content_type = std::str::from_utf8(signed.header(sip::Name::ContentType).unwrap()).unwrap();
    let boundary = content_type.split('"').nth(1).unwrap();
    let first = format!("--{boundary}\r\n");
    for header in ["", "Content-ID: <evil@mcx.invalid>\r\n"] {
        let evil =
            format!("{first}Content-Type: {}\r\n{header}\r\n<evil/>\r\n{first}", mime::INTERCONNECTION_INFO);
        assert_eq!(cause(&tampered(&signed, &first, &evil)), Some(Cause::ProtectionInvalid), "{header}");
    }
}

/// The next key is known before the last one is gone.
#[test]
fn ts33180_9_3_a_key_that_follows_is_accepted_beside_the_one_in_use() {
    let ids = Lab::new().world("a").ids;
    let next = Protection::new(Sending::SignAndEncrypt, true, key(2), []);
    let message = message(protect(&parts(), &*ids, &next).unwrap());
    assert_eq!(unprotect(&message, &agreed(Sending::Off, true)).unwrap(), parts());
    let gone = Protection::new(Sending::Off, true, key(1), []);
    assert_eq!(unprotect(&message, &gone).unwrap_err().cause, Cause::UnknownKey);
}

/// Nobody who cannot sign decides where a secret stands.
#[test]
fn ts24379_6_6_1_3_nothing_is_decrypted_that_was_not_verified() {
    let sealed = protection::encrypt(LOCATION, |_| true, &key(1), b"salt").unwrap();
    let plain = [Part::borrowed(mime::LOCATION_INFO, &sealed)];
    let ids = Lab::new().world("a").ids;
    let message = message(carriage::bodies(&plain, &*ids));
    let read = unprotect(&message, &agreed(Sending::Off, false)).unwrap();
    assert_eq!(read[0].bytes.as_ref(), sealed);
}

const RESULT: &[u8] = b"<mcpttinfo xmlns=\"urn:3gpp:ns:mcpttInfo:1.0\"><mcptt-Params><anyExt><migration-auth-result type=\"Normal\">\
    <mcpttBoolean>true</mcpttBoolean></migration-auth-result></anyExt></mcptt-Params></mcpttinfo>";

/// TS 23.280 10.6.3.2.2: whether he may come is the two servers' business.
#[test]
fn ts24379_6_6_2_the_result_of_a_migration_is_encrypted() {
    for media in [mime::MCPTT_INFO, mime::MCVIDEO_INFO] {
        let parts = [Part::borrowed(media, RESULT)];
        let message = sent(&parts, Sending::SignAndEncrypt);
        let body = String::from_utf8(message.body().to_vec()).unwrap();
        assert!(body.contains("migration-auth-result type=\"Encrypted\"") && !body.contains("mcpttBoolean"));
        assert_eq!(unprotect(&message, &agreed(Sending::Off, true)).unwrap(), parts);
    }
}

#[test]
fn ts24379_6_6_2_what_has_to_come_encrypted_is_refused_in_the_clear_whoever_signed_it() {
    let strict = || agreed(Sending::Off, true).confidential(true);
    for (part, place) in [
        (Part::borrowed(mime::MCPTT_INFO, INFO), "mcptt-access-token in the clear"),
        (Part::borrowed(mime::MCPTT_INFO, RESULT), "migration-auth-result in the clear"),
        (Part::borrowed(mime::LOCATION_INFO, LOCATION), "longitude in the clear"),
    ] {
        let parts = [part];
        let refused = unprotect(&sent(&parts, Sending::Sign), &strict()).unwrap_err();
        assert_eq!((refused.cause, refused.place.as_deref()), (Cause::Unprotected, Some(place)));
        assert_eq!(unprotect(&sent(&parts, Sending::SignAndEncrypt), &strict()).unwrap(), parts);
    }
    let plain = message(carriage::bodies(&parts(), &*Lab::new().world("a").ids));
    let lenient = agreed(Sending::Off, false).confidential(true);
    assert_eq!(
        unprotect(&plain, &lenient).unwrap_err().cause,
        Cause::Unprotected,
        "unsigned is not enough either"
    );
}
