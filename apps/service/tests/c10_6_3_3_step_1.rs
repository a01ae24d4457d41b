//! TS 23.280 clause 10.6.3.3 step 1 at the partner MC service server, as far as service authorization goes; 10.6.2 at home.
#![allow(clippy::expect_used, reason = "a test that cannot build its own messages has to fail loudly")]

mod publishing;
mod servers;

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kit::{Cause, tokens::Signer};
use publishing::{Answer, Publish, settings};
use servers::{BOB, World, issuer};
use service::migration::{MigrationConfig, PartnerConfig, Visitors};
use xml_schemas::ids::{McServiceId, Psi};

const CLIENT: &str = "urn:uuid:9";
const VISITOR: &str = "sip:visitor@b.example";
const PRIMARY: &str = "sip:alice@a.example";
const IMPU: &str = "sip:alice.imsi@b.example";

fn world() -> World {
    world_of(|_| ())
}

fn world_of(change: impl Fn(&mut MigrationConfig)) -> World {
    let partner = PartnerConfig {
        name: "a.example".into(),
        domains: vec!["a.example".into()],
        psi: Psi::new("sip:mcptt_psi@a.example").expect("valid"),
        merge: false,
        protection: None,
        direct: None,
        visitors: Visitors::Any,
        expected: Vec::new(),
        at_most: None,
        allow: Vec::new(),
    };
    let mut migration = MigrationConfig { partners: vec![partner], ..MigrationConfig::default() };
    change(&mut migration);
    World::of(|config, signer| {
        config.issuers = vec![issuer(signer)];
        config.migration = Some(migration);
    })
}

fn asks(world: &World) -> Publish {
    let publish = settings(CLIENT, 3).token(&world.visitor_token(VISITOR, PRIMARY)).from(IMPU);
    publish.migrates(Some(VISITOR), PRIMARY, Some(3))
}

fn refused(answer: &Answer) -> (u16, Option<Cause>) {
    (answer.status, answer.cause)
}

fn is_authorized(world: &World, user: &str) -> bool {
    world.server.authorizations().is_authorized(&McServiceId::new(user).expect("valid"), world.now())
}

#[test]
fn step_1_a_request_is_accepted_and_authorizes_nobody_yet() {
    let world = world();
    assert_eq!(world.registers_as(IMPU, 600, None), 200, "a visitor may log on");
    let answer = asks(&world).send(&world);
    assert_eq!((answer.status, answer.tag.is_empty()), (200, false), "{}", answer.warning);
    assert!(!is_authorized(&world, VISITOR) && !is_authorized(&world, PRIMARY));
    let steps = world.steps();
    assert!(steps.contains(&("10.6.3.3", 1)), "{steps:?}");
}

#[test]
fn step_6_is_for_one_profile_and_a_visitor_selects_no_other_by_himself() {
    let world = world();
    world.registers_as(IMPU, 600, None);
    let tag = asks(&world).send(&world).tag;
    let other = settings(CLIENT, 1).from(IMPU).modifies(&tag).send(&world);
    assert_eq!(refused(&other), (403, Some(Cause::WrongProfile)));
    let same = settings(CLIENT, 3).from(IMPU).modifies(&tag).send(&world);
    assert_eq!(same.status, 200, "{}", same.warning);
}

#[test]
fn step_1_a_visitors_registration_with_his_token_authorizes_nobody() {
    let world = world();
    assert_eq!(world.registers_as(IMPU, 600, Some(&world.token(VISITOR))), 200);
    assert!(!is_authorized(&world, VISITOR));
    let alone = settings(CLIENT, 3).token(&world.token(VISITOR)).from(IMPU).send(&world);
    assert_eq!(refused(&alone), (404, Some(Cause::NotBound)), "nor do his settings, without the primary ID");
}

#[test]
fn step_1_the_partner_id_is_the_tokens() {
    let world = world();
    let other = asks(&world).migrates(Some("sip:another@b.example"), PRIMARY, Some(3)).send(&world);
    assert_eq!(refused(&other), (403, Some(Cause::OtherUser)), "{}", other.warning);
    let unsaid = asks(&world).migrates(None, PRIMARY, Some(3)).send(&world);
    assert_eq!(unsaid.status, 200, "the token says it");
    let abroad = "sip:visitor@elsewhere.example";
    let foreign = asks(&world)
        .token(&world.visitor_token(abroad, PRIMARY))
        .migrates(Some(abroad), PRIMARY, Some(3))
        .send(&world);
    assert_eq!(refused(&foreign), (403, Some(Cause::ForeignIdentity)));
    let own = asks(&world)
        .token(&world.visitor_token(BOB, PRIMARY))
        .migrates(Some(BOB), PRIMARY, Some(3))
        .send(&world);
    assert_eq!(refused(&own), (403, Some(Cause::OtherUser)), "nobody becomes a user of this system");
}

#[test]
fn step_1_credentials_count_or_are_refused_each_in_its_own_way() {
    let world = world();
    let ages = Duration::from_secs(4_000_000_000);
    let expired = world.token_for(VISITOR, "mcx", &[], Duration::from_secs(1_000));
    let cases = [
        ("a.b.c".to_owned(), Cause::BadToken),
        (world.token_for(VISITOR, "others", &[], ages), Cause::WrongAudience),
        (expired, Cause::TokenExpired),
    ];
    for (token, cause) in cases {
        assert_eq!(refused(&asks(&world).token(&token).send(&world)), (403, Some(cause)));
    }
    let none = settings(CLIENT, 3).from(IMPU).migrates(Some(VISITOR), PRIMARY, Some(3)).send(&world);
    assert_eq!(refused(&none), (403, Some(Cause::NoToken)));
}

/// Tokens that look right and are not, as TS 33.180 annex B has them.
fn forged(world: &World) -> Vec<(&'static str, String)> {
    let right = world.visitor_token(VISITOR, PRIMARY);
    let [header, payload, signature] = right.split('.').collect::<Vec<_>>()[..] else {
        unreachable!("a JWT has three parts")
    };
    let another = world.visitor_token(VISITOR, "sip:mallory@a.example");
    let changed = another.split('.').nth(1).unwrap_or_default();
    let claims = |issuer: &str, begins: u64| {
        serde_json::json!({
            "iss": issuer, "aud": "mcx", "nbf": begins, "exp": 4_000_000_000_u64, "mcptt_id": VISITOR, "primary_id": PRIMARY,
            "scope": "3gpp:mc:ptt_service",
        })
    };
    let own = "https://idms.b.example";
    let sign = |signer: &Signer, claims| signer.sign_claims("at+jwt", &claims).expect("signs");
    let mut symmetric = Header::new(Algorithm::HS256);
    symmetric.kid = Some(world.signer.key_id().to_owned());
    let secret = EncodingKey::from_secret(world.signer.jwks().as_bytes());
    let confused = jsonwebtoken::encode(&symmetric, &claims(own, 0), &secret).expect("signs");
    vec![
        ("no JWT", "a.b.c".to_owned()),
        ("what it says was changed", [header, changed, signature].join(".")),
        ("without its signature", format!("{header}.{payload}.")),
        // {"alg":"none"}
        ("of no algorithm", format!("eyJhbGciOiJub25lIn0.{payload}.")),
        ("the public key taken for a secret", confused),
        ("of another key", sign(&servers::signer(own), claims(own, 0))),
        ("of another issuer", sign(&world.signer, claims("https://idms.a.example", 0))),
        (
            "of an issuer that is not known",
            sign(&servers::signer("https://x.example"), claims("https://x.example", 0)),
        ),
        ("not valid yet", sign(&world.signer, claims(own, 3_999_999_999))),
        ("no access token", world.signer.sign_claims("logout+jwt", &claims(own, 0)).expect("signs")),
    ]
}

#[test]
fn step_1_a_forged_token_of_whichever_kind_admits_nobody() {
    let world = world();
    world.registers_as(IMPU, 600, None);
    for (what, token) in forged(&world) {
        let answer = asks(&world).token(&token).send(&world);
        let cause = if what == "not valid yet" { Cause::TokenNotYet } else { Cause::BadToken };
        assert_eq!(refused(&answer), (403, Some(cause)), "{what}: {}", answer.warning);
        assert_eq!(world.server.authorizations().count().1, 0, "{what}: nobody is bound");
        assert!(
            world.server.migrations().is_some_and(|book| book.visits().is_empty()),
            "{what}: nobody visits"
        );
    }
    assert_eq!(asks(&world).send(&world).status, 200, "the right one does");
}

#[test]
fn step_1_a_token_for_another_mc_service_admits_nobody() {
    let world = world();
    let ages = Duration::from_secs(4_000_000_000);
    for scopes in [&["3gpp:mc:video_service"][..], &["3gpp:mc:ptt_group_management_service"]] {
        let token = world.visitor_token_for(VISITOR, PRIMARY, scopes, ages);
        let answer = asks(&world).token(&token).send(&world);
        assert_eq!(refused(&answer), (403, Some(Cause::InsufficientScope)), "{scopes:?}: {}", answer.warning);
    }
    let of_video = serde_json::json!({
        "iss": "https://idms.b.example", "aud": "mcx", "exp": 4_000_000_000_u64, "mcvideo_id": VISITOR, "primary_id": PRIMARY,
        "scope": "3gpp:mc:ptt_service",
    });
    let token = world.signer.sign_claims("at+jwt", &of_video).expect("signs");
    let answer = asks(&world).token(&token).send(&world);
    assert_eq!(
        refused(&answer),
        (403, Some(Cause::BadToken)),
        "it names an MCVideo ID alone: {}",
        answer.warning
    );
}

#[test]
fn step_1_a_profile_is_selected_once() {
    let world = world();
    let elsewhere = asks(&world).migrates(Some(VISITOR), PRIMARY, Some(4)).send(&world);
    assert_eq!(refused(&elsewhere), (400, Some(Cause::MalformedBody)), "the settings say another");
    let only_there = asks(&world).migrates(Some(VISITOR), PRIMARY, None).send(&world);
    assert_eq!(only_there.status, 200, "{}", only_there.warning);
    let bare = Publish::bare(&world.visitor_token(VISITOR, PRIMARY)).client(CLIENT).from(IMPU);
    let none = bare.migrates(Some(VISITOR), PRIMARY, None).send(&world);
    assert_eq!(refused(&none), (400, Some(Cause::MalformedBody)));
}

#[test]
fn step_1_nobody_migrates_where_no_migration_is_configured_or_from_where_nobody_is_known() {
    let closed = World::of(|config, signer| config.issuers = vec![issuer(signer)]);
    assert_eq!(closed.registers_as(IMPU, 600, None), 404);
    assert_eq!(refused(&asks(&closed).send(&closed)), (403, Some(Cause::NotPermitted)));
    let world = world();
    let primary = "sip:alice@nowhere.example";
    let nowhere = asks(&world).token(&world.visitor_token(VISITOR, primary));
    let nowhere = nowhere.migrates(Some(VISITOR), primary, Some(3)).send(&world);
    assert_eq!(refused(&nowhere), (403, Some(Cause::UnknownPartner)));
    assert_eq!(world.server.authorizations().count(), (0, 0), "what was refused is not bound");
}

#[test]
fn step_1_a_user_of_the_own_system_does_not_migrate_to_it() {
    let world = world();
    let own = asks(&world).from("sip:bob.imsi@b.example").send(&world);
    assert_eq!(refused(&own), (403, Some(Cause::OtherUser)));
}

#[test]
fn step_1_the_primary_id_is_the_one_for_which_the_token_was_given() {
    let world = world();
    let of_another = asks(&world).token(&world.visitor_token(VISITOR, "sip:dave@a.example")).send(&world);
    assert_eq!(refused(&of_another), (403, Some(Cause::OtherUser)), "{}", of_another.warning);
    let unsaid = asks(&world).token(&world.token(VISITOR)).send(&world);
    assert_eq!(refused(&unsaid), (403, Some(Cause::OtherUser)), "nobody vouches for it: {}", unsaid.warning);
    let lenient = world_of(|migration| migration.require_primary_id = false);
    let unsaid = asks(&lenient).token(&lenient.token(VISITOR)).send(&lenient);
    assert_eq!(unsaid.status, 200, "{}", unsaid.warning);
    let of_another =
        asks(&lenient).token(&lenient.visitor_token(VISITOR, "sip:dave@a.example")).send(&lenient);
    assert_eq!(refused(&of_another), (403, Some(Cause::OtherUser)));
}
