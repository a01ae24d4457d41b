//! TS 22.280 [R-6.1-004], TS 33.180 clause 10: every act of sharing groups and every decision stands in the audit log of the server
//! where it happened, with who did it and by which rule, and with nobody's personal data.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod two_servers;

use audit::{Digest, Entry};
use http::{Method, StatusCode};
use two_servers::{A, B, FIRE, From, World, config, fire, path};

/// Act, by whom, verdict, rule.
fn told(entries: &[Entry]) -> Vec<(&str, &str, &str, &str)> {
    let mut told = Vec::new();
    for entry in entries {
        let ruling = entry.ruling.as_ref();
        let (verdict, rule) =
            ruling.map_or(("", ""), |ruling| (ruling.verdict.as_str(), ruling.rule.as_str()));
        told.push((entry.act.as_str(), entry.by.as_str(), verdict, rule));
    }
    told
}

fn has(entries: &[Entry], expected: (&str, &str, &str, &str)) {
    assert!(told(entries).contains(&expected), "{expected:?} is not in {:#?}", told(entries));
}

#[test]
fn a_group_that_is_defined_and_provided_stands_in_both_logs() {
    let world = World::new();
    assert_eq!(world.define(FIRE, &fire(3)).status(), StatusCode::CREATED);
    world.lab.run();
    let (here, there) = (world.entries(A), world.entries(B));
    has(&here, ("groups.document.written", "sip:admin@a.example", "", ""));
    has(&here, ("groups.share.due", "sip:gms_psi@a.example", "allow", "share: members"));
    has(&here, ("groups.share.provided", "sip:gms_psi@a.example", "", ""));
    has(&there, ("groups.offer.kept", A, "allow", "a.example may-provide"));
    let written = here.iter().find(|entry| entry.act == "groups.document.written").expect("is there");
    assert_eq!(written.digest, Some(Digest::of(fire(3).as_bytes())));
    assert!(written.on.iter().any(|name| name == FIRE), "{:?}", written.on);
    let kept = there.iter().find(|entry| entry.act == "groups.offer.kept").expect("is there");
    assert_eq!((kept.partner.as_deref(), kept.on.as_slice()), (Some(A), &[FIRE.to_owned()][..]));
}

#[test]
fn members_are_not_named() {
    let world = World::new();
    world.define(FIRE, &fire(3));
    world.lab.run();
    for entry in world.entries(A).iter().chain(&world.entries(B)) {
        let text = format!("{entry:?}");
        assert!(!text.contains("alice") && !text.contains("bob"), "{text}");
    }
}

#[test]
fn an_administrators_own_decisions_stand_with_his_name() {
    let world = World::new();
    world.define(FIRE, &fire(3));
    world.lab.run();
    assert_eq!(world.admin(A, Method::PUT, &format!("shares/{B}/{FIRE}")).0, 202);
    world.lab.run();
    assert_eq!(world.admin(A, Method::DELETE, &format!("shares/{B}/{FIRE}")).0, 202);
    world.lab.run();
    let (here, there) = (world.entries(A), world.entries(B));
    has(&here, ("groups.share.listed", "sip:admin@a.example", "allow", "an administrator"));
    has(&here, ("groups.share.barred", "sip:admin@a.example", "allow", "an administrator"));
    has(&here, ("groups.share.withdrawn", "sip:gms_psi@a.example", "", ""));
    has(&there, ("groups.offer.withdrawn", A, "", ""));
}

#[test]
fn what_a_partner_is_refused_stands_with_the_rule_or_the_cause() {
    let mut there = config(B, A);
    there.partners[0].may_provide = false;
    let world = World::of(config(A, B), there);
    world.define(FIRE, &fire(3));
    world.lab.run();
    has(&world.entries(B), ("groups.offer.refused", A, "refuse not-permitted", "a.example may-provide"));
    has(&world.entries(A), ("groups.share.failed", "sip:gms_psi@a.example", "", ""));
    let gateway = From::Gateway("sip:mcgw@b.example");
    let nowhere = world.get(A, gateway, "sip:nowhere@a.example");
    assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);
    has(&world.entries(A), ("groups.request.refused", B, "refuse unknown-group", "precondition"));
}

#[test]
fn what_is_told_to_a_partner_on_request_stands_once_for_each_content() {
    let mut here = config(A, B);
    here.partners[0].may_be_provided = false;
    let world = World::of(here, config(B, A));
    world.define(FIRE, &fire(3));
    for _ in 0..5 {
        assert_eq!(world.get(A, From::Gateway("sip:mcgw@b.example"), FIRE).status(), StatusCode::OK);
    }
    let entries = world.entries(A);
    has(&entries, ("groups.request.told", B, "allow", "b.example may-request"));
    assert_eq!(entries.iter().filter(|entry| entry.act == "groups.request.told").count(), 1);
}

#[test]
fn a_copy_that_is_requested_stands_with_the_rule_that_let_it_be_asked_for() {
    let mut here = config(A, B);
    here.partners[0].may_be_provided = false;
    let world = World::of(here, config(B, A));
    world.define(FIRE, &fire(3));
    assert_eq!(world.admin(B, Method::POST, &format!("requests/{FIRE}")).0, 200);
    let there = world.entries(B);
    has(&there, ("groups.copy.asked", "sip:admin@b.example", "", ""));
    has(&there, ("groups.copy.kept", "sip:gms_psi@b.example", "allow", "a.example may-be-asked"));
}

#[test]
fn who_may_not_define_or_administer_stands_with_what_he_tried() {
    let world = World::new();
    let mallory = From::User("sip:mallory@a.example");
    assert_eq!(world.put(A, mallory, FIRE, &fire(3)).status(), StatusCode::FORBIDDEN);
    let refused = "refuse requester-not-authorized";
    has(
        &world.entries(A),
        ("groups.administration.refused", "sip:mallory@a.example", refused, "precondition"),
    );
    let tried = world.entries(A);
    let on = &tried.iter().find(|entry| entry.act.ends_with("refused")).expect("is there").on;
    assert_eq!(*on, [path(FIRE).trim_start_matches('/').to_owned()]);
}

#[test]
fn a_partner_who_asks_without_end_for_what_he_may_not_have_fills_no_log() {
    let world = World::new();
    for number in 0..200 {
        world.get(A, From::Gateway("sip:mcgw@b.example"), &format!("sip:g{number}@a.example"));
    }
    let refused = world.entries(A).iter().filter(|entry| entry.act == "groups.request.refused").count();
    assert_eq!(refused, 30);
}
