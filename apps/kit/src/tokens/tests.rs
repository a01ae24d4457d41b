use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Value, json};
use xml_schemas::body::interconnection_info::McService;

use super::{Invalid, Issuer, Part, Scopes, Tokens, Wanted};

fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digit = |n: u32| char::from(DIGITS[(n & 63) as usize]);
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let n = chunk.iter().fold(0_u32, |n, byte| n << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
            (0..=chunk.len()).map(move |i| digit(n >> (18 - 6 * i)))
        })
        .collect()
}

/// An identity management server, as far as its signature goes.
pub(crate) struct Idms(EcdsaKeyPair, &'static str);

impl Idms {
    pub(crate) fn new() -> Self {
        Self::named("k1")
    }

    /// With a key of this name.
    pub(crate) fn named(name: &'static str) -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.as_ref()).unwrap(), name)
    }

    pub(crate) fn jwks(&self) -> Vec<u8> {
        let point = self.0.public_key().as_ref();
        let (x, y) = (base64url(&point[1..33]), base64url(&point[33..65]));
        let key = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": self.1, "use": "sig"});
        json!({ "keys": [key] }).to_string().into_bytes()
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = format!(
            "{}.{}",
            base64url(header.to_string().as_bytes()),
            base64url(claims.to_string().as_bytes())
        );
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", base64url(signature.as_ref()))
    }

    pub(crate) fn token(&self, claims: &Value) -> String {
        self.sign(&json!({"alg": "ES256", "kid": self.1, "typ": "at+jwt"}), claims)
    }

    pub(crate) fn tokens(&self) -> Tokens {
        let issuer = Issuer::new("https://idms.a.example", vec!["mcx".into()], &self.jwks()).unwrap();
        Tokens::new(vec![issuer])
    }
}

pub(crate) fn claims() -> Value {
    json!({
        "iss": "https://idms.a.example", "aud": ["mcx", "other"], "exp": 2000, "nbf": 1000,
        "mcptt_id": "sip:alice@a.example", "mcdata_id": "sip:alice@a.example", "mcvideo_id": "sip:alice.v@a.example",
        "client_id": "app", "scope": "openid 3gpp:mc:ptt_service"
    })
}

fn with(key: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[key] = value;
    claims
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn ts33180_b_1_2_2_a_token_names_its_user_for_each_service() {
    let idms = Idms::new();
    let bearer = idms.tokens().verify(&idms.token(&claims()), at(1500)).unwrap();
    let users: Vec<&str> = bearer.users.iter().map(|user| user.as_str()).collect();
    assert_eq!(users, ["sip:alice@a.example", "sip:alice.v@a.example"]);
    assert_eq!(bearer.scopes, ["openid", "3gpp:mc:ptt_service"]);
    assert_eq!(bearer.client.as_deref(), Some("app"));
}

#[test]
fn ts33180_b_4_2_2_a_token_counts_for_the_mc_services_that_it_names_and_is_scoped_for() {
    let idms = Idms::new();
    let with_scopes = |scopes: Value| {
        let bearer = idms.tokens().verify(&idms.token(&with("scope", scopes)), at(1500)).unwrap();
        [McService::Mcptt, McService::McVideo, McService::McData]
            .map(|service| bearer.with(service).map(|id| id.as_str().to_owned()))
    };
    let (ptt, video) = (Some("sip:alice@a.example".to_owned()), Some("sip:alice.v@a.example".to_owned()));
    assert_eq!(with_scopes(json!("openid 3gpp:mc:ptt_service")), [ptt, None, None]);
    assert_eq!(with_scopes(json!("3gpp:mc:video_service")), [None, video.clone(), None]);
    assert_eq!(with_scopes(json!("3gpp:mc:ptt_group_management_service")), [None, None, None]);
    for silent in [json!(""), json!("openid"), Value::Null] {
        assert_eq!(with_scopes(silent), [None, None, None], "nothing is said of MC services");
    }
    let mut bare = claims();
    bare.as_object_mut().unwrap().remove("mcptt_id");
    bare["scope"] = json!("3gpp:mc:ptt_service 3gpp:mc:video_service");
    let bearer = idms.tokens().verify(&idms.token(&bare), at(1500)).unwrap();
    assert_eq!(bearer.with(McService::Mcptt), None, "another MC service's ID is none for this one");
    assert_eq!(bearer.with(McService::McVideo).map(|id| id.as_str().to_owned()), video);
}

/// One for each kind of server: with the token's scopes as they are named, and what is asked of them.
#[test]
fn ts33180_b_4_2_2_a_token_counts_at_the_servers_that_it_is_scoped_for() {
    let idms = Idms::new();
    let counts = |scopes: Value, wanted| {
        [Part::Service, Part::Groups, Part::Configuration].map(|part| {
            let issuer = Issuer::new("https://idms.a.example", vec!["mcx".into()], &idms.jwks()).unwrap();
            let tokens = Tokens::of_part(vec![issuer.wanting(wanted)], part);
            match tokens.verify(&idms.token(&with("scope", scopes.clone())), at(1500)) {
                Ok(_) => true,
                Err(why) => {
                    assert_eq!(why, Invalid::Scope(part), "{scopes}");
                    false
                }
            }
        })
    };
    for wanted in [Scopes::Required, Scopes::AsNamed] {
        assert_eq!(counts(json!("openid 3gpp:mc:ptt_service"), wanted), [true, false, false]);
        for service in ["ptt", "video", "data"] {
            let of = |part: &str| counts(json!(format!("3gpp:mc:{service}_{part}")), wanted);
            assert_eq!(of("service"), [true, false, false], "{service}");
            assert_eq!(of("group_management_service"), [false, true, false], "{service}");
            assert_eq!(of("config_management_service"), [false, false, true], "{service}");
            assert_eq!(of("key_management_service"), [false, false, false], "{service}");
        }
        let both = json!(["3gpp:mc:ptt_group_management_service", "3gpp:mc:data_config_management_service"]);
        assert_eq!(counts(both, wanted), [false, true, true]);
    }
    for silent in [json!("openid profile email"), json!(""), Value::Null] {
        assert_eq!(counts(silent.clone(), Scopes::Required), [false, false, false], "{silent}");
        assert_eq!(counts(silent.clone(), Scopes::AsNamed), [true, true, true], "{silent}");
    }
}

#[test]
fn rfc6750_3_1_a_token_that_cannot_be_read_says_which_claim_it_is() {
    let idms = Idms::new();
    let told = |claim: &str, value: Value| {
        let token = idms.token(&with(claim, value));
        idms.tokens().verify(&token, at(1500)).unwrap_err().to_string()
    };
    assert_eq!(told("exp", Value::Null), "the access token has no exp");
    for (claim, value, wanted) in [
        ("exp", json!("2000"), "a time in whole seconds since 1970"),
        ("nbf", json!("1000"), "a time in whole seconds since 1970"),
        ("iat", json!(-1), "a time in whole seconds since 1970"),
        ("aud", json!(7), "a text or a list of texts"),
        ("scope", json!({"a": 1}), "a text or a list of texts"),
        ("scope", json!([1]), "a text or a list of texts"),
        ("mcptt_id", json!(["sip:alice@a.example"]), "a text"),
        ("mcdata_id", json!("admin"), "an MC service ID, such as sip:alice@a.example"),
        ("primary_id", json!("admin"), "an MC service ID, such as sip:alice@a.example"),
        ("sub", json!(7), "a text"),
        ("jti", json!(7), "a text"),
        ("sid", json!(7), "a text"),
        ("client_id", json!(7), "a text"),
    ] {
        assert_eq!(told(claim, value), format!("{claim} of the access token is not {wanted}"));
    }
    let nobody = ["mcptt_id", "mcvideo_id", "mcdata_id"].into_iter().fold(claims(), |mut claims, claim| {
        claims[claim] = Value::Null;
        claims
    });
    let why = idms.tokens().verify(&idms.token(&nobody), at(1500)).unwrap_err().to_string();
    assert!(why.contains("none of mcptt_id, mcvideo_id and mcdata_id"), "{why}");
    let forged = Idms::new().token(&with("exp", Value::Null));
    assert_eq!(
        idms.tokens().verify(&forged, at(1500)).unwrap_err(),
        Invalid::Signature,
        "told to nobody else"
    );
}

#[test]
fn rfc7519_4_1_time_issuer_and_audience_are_looked_at() {
    let idms = Idms::new();
    let tokens = idms.tokens();
    let verdict = |claims: &Value, now| tokens.verify(&idms.token(claims), at(now)).err();
    assert_eq!(verdict(&claims(), 2029), None);
    assert_eq!(verdict(&claims(), 2030), Some(Invalid::Expired));
    assert_eq!(verdict(&claims(), 969), Some(Invalid::NotYet));
    assert_eq!(verdict(&with("iss", json!("https://idms.b.example")), 1500), Some(Invalid::UnknownIssuer));
    assert_eq!(verdict(&with("aud", json!("else")), 1500), Some(Invalid::Audience));
    assert_eq!(verdict(&with("aud", json!("mcx")), 1500), None);
    let beyond = verdict(&with("exp", json!(u64::MAX)), 1500);
    assert_eq!(beyond, Some(Invalid::Claim("exp", Wanted::Seconds)));
}

#[test]
fn a_remembered_token_ends_when_it_says() {
    let idms = Idms::new();
    let (tokens, token) = (idms.tokens(), idms.token(&claims()));
    assert!(tokens.verify(&token, at(1500)).is_ok());
    assert!(tokens.verify(&token, at(1999)).is_ok());
    assert_eq!(tokens.verify(&token, at(2030)).unwrap_err(), Invalid::Expired);
}

#[test]
fn rfc8725_3_1_the_algorithm_is_the_keys_and_never_the_tokens() {
    let idms = Idms::new();
    let tokens = idms.tokens();
    for algorithm in ["none", "HS256", "RS256", "ES384"] {
        let token = idms.sign(&json!({"alg": algorithm, "kid": "k1"}), &claims());
        assert!(tokens.verify(&token, at(1500)).is_err(), "{algorithm}");
    }
}

#[test]
fn rfc8725_2_1_the_public_key_is_no_shared_secret() {
    let idms = Idms::new();
    let tokens = idms.tokens();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &idms.jwks());
    let (header, payload) = (json!({"alg": "HS256", "kid": "k1"}).to_string(), claims().to_string());
    let signed = format!("{}.{}", base64url(header.as_bytes()), base64url(payload.as_bytes()));
    let token = format!("{signed}.{}", base64url(aws_lc_rs::hmac::sign(&key, signed.as_bytes()).as_ref()));
    assert_eq!(tokens.verify(&token, at(1500)).unwrap_err(), Invalid::UnknownIssuer);
    let unsigned = format!("{}.{}.", base64url(b"{\"alg\":\"none\"}"), base64url(payload.as_bytes()));
    assert_eq!(tokens.verify(&unsigned, at(1500)).unwrap_err(), Invalid::Malformed);
}

#[test]
fn rfc7517_4_a_key_verifies_what_it_is_meant_for() {
    let idms = Idms::new();
    let verdict = |member: &str, value: Value| {
        let mut set: Value = serde_json::from_slice(&idms.jwks()).unwrap();
        set["keys"][0].as_object_mut().unwrap().remove("use");
        set["keys"][0][member] = value;
        Issuer::new("https://idms.a.example", Vec::new(), set.to_string().as_bytes()).is_ok()
    };
    assert!(
        verdict("use", json!("sig"))
            && verdict("alg", json!("ES256"))
            && verdict("key_ops", json!(["verify"]))
    );
    assert!(
        !verdict("use", json!("enc"))
            && !verdict("alg", json!("ES384"))
            && !verdict("key_ops", json!(["sign"]))
    );
}

#[test]
fn rfc7517_5_a_key_of_a_kind_that_is_not_known_spoils_no_set() {
    let idms = Idms::new();
    let mut set: Value = serde_json::from_slice(&idms.jwks()).unwrap();
    set["keys"].as_array_mut().unwrap().insert(0, json!({"kty": "PQC", "kid": "x"}));
    let issuer =
        Issuer::new("https://idms.a.example", vec!["mcx".into()], set.to_string().as_bytes()).unwrap();
    assert!(Tokens::new(vec![issuer]).verify(&idms.token(&claims()), at(1500)).is_ok());
}

#[test]
fn ts33180_b_7_a_visitors_token_names_him_in_both_systems() {
    let idms = Idms::new();
    let bearer = idms
        .tokens()
        .verify(&idms.token(&with("primary_id", json!("sip:alice@p.example"))), at(1500))
        .unwrap();
    assert_eq!(bearer.primary.as_ref().map(|id| id.as_str()), Some("sip:alice@p.example"));
    let nonsense = idms.token(&with("primary_id", json!("alice")));
    let told = idms.tokens().verify(&nonsense, at(1500)).unwrap_err();
    assert_eq!(told, Invalid::Claim("primary_id", Wanted::Id));
}

#[test]
fn what_is_remembered_is_bounded_and_in_use() {
    let idms = Idms::new();
    let tokens = idms.tokens();
    let token = idms.token(&claims());
    let bearer = tokens.verify(&token, at(1500)).unwrap();
    assert!(std::sync::Arc::ptr_eq(&bearer, &tokens.verify(&token, at(1500)).unwrap()), "verified once");
}

#[test]
fn rfc7515_4_1_11_an_extension_that_must_be_understood_is_not() {
    let idms = Idms::new();
    let tokens = idms.tokens();
    for crit in [json!(["exp"]), json!(["urn:example:x"]), json!([]), json!("exp")] {
        let header = json!({"alg": "ES256", "kid": "k1", "crit": crit, "urn:example:x": 1});
        let token = idms.sign(&header, &claims());
        assert_eq!(tokens.verify(&token, at(1500)).unwrap_err(), Invalid::Malformed, "{header}");
    }
}

#[test]
fn rfc8725_3_11_a_token_of_another_kind_is_no_access_token() {
    let idms = Idms::new();
    let tokens = idms.tokens();
    let verdict = |kind: Value| {
        let header = json!({"alg": "ES256", "kid": "k1", "typ": kind});
        tokens.verify(&idms.sign(&header, &claims()), at(1500)).err()
    };
    for kind in ["JWT", "at+jwt", "application/at+jwt", "AT+JWT"] {
        assert_eq!(verdict(json!(kind)), None, "{kind}");
    }
    for kind in ["logout+jwt", "dpop+jwt", "", "JOSE"] {
        assert_eq!(verdict(json!(kind)), Some(Invalid::Kind), "{kind}");
    }
    let untyped = idms.sign(&json!({"alg": "ES256", "kid": "k1"}), &claims());
    assert!(tokens.verify(&untyped, at(1500)).is_ok());
}

#[test]
fn a_token_of_another_key_or_changed_on_its_way_does_not_count() {
    let (idms, mallory) = (Idms::new(), Idms::new());
    let tokens = idms.tokens();
    assert_eq!(tokens.verify(&mallory.token(&claims()), at(1500)).unwrap_err(), Invalid::Signature);
    let token = idms.token(&claims());
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    parts[1] = base64url(with("mcptt_id", json!("sip:root@a.example")).to_string().as_bytes());
    assert_eq!(tokens.verify(&parts.join("."), at(1500)).unwrap_err(), Invalid::Signature);
    assert_eq!(tokens.verify("a.b", at(1500)).unwrap_err(), Invalid::Malformed);
    assert_eq!(tokens.verify(&"a".repeat(10_000), at(1500)).unwrap_err(), Invalid::Malformed);
}

#[test]
fn a_token_without_a_user_does_not_count() {
    let idms = Idms::new();
    let mut nobody = claims();
    for key in ["mcptt_id", "mcvideo_id", "mcdata_id"] {
        nobody.as_object_mut().unwrap().remove(key);
    }
    assert_eq!(idms.tokens().verify(&idms.token(&nobody), at(1500)).unwrap_err(), Invalid::NoUser);
}

#[test]
fn a_set_without_a_key_that_verifies_is_refused() {
    assert!(Issuer::new("i", Vec::new(), b"{}").is_err());
    let symmetric = br#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#;
    assert_eq!(Issuer::new("i", Vec::new(), symmetric).unwrap_err(), "no key in it can verify a signature");
}

#[test]
fn an_issuer_speaks_for_users_of_its_domains_only() {
    let idms = Idms::new();
    let issuer = || Issuer::new("https://idms.a.example", vec!["mcx".into()], &idms.jwks()).unwrap();
    let (token, foreign) =
        (idms.token(&claims()), idms.token(&with("mcdata_id", json!("sip:bob@b.example"))));
    let own = Tokens::new(vec![issuer().of_domains(&["A.example".to_owned()])]);
    assert_eq!(own.verify(&token, at(1500)).err(), None);
    assert_eq!(
        own.verify(&foreign, at(1500)).err(),
        Some(Invalid::ForeignUser),
        "one of its IDs is not its own"
    );
    let other = Tokens::new(vec![issuer().of_domains(&["b.example".to_owned()])]);
    assert_eq!(other.verify(&token, at(1500)).err(), Some(Invalid::ForeignUser));
}

#[test]
fn an_id_token_is_no_access_token_of_an_issuer_without_audience() {
    let idms = Idms::new();
    let tokens = Tokens::new(vec![Issuer::new("https://idms.a.example", Vec::new(), &idms.jwks()).unwrap()]);
    let verdict = tokens.verify(&idms.token(&with("aud", json!("app"))), at(1500)).err();
    assert_eq!(verdict, Some(Invalid::Audience));
}
