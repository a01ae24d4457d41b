use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};

use super::*;
use crate::tokens::{Invalid, IssuerConfig, Tokens};

const NAME: &str = "https://idms.a.example";

fn signer() -> Signer {
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    Signer::new(NAME, key.as_ref()).unwrap()
}

fn tokens(signer: &Signer) -> Tokens {
    Tokens::configured(&[IssuerConfig::of_set(NAME, vec!["mcx".into()], signer.jwks())]).unwrap()
}

#[test]
fn ts33180_b_1_2_2_what_is_signed_names_the_user_and_is_verified_by_the_key_set() {
    let (signer, alice) = (signer(), McServiceId::new("sip:alice@a.example").unwrap());
    let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
    let grant = Grant {
        user: &alice,
        audience: &["mcx"],
        scopes: &["3gpp:mc:ptt_service", "3gpp:mc:ptt_group_management_service"],
        issued: now,
        lasts: Duration::from_secs(3600),
    };
    let (token, tokens) = (signer.sign(&grant).unwrap(), tokens(&signer));
    let bearer = tokens.verify(&token, now).unwrap();
    assert_eq!(bearer.users, std::slice::from_ref(&alice));
    assert_eq!(bearer.scopes.len(), 2);
    assert_eq!(bearer.expires, now + grant.lasts);
    assert_eq!(tokens.verify(&token, now + Duration::from_secs(3700)), Err(Invalid::Expired));
}

#[test]
fn a_key_that_signs_nothing_is_refused() {
    assert!(Signer::new(NAME, b"no key").is_err());
}

#[test]
fn another_issuers_key_set_verifies_nothing_of_it() {
    let alice = McServiceId::new("sip:alice@a.example").unwrap();
    let lasts = Duration::from_secs(60);
    let grant = Grant { user: &alice, audience: &["mcx"], scopes: &[], issued: UNIX_EPOCH, lasts };
    let token = signer().sign(&grant).unwrap();
    assert_eq!(tokens(&signer()).verify(&token, UNIX_EPOCH), Err(Invalid::UnknownIssuer));
}
