//! TS 24.379 clause 7.3: service authorization, by third-party REGISTER and by PUBLISH. RFC 3903 clause 6; TS 23.280 10.6.2
#![allow(clippy::expect_used, reason = "a test that cannot build its own messages has to fail loudly")]

mod publishing;
mod servers;

use std::time::Duration;

use kit::Cause;
use publishing::{Answer, Publish, settings, with};
use servers::{BOB, FLOOD, World, issuer};
use xml_schemas::{ids::McServiceId, migration::ProfileIndex};

const ONE: &str = "urn:uuid:1";
const TWO: &str = "urn:uuid:2";

/// A world in which only a token authorizes.
fn world() -> World {
    World::of(|config, signer| config.issuers = vec![issuer(signer)])
}

fn bob() -> McServiceId {
    McServiceId::new(BOB).expect("valid")
}

fn is_authorized(world: &World) -> bool {
    world.server.authorizations().is_authorized(&bob(), world.now())
}

/// The clients of bob's that are authorized, the last one first.
fn clients(world: &World) -> Vec<String> {
    let all = world.server.authorizations().of(&bob(), world.now());
    all.into_iter().filter_map(|one| one.client).map(|id| id.to_string()).collect()
}

fn authorized(world: &World) -> Answer {
    let answer = settings(ONE, 3).token(&world.token(BOB)).send(world);
    assert_eq!(answer.status, 200, "{}", answer.warning);
    answer
}

#[test]
fn c7_3_3_a_publish_with_a_token_binds_identity_user_client_and_profile() {
    let world = world();
    world.log_on();
    assert!(!is_authorized(&world));
    let answer = authorized(&world);
    assert!(!answer.tag.is_empty());
    let all = world.server.authorizations().of(&bob(), world.now());
    let one = all.first().expect("an authorization");
    assert_eq!((one.user.as_str(), one.impu.as_str()), (BOB, "sip:bob.imsi@b.example"));
    assert_eq!(
        (one.client.as_deref(), one.profile, one.primary.as_ref()),
        (Some(ONE), Some(ProfileIndex(3)), None)
    );
    assert_eq!(world.server.authorizations().profile(&bob(), world.now()), Some(ProfileIndex(3)));
}

#[test]
fn c7_3_3_each_token_that_does_not_count_is_refused_in_its_own_way() {
    let world = world();
    world.log_on();
    let ages = Duration::from_secs(4_000_000_000);
    let for_nothing = world.token_for(BOB, "mcx", &["3gpp:mc:ptt_key_management_service"], ages);
    let cases = [
        ("a.b.c".to_owned(), Cause::BadToken),
        (World::of(|_, _| ()).token(BOB), Cause::BadToken),
        (for_nothing, Cause::InsufficientScope),
        (world.token_for(BOB, "others", &[], ages), Cause::WrongAudience),
        (world.token_for(BOB, "mcx", &[], Duration::from_secs(1_000)), Cause::TokenExpired),
        (world.token("sip:carol@b.example"), Cause::OtherUser),
    ];
    for (token, cause) in cases {
        let answer = settings(ONE, 3).token(&token).send(&world);
        assert_eq!((answer.status, answer.cause), (403, Some(cause)), "{}", answer.warning);
        assert!(answer.warning.contains("101 service authorisation failed"), "{}", answer.warning);
        assert!(!is_authorized(&world), "{cause}");
    }
}

#[test]
fn c7_3_2_a_register_with_a_token_that_does_not_count_is_refused_in_its_own_way() {
    let world = world();
    let old = world.token_for(BOB, "mcx", &["3gpp:mc:ptt_service"], Duration::from_secs(1_000));
    assert_eq!(world.registers(600, Some(&old)), 403);
    assert_eq!(world.registers_as("sip:mallory@b.example", 600, None), 404);
    assert!(world.server.logged_on().is_empty());
}

#[test]
fn c7_3_4_settings_without_a_token_need_a_binding_else_404_with_141() {
    let world = world();
    world.log_on();
    let answer = settings(ONE, 3).send(&world);
    assert_eq!((answer.status, answer.cause), (404, Some(Cause::NotBound)));
    assert!(answer.warning.contains("141 user unknown to the participating function"), "{}", answer.warning);
    authorized(&world);
    assert_eq!(settings(ONE, 4).send(&world).status, 200);
    assert_eq!(world.server.authorizations().profile(&bob(), world.now()), Some(ProfileIndex(4)));
    assert_eq!(settings(TWO, 4).send(&world).status, 404, "another client is not bound");
    assert_eq!(settings(ONE, 4).of("sip:carol@b.example").send(&world).status, 404, "nor another user");
}

#[test]
fn c7_3_4_an_identity_of_nobody_is_404_with_141() {
    let world = world();
    let answer = settings(ONE, 3).token(&world.token(BOB)).from("sip:mallory@b.example").send(&world);
    assert_eq!((answer.status, answer.cause), (404, Some(Cause::NotBound)));
}

#[test]
fn c7_3_2_a_register_with_a_token_authorizes_and_settings_follow_without_one() {
    let world = world();
    assert_eq!(world.registers(600, Some(&world.token(BOB))), 200);
    assert!(is_authorized(&world));
    assert_eq!(settings(ONE, 3).send(&world).status, 200, "the client says who it is");
    assert_eq!(clients(&world), [ONE]);
}

#[test]
fn a_publish_may_overtake_the_news_of_the_registration() {
    let world = world();
    authorized(&world);
    assert!(is_authorized(&world), "the SIP core has let it pass");
    world.log_on();
    assert!(is_authorized(&world));
    world.lab.advance(Duration::from_secs(600));
    assert!(!is_authorized(&world), "from then on it ends with the registration");
}

#[test]
fn rfc3903_6_refresh_modify_and_removal_go_by_the_last_entity_tag() {
    let world = world();
    world.log_on();
    let first = authorized(&world).tag;
    let second = with(&first).expires(600).send(&world);
    assert_eq!((second.status, second.expires), (200, Some(600)));
    assert_ne!(second.tag, first);
    let stale = with(&first).expires(600).send(&world);
    assert_eq!((stale.status, stale.cause), (412, Some(Cause::NoPublication)));
    let third = settings(ONE, 5).modifies(&second.tag).send(&world);
    assert_eq!((third.status, clients(&world)), (200, vec![ONE.to_owned()]));
    assert_eq!(world.server.authorizations().profile(&bob(), world.now()), Some(ProfileIndex(5)));
    assert_eq!(settings(TWO, 5).modifies(&third.tag).send(&world).status, 400, "it is another client's");
    let gone = with(&third.tag).expires(0).send(&world);
    assert_eq!((gone.status, gone.expires), (200, Some(0)));
    assert_eq!(with(&gone.tag).expires(600).send(&world).status, 412);
}

#[test]
fn rfc3903_6_expires_is_granted_within_bounds() {
    let world = world();
    world.log_on();
    let token = world.token(BOB);
    let asked = |seconds| settings(ONE, 3).token(&token).expires(seconds).send(&world);
    assert_eq!(asked(u32::MAX).expires, Some(86_400), "what the clients of TS 24.379 ask for");
    let brief = asked(5);
    assert_eq!((brief.status, brief.cause), (423, Some(Cause::TooBrief)));
}

#[test]
fn c7_3_5_a_removal_ends_the_clients_authorization_and_no_others() {
    let world = world();
    world.log_on();
    let one = authorized(&world);
    assert_eq!(settings(TWO, 1).token(&world.token(BOB)).send(&world).status, 200);
    assert_eq!(clients(&world), [TWO, ONE]);
    assert_eq!(with(&one.tag).expires(0).send(&world).status, 200);
    assert_eq!(clients(&world), [TWO]);
    assert_eq!(
        settings(TWO, 1).token(&world.token(BOB)).expires(0).send(&world).status,
        200,
        "without the tag too"
    );
    assert!(!is_authorized(&world));
    assert_eq!(world.server.logged_on(), [bob()], "the registration stays");
}

#[test]
fn an_authorization_that_is_not_refreshed_ends() {
    let world = world();
    assert_eq!(world.registers(7_200, None), 200);
    assert_eq!(settings(ONE, 3).token(&world.token(BOB)).expires(600).send(&world).status, 200);
    world.lab.advance(Duration::from_secs(599));
    assert!(is_authorized(&world));
    world.lab.advance(Duration::from_secs(1));
    assert!(!is_authorized(&world));
    assert_eq!(world.server.authorizations().count(), (1, 0), "and is cleared away");
    world.lab.advance(Duration::from_secs(7_200));
    assert_eq!(world.server.authorizations().count(), (0, 0));
}

#[test]
fn ts24229_5_4_1_7_a_log_off_ends_every_authorization() {
    let world = world();
    world.log_on();
    let tag = authorized(&world).tag;
    assert_eq!(world.registers(0, None), 200);
    assert!(!is_authorized(&world));
    assert_eq!(with(&tag).expires(600).send(&world).status, 412);
}

#[test]
fn with_the_switch_an_authorization_ends_with_its_token() {
    let world = World::of(|config, signer| {
        config.issuers = vec![issuer(signer)];
        config.authorization.ends_with_token = true;
    });
    assert_eq!(world.registers(7_200, None), 200);
    let now = world.now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let token = world.token_for(BOB, "mcx", &["3gpp:mc:ptt_service"], now + Duration::from_secs(1_000));
    let answer = settings(ONE, 3).token(&token).send(&world);
    assert_eq!(answer.status, 200);
    world.lab.advance(Duration::from_secs(999));
    assert_eq!(with(&answer.tag).expires(3_600).send(&world).status, 200);
    world.lab.advance(Duration::from_secs(1));
    assert!(!is_authorized(&world), "a refresh does not lengthen the token's life");
}

#[test]
fn what_was_authorized_is_after_a_restart_and_its_entity_tag_counts() {
    let world = world();
    world.log_on();
    let tag = authorized(&world).tag;
    let world = world.restart(Duration::from_secs(100));
    assert_eq!(world.server.logged_on(), [bob()]);
    assert_eq!(clients(&world), [ONE]);
    assert_eq!(world.server.authorizations().profile(&bob(), world.now()), Some(ProfileIndex(3)));
    assert_eq!(with(&tag).expires(600).send(&world).status, 200);
}

#[test]
fn what_ended_while_nobody_was_there_is_over_after_a_restart() {
    let world = world();
    world.log_on();
    authorized(&world);
    let world = world.restart(Duration::from_secs(600));
    assert!(!is_authorized(&world) && world.server.logged_on().is_empty());
    assert_eq!(world.server.authorizations().count(), (0, 0));
}

#[test]
fn a_log_off_before_a_restart_stays_one() {
    let world = world();
    world.log_on();
    authorized(&world);
    assert_eq!(world.registers(0, None), 200);
    assert!(!is_authorized(&world.restart(Duration::ZERO)));
}

#[test]
fn what_cannot_be_kept_is_not_promised() {
    let world = world();
    world.log_on();
    world.disk.set_capacity(0);
    let answer = settings(ONE, 3).token(&world.token(BOB)).send(&world);
    assert_eq!(answer.status, 503, "{}", answer.warning);
    assert!(!is_authorized(&world));
    world.disk.set_capacity(u64::MAX);
}

#[test]
fn c23280_10_6_2_a_token_of_another_systems_issuer_authorizes_nobody() {
    let world = world();
    world.log_on();
    let partner = servers::signer("https://idms.a.example");
    let answer = settings(ONE, 3).token(&servers::signed(&partner, BOB)).send(&world);
    assert_eq!((answer.status, answer.cause), (403, Some(Cause::BadToken)));
    assert_eq!(world.registers(600, Some(&servers::signed(&partner, BOB))), 403);
}

#[test]
fn only_the_own_core_brings_settings() {
    let world = world();
    let publish = settings(ONE, 3).token(&world.token(BOB));
    for stranger in [servers::DOCUMENTS, "elsewhere.example"] {
        assert_eq!(publish.clone().by(stranger).send(&world).status, 403, "{stranger}");
    }
    assert!(!is_authorized(&world));
}

#[test]
fn bodies_that_contradict_each_other_or_say_no_client_are_400() {
    let world = world();
    world.log_on();
    let token = world.token(BOB);
    let two = settings(ONE, 3).token(&token).client(TWO).send(&world);
    assert_eq!((two.status, two.cause), (400, Some(Cause::MalformedBody)), "{}", two.warning);
    let none = Publish::bare(&token).send(&world);
    assert_eq!((none.status, none.cause), (400, Some(Cause::MalformedBody)), "{}", none.warning);
    assert!(!is_authorized(&world));
}

#[test]
fn without_issuers_a_registration_authorizes_and_settings_select_a_profile() {
    let world = World::new();
    world.log_on();
    assert!(is_authorized(&world));
    assert_eq!(settings(ONE, 2).send(&world).status, 200);
    assert_eq!(world.server.authorizations().profile(&bob(), world.now()), Some(ProfileIndex(2)));
}

#[test]
fn a_client_that_leaves_does_not_take_the_others_along() {
    let world = world();
    world.log_on();
    authorized(&world);
    assert_eq!(settings(TWO, 1).token(&world.token(BOB)).send(&world).status, 200);
    assert_eq!(world.leaves(TWO), 200);
    assert_eq!(clients(&world), [ONE]);
}

#[test]
fn the_groups_of_a_user_are_those_of_the_profile_that_he_has_selected() {
    let world = world();
    world.put_profile(&[FLOOD]);
    world.log_on();
    let token = world.token(BOB);
    let groups = |profile| {
        assert_eq!(settings(ONE, profile).token(&token).send(&world).status, 200);
        world.server.groups_of(&bob()).into_iter().collect::<Vec<_>>()
    };
    assert_eq!(groups(1), [FLOOD]);
    assert_eq!(groups(2), Vec::<String>::new(), "that profile names none");
}
