//! TS 23.280 10.17.5: users for migration, added and removed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod neighbours;
mod systems;
mod users;

use std::time::Duration;

use acm::case::Stage;
use futures::FutureExt as _;
use http::Method;
use kit::Cause;
use neighbours::{CMS, Fake, HOME, TEMPLATE, asks_at_home, configured, given, profile_of};
use systems::*;
use users::*;
use xml_schemas::acm::{
    Actor, AddMigrationUsersRequest as Add, AddMigrationUsersResponse as Added, Admission, Outcome,
    ProfileContent, Refusal, RemoveMigrationUsersResponse as Removed, UserRemoval,
};

#[test]
fn a_person_says_for_each_user_whether_he_may_come() {
    let (world, fake) = by_person();
    let request = add("u-1", &[CAROL, DAVE]);
    world.logs_on(B, DECIDER);
    world.logs_on(A, ASKER);
    assert_eq!(world.says(A, ASKER, &request).0, 200);
    world.lab.run();
    assert_eq!(world.told::<Add>(B).len(), 1);
    let why = Refusal { code: None, text: Some("not at sea".into()) };
    let users = vec![ruling(CAROL, Admission::Approved), ruling(DAVE, Admission::Refused(why.clone()))];
    assert_eq!(world.says(B, DECIDER, &request.answer(decider(), users)).0, 200);
    world.lab.run();

    let response = answered(&world);
    assert_eq!((response.result.clone(), response.heading.handler.clone()), (Outcome::Partial, decider()));
    let Admission::Admitted { partner, profiles } = admission(&response, CAROL) else { panic!("admitted") };
    assert_eq!(partner.as_str(), given(CAROL));
    let uri = format!("https://{CMS}{}", profile_of(&given(CAROL)));
    assert!(
        matches!(&profiles[0].content, ProfileContent::Reference { uri: at, etag } if *at == uri && etag.is_some())
    );
    assert_eq!(admission(&response, DAVE), Admission::Refused(why));
    fake.held(|held| {
        assert_eq!((held.admitted.get(CAROL), held.admitted.get(DAVE)), (Some(&true), None));
        assert_eq!((held.expected.get(CAROL), held.expected.get(DAVE)), (Some(&true), None));
        let (_, copy) = &held.documents[&profile_of(&given(CAROL))];
        assert!(copy.contains(&given(CAROL)) && !copy.contains(TEMPLATE), "{copy}");
    });
    assert_eq!(world.told::<Added>(A), [response]);
    assert_eq!(stage(world.asked("u-1")), Some(Stage::Answered));
    for step in [1, 2, 3, 4, 5, 7, 8, 9, 10] {
        assert!(world.steps("10.17.5.2").contains(&step), "step {step}");
    }
}

#[test]
fn what_the_partner_gave_is_kept_by_the_server_that_asked() {
    let (world, _fake) = by_rule();
    world.says(A, ASKER, &add("u-1", &[CAROL]));
    world.lab.run();
    let kept = |world: &World| {
        let key = format!("acm/abroad/{B}/{CAROL}");
        world.stores[A].get(key.as_bytes()).now_or_never().unwrap().unwrap().map(|record| record.value)
    };
    let value = kept(&world).expect("is kept");
    assert!(std::str::from_utf8(&value).unwrap().contains(&given(CAROL)));
    world.says(A, ASKER, &remove("u-2", &[CAROL]));
    world.lab.run();
    assert_eq!(kept(&world), None);
}

#[test]
fn a_rule_admits_all_and_the_answer_names_the_server() {
    let (world, fake) = by_rule();
    world.says(A, ASKER, &add("u-1", &[CAROL, DAVE]));
    world.lab.run();
    let response = answered(&world);
    assert_eq!(response.result, Outcome::Success);
    assert_eq!(response.heading.handler, Actor::user(id("sip:acm_psi@b.example")));
    fake.held(|held| assert_eq!((held.expected[CAROL], held.expected[DAVE]), (true, true)));
}

#[test]
fn removed_users_are_not_expected_and_get_no_tokens_and_their_id_stays_theirs() {
    let (world, fake) = by_rule();
    world.says(A, ASKER, &add("u-1", &[CAROL, DAVE]));
    world.says(A, ASKER, &remove("u-2", &[DAVE]));
    world.lab.run();
    fake.held(|held| {
        assert_eq!((held.expected[CAROL], held.expected[DAVE]), (true, false));
        assert_eq!((held.admitted[CAROL], held.admitted[DAVE]), (true, false));
    });
    let removed: Vec<Removed> = world.sent("mcgw.b.example");
    assert_eq!((removed.len(), &removed[0].result), (1, &Outcome::Success));
    world.says(A, ASKER, &add("u-3", &[DAVE]));
    world.lab.run();
    let Admission::Admitted { partner, .. } = admission(&answered(&world), DAVE) else { panic!("admitted") };
    assert_eq!(partner.as_str(), given(DAVE));
    assert_eq!(fake.count(&Method::PUT, "mcptt-user-profile-1.xml"), 2, "his profile is left as it was");
}

#[test]
fn a_person_may_keep_a_user_who_was_to_be_removed() {
    let (world, fake) = by_person();
    let request = remove("u-1", &[CAROL, DAVE]);
    world.says(A, ASKER, &request);
    world.lab.run();
    let why = Refusal { code: None, text: Some("on duty until Friday".into()) };
    let users = vec![
        UserRemoval { primary: id(CAROL), refused: Some(why) },
        UserRemoval { primary: id(DAVE), refused: None },
    ];
    assert_eq!(world.says(B, DECIDER, &request.answer(decider(), users)).0, 200);
    world.lab.run();
    let removed: Vec<Removed> = world.sent("mcgw.b.example");
    assert_eq!(removed[0].result, Outcome::Partial);
    fake.held(|held| assert_eq!((held.expected.get(CAROL), held.expected.get(DAVE)), (None, Some(&false))));
}

#[test]
fn a_user_whom_a_server_refuses_is_refused_and_nothing_of_him_is_left() {
    let (world, fake) = by_rule();
    fake.held(|held| held.fails = Some((format!("expected/{CAROL}"), 403, 1)));
    world.says(A, ASKER, &add("u-1", &[CAROL, DAVE]));
    world.lab.run();
    let response = answered(&world);
    assert_eq!(response.result, Outcome::Partial);
    let code = Some(Cause::NotPermitted.code());
    assert!(matches!(admission(&response, CAROL), Admission::Refused(why) if why.code == code));
    fake.held(|held| {
        assert_eq!((held.admitted[CAROL], held.admitted[DAVE]), (false, true));
        assert_eq!(held.undone, 2, "what counted before counts again: nobody is sent away who was asked for");
    });
}

#[test]
fn what_a_fault_interrupts_is_done_from_its_beginning_and_answered_once() {
    for end in ["visitors/sip:carol@a.example", "expected/sip:carol@a.example", "mcptt-user-profile-1.xml"] {
        let (world, fake) = by_rule();
        fake.held(|held| held.fails = Some((end.into(), 503, 2)));
        world.says(A, ASKER, &add("u-1", &[CAROL]));
        world.lab.run();
        assert!(world.sent::<Added>("mcgw.b.example").is_empty(), "{end}");
        assert_eq!(stage(world.received("u-1")), Some(Stage::Decided));
        world.seconds(60);
        assert_eq!(world.sent::<Added>("mcgw.b.example").len(), 1, "{end}");
        assert_eq!(stage(world.asked("u-1")), Some(Stage::Answered));
        fake.held(|held| assert!(held.expected[CAROL]));
    }
}

#[test]
fn a_decision_outlives_the_process_that_took_it() {
    let (world, fake) = by_rule();
    fake.held(|held| held.fails = Some(("expected/sip:carol@a.example".into(), 503, 1)));
    world.says(A, ASKER, &add("u-1", &[CAROL]));
    world.lab.run();
    let world = world.restart(Duration::from_secs(3_600));
    fake.join(&world);
    world.seconds(120);
    assert_eq!(stage(world.asked("u-1")), Some(Stage::Answered));
    fake.held(|held| assert!(held.expected[CAROL]));
}

#[test]
fn a_system_speaks_for_its_own_users_only() {
    let (world, fake) = by_rule();
    for (request, users) in [("u-1", &["sip:mallory@b.example"][..]), ("u-2", &[CAROL, "sip:eve@c.example"])]
    {
        let (status, cause) = world.says(A, ASKER, &add("u-0", users));
        assert_eq!((status, cause), (403, Some(Cause::ForeignIdentity)));
        assert_eq!(world.between(A, B, &add(request, users)).0, 200);
        world.lab.run();
        let refused = answered(&world);
        assert!(
            matches!(&refused.result, Outcome::Failure(why) if why.code == Some(Cause::ForeignIdentity.code()))
        );
        assert!(refused.users.is_empty());
    }
    fake.held(|held| assert!(held.admitted.is_empty()));
}

#[test]
fn without_servers_that_could_know_the_users_it_comes_to_nothing() {
    let bare = World::of(|_, config| {
        config.partners[0].handle = vec![always()];
    });
    bare.says(A, ASKER, &add("u-1", &[CAROL]));
    bare.lab.run();
    let case = bare.asked("u-1").unwrap();
    assert_eq!((case.stage, case.cause), (Stage::Refused, Some(Cause::NoAddress)));
}

/// Of a user whom one of the servers will not have nothing is left in the others, and the answer says why.
#[test]
fn step_4_a_profile_that_the_own_server_refuses_is_a_refusal_of_that_user() {
    for (status, cause) in
        [(409, Cause::MalformedBody), (403, Cause::NotPermitted), (413, Cause::Unspecified)]
    {
        let (world, fake) = by_rule();
        let own = profile_of(&given(CAROL));
        fake.held(|held| held.refuses = Some((Method::PUT, own, status)));
        world.says(A, ASKER, &add("u-1", &[CAROL, DAVE]));
        world.seconds(5);
        let response = answered(&world);
        assert_eq!(response.result, Outcome::Partial, "{status}");
        let Admission::Refused(why) = admission(&response, CAROL) else { panic!("refused") };
        assert_eq!(why.code.and_then(Cause::from_code), Some(cause), "{status}");
        assert_eq!(stage(world.received("u-1")), Some(Stage::Answered));
        fake.held(|held| {
            assert_eq!((held.admitted[CAROL], held.expected[CAROL]), (false, false));
            assert_eq!((held.admitted[DAVE], held.expected[DAVE]), (true, true));
        });
    }
}

/// The agreement's privacy switch, for each user.
#[test]
fn step_8_does_not_tell_unknown_from_refused_where_the_agreement_merges_them() {
    let world = World::of(|system, config| {
        configured(system, config);
        config.partners[0].handle = vec![always()];
        config.partners[0].merge = true;
    });
    let fake = Fake::beside(&world);
    fake.held(|held| held.fails = Some((format!("expected/{CAROL}"), 403, usize::MAX)));
    world.says(A, ASKER, &add("u-1", &[CAROL]));
    world.seconds(5);
    let Admission::Refused(why) = admission(&answered(&world), CAROL) else { panic!("refused") };
    assert_eq!(why.code.and_then(Cause::from_code), Some(Cause::NotDisclosed));
    let causes = |request: &str| [world.asked(request), world.received(request)].map(|case| case?.cause);
    let here = [Some(Cause::NotDisclosed), Some(Cause::NotPermitted)];
    assert_eq!(causes("u-1"), here, "who decided knows why");
    fake.held(|held| held.fails = Some((format!("expected/{CAROL}"), 404, usize::MAX)));
    world.says(A, ASKER, &remove("u-2", &[CAROL]));
    world.seconds(5);
    let response = world.sent::<Removed>("mcgw.b.example").pop().expect("an answer");
    let why = response.users[0].refused.clone().expect("refused");
    assert_eq!(why.code.and_then(Cause::from_code), Some(Cause::NotDisclosed));
    let [there, here] = causes("u-2");
    assert!(there == Some(Cause::NotDisclosed) && here.is_some() && here != there, "{here:?}");
}

/// Of several each has a refusal of his own, and the request has come to something.
#[test]
fn step_8_where_one_of_several_is_refused_the_request_has_no_cause() {
    let (world, fake) = by_rule();
    fake.held(|held| held.fails = Some((format!("expected/{CAROL}"), 403, usize::MAX)));
    world.says(A, ASKER, &add("u-1", &[CAROL, DAVE]));
    world.seconds(5);
    assert_eq!(world.received("u-1").map(|case| (case.stage, case.cause)), Some((Stage::Answered, None)));
}

#[test]
fn step_8_an_own_server_that_never_comes_back_ends_in_a_refusal_and_not_in_silence() {
    let (world, fake) = by_rule();
    fake.held(|held| held.fails = Some((DAVE.into(), 503, usize::MAX)));
    world.says(A, ASKER, &add("u-1", &[CAROL, DAVE]));
    world.seconds(23 * 3_600);
    assert_eq!(stage(world.received("u-1")), Some(Stage::Decided), "it is tried");
    world.seconds(2 * 3_600);
    assert_eq!(stage(world.received("u-1")), Some(Stage::Answered));
    let response = answered(&world);
    assert!(matches!(admission(&response, CAROL), Admission::Admitted { .. }));
    let Admission::Refused(why) = admission(&response, DAVE) else { panic!("refused") };
    assert_eq!(why.code.and_then(Cause::from_code), Some(Cause::Overloaded));
    assert_eq!((world.records(B, "acm/work/"), stage(world.asked("u-1"))), (0, Some(Stage::Answered)));
}

#[test]
fn so_many_users_are_asked_for_as_can_be_answered() {
    let (world, _) = by_rule();
    let many: Vec<String> = (0..2_000).map(|number| format!("sip:u{number}@a.example")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(world.says(A, ASKER, &add("u-1", &many)), (413, Some(Cause::TooLarge)));
    assert_eq!(world.between(A, B, &add("u-2", &many)).0, 200);
    world.lab.run();
    let case = world.received("u-2").unwrap();
    assert_eq!((case.stage, case.cause), (Stage::Refused, Some(Cause::TooLarge)));
    assert_eq!(world.between(A, B, &add("u-3", &many[..250])).0, 200);
    world.seconds(5);
    assert_eq!(stage(world.received("u-3")), Some(Stage::Answered));
}

#[test]
fn an_id_that_is_of_another_system_than_the_partners_is_not_believed() {
    let (world, _) = by_person();
    let request = add("u-1", &[CAROL]);
    world.says(A, ASKER, &request);
    world.lab.run();
    let admission = Admission::Admitted { partner: id("sip:carol@c.example"), profiles: Vec::new() };
    let answer = request.answer(decider(), vec![ruling(CAROL, admission)]);
    assert_eq!(world.between(B, A, &answer), (403, Some(Cause::ForeignIdentity)));
    assert_eq!(stage(world.asked("u-1")), Some(Stage::Stored));
}

#[test]
fn the_status_says_who_is_who_in_the_partner_system() {
    let (world, _fake) = by_rule();
    world.logs_on(A, ASKER);
    world.says(A, ASKER, &add("u-1", &[CAROL, DAVE]));
    world.lab.run();
    world.says(A, ASKER, &status(ASKER, A));
    world.lab.run();
    let told = world.told::<xml_schemas::acm::StatusResponse>(A).pop().expect("a status");
    let given = |user: &str| (id(user), id(&given(user)));
    assert_eq!(told.items[0].given, [given(CAROL), given(DAVE)]);
}

/// Step 2: nobody is named to a partner who could never migrate.
#[test]
fn step_2_a_user_whom_the_own_system_does_not_know_is_not_asked_for() {
    let world = World::of(asks_at_home);
    let fake = Fake::beside(&world);
    fake.beside_process(&world, "acm1.core.a.example");
    fake.held(|held| held.own.insert(CAROL.into()));
    let unknown = (404, Some(Cause::UnknownAtHome));
    assert_eq!(world.says(A, ASKER, &add("u-1", &[CAROL, DAVE])), unknown);
    assert!(world.asked("u-1").is_none() && world.sent::<Add>("mcgw.a.example").is_empty());
    assert_eq!(world.says(A, ASKER, &add("u-2", &[CAROL])), (200, None));
    assert_eq!(world.says(A, ASKER, &remove("u-3", &[DAVE])), (200, None), "whoever is gone can be removed");
    world.lab.connect_web(
        "acm1.core.a.example",
        HOME,
        kit::testing::WebEnd::Fails(wire::WireError::Unreachable("gone".into())),
    );
    let away = (503, Some(Cause::ServerUnreachable));
    assert_eq!(world.says(A, ASKER, &add("u-4", &[CAROL])), away, "an own server is no partner");
    assert!(world.asked("u-4").is_none(), "where it cannot be asked, nothing is decided");
}

/// The answer has "MC service ID and user profiles": where there is nothing to give a copy of, nobody is admitted.
#[test]
fn step_4_without_a_template_nobody_is_admitted() {
    let (world, fake) = by_rule();
    fake.held(|held| held.documents.remove(&profile_of(TEMPLATE)));
    world.says(A, ASKER, &add("u-1", &[CAROL]));
    world.seconds(5);
    let Admission::Refused(why) = admission(&answered(&world), CAROL) else { panic!("refused") };
    assert_eq!(why.code.and_then(Cause::from_code), Some(Cause::NoTemplate));
    fake.held(|held| assert_eq!((held.admitted[CAROL], held.expected[CAROL]), (false, false), "undone"));
}

/// Where the own users log in at another's server, the own one knows visitors alone: it is not asked for others.
#[test]
fn step_2_where_the_own_users_are_anothers_the_operator_says_so_and_nobody_is_asked_for() {
    let world = World::of(|system, config| {
        asks_at_home(system, config);
        config.neighbours.ask_at_home = false;
    });
    let fake = Fake::beside(&world);
    fake.beside_process(&world, "acm1.core.a.example");
    assert_eq!(world.says(A, ASKER, &add("u-1", &[CAROL])), (200, None));
    world.lab.run();
    fake.held(|held| assert!(held.asked.iter().all(|(_, path)| !path.contains("/users/sip:carol@"))));
}

/// RFC 3261 25.1, user-unreserved: a user may be called by what ends a path of HTTP, or by what is escaped.
#[test]
fn a_user_whose_name_has_marks_of_uris_is_asked_for_admitted_and_removed() {
    for name in [
        "sip:carol?x=1@a.example",
        "sip:carol%3Fx@a.example",
        "sip:carol%23/x@a.example",
        "sip:c+a,r;o&l$@a.example",
    ] {
        let (world, fake) = by_rule();
        assert_eq!(id(name).as_str(), name);
        assert_eq!(world.between(A, B, &add("u-1", &[name])).0, 200);
        world.lab.run();
        assert!(matches!(admission(&answered(&world), name), Admission::Admitted { .. }), "{name}");
        fake.held(|held| assert_eq!((held.admitted[name], held.expected[name]), (true, true)));
        assert_eq!(world.between(A, B, &remove("u-2", &[name])).0, 200);
        world.lab.run();
        fake.held(|held| assert_eq!((held.admitted[name], held.expected[name]), (false, false)));
        assert_eq!(stage(world.received("u-2")), Some(Stage::Answered));
    }
}
