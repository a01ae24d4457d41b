//! Whatever is done to the octets of a protected message, it is refused, or means the same; and nothing panics.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use protection::{Key, KeyId, Keys, Limits, Part, decrypt, encrypt, sign, verify};

const BODY: &[u8] = b"<a xmlns=\"urn:a\"><b type=\"Normal\"><v>1</v></b></a>";
const PART: Part<'static> = Part { content_id: Some("1@b.invalid"), bytes: BODY };

fn key() -> Key {
    Key::new(KeyId::new(1), &[7; 16], "").unwrap()
}

fn mutated(document: &[u8], changes: &[(usize, u8)]) -> Vec<u8> {
    let mut bytes = document.to_vec();
    for (place, byte) in changes {
        let place = place % bytes.len();
        bytes[place] = *byte;
    }
    bytes
}

proptest! {
    #[test]
    fn a_signed_body_is_its_signers_or_refused(
        body in prop::collection::vec(any::<u8>(), 0..200),
        changes in prop::collection::vec((any::<usize>(), any::<u8>()), 0..4),
    ) {
        let keys = Keys::from_iter([key()]);
        let signatures = mutated(&sign(&[PART], &key()).unwrap(), &changes);
        let other = Part { bytes: &body, ..PART };
        prop_assert!(verify(&[other], &signatures, &keys, &Limits::DEFAULT).is_err());
        // What stands around the signed octets, such as the attribute Id of a signature, may be changed by anyone.
        let _ = verify(&[PART], &signatures, &keys, &Limits::DEFAULT);
    }

    #[test]
    fn encrypted_content_is_its_senders_or_refused(
        changes in prop::collection::vec((any::<usize>(), any::<u8>()), 0..4),
    ) {
        let keys = Keys::from_iter([key()]);
        let sealed = mutated(&encrypt(BODY, |_| true, &key(), b"salt").unwrap(), &changes);
        if let Ok(plain) = decrypt(&sealed, &keys, &Limits::DEFAULT)
            && plain.as_ref() != sealed
        {
            prop_assert!(plain.windows(8).any(|window| window == b"<v>1</v>"));
        }
    }

    #[test]
    fn nothing_panics(text in "[<>/a-z=\"' &;:#]{0,80}") {
        let keys = Keys::from_iter([key()]);
        let _ = decrypt(text.as_bytes(), &keys, &Limits::DEFAULT);
        let _ = encrypt(text.as_bytes(), |_| true, &key(), b"salt");
        let _ = verify(&[PART], text.as_bytes(), &keys, &Limits::DEFAULT);
    }
}
