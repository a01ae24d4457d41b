//! TS 22.280, auditing of administrative acts: every act and decision stands in the log of the server where it happened, with who did
//! it and by which rule, and each side's log has the other's proof of what was sent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod systems;

use audit::{Entry, verify};
use futures::FutureExt as _;
use systems::*;
use xml_schemas::acm::{Actor, AddMigrationUsersRequest, Addressee, Heading};

fn entries(world: &World, system: &str) -> Vec<Entry> {
    let (chain, store) = (world.chain(system), &world.stores[system]);
    chain.seal(world.now()).now_or_never().expect("not busy").expect("sealed");
    let sealed = audit::entries(&**store, world.chain_name(system), 0, 1_000).now_or_never();
    sealed.expect("not busy").expect("is read").into_iter().filter_map(|sealed| sealed.entry).collect()
}

fn acts(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.act.as_str()).collect()
}

#[test]
fn every_act_stands_in_the_log_with_who_did_it_and_by_which_rule() {
    let world = World::audited();
    world.logs_on(A, ASKER);
    let asked = provision("r-1");
    world.says(A, ASKER, &asked);
    world.lab.run();
    world.says(B, DECIDER, &yes(&asked));
    world.lab.run();
    let (here, there) = (entries(&world, A), entries(&world, B));
    for act in ["acm.request.asked", "acm.request.returned", "acm.request.told", "acm.receipt"] {
        assert!(acts(&here).contains(&act), "{act} in {:?}", acts(&here));
    }
    for act in ["acm.request.received", "acm.request.decided", "acm.request.answered", "acm.receipt"] {
        assert!(acts(&there).contains(&act), "{act} in {:?}", acts(&there));
    }
    let asks = here.iter().find(|entry| entry.act == "acm.request.asked").expect("is there");
    assert_eq!(asks.by, user(ASKER, A).as_str());
    assert_eq!(
        asks.ruling.as_ref().map(|ruling| (&*ruling.verdict, &*ruling.rule)),
        Some(("allow", "everybody"))
    );
    let decides = there.iter().find(|entry| entry.act == "acm.request.decided").expect("is there");
    assert_eq!((&*decides.by, decides.request.as_deref()), (user(DECIDER, B).as_str(), Some("r-1")));
    assert_eq!(decides.ruling.as_ref().map(|ruling| &*ruling.verdict), Some("allow"));
    // Whoever wants to know what was done about a group finds all of it, at either side.
    for (log, act) in [(&here, "asked"), (&here, "returned"), (&there, "received"), (&there, "decided")] {
        let entry = log.iter().find(|entry| entry.act == format!("acm.request.{act}")).expect("is there");
        let decider = user(DECIDER, B);
        let on = [decider.as_str(), "sip:flood-ops@a.example", "sip:border-ops@a.example"];
        assert_eq!(entry.on, on, "{act}");
    }
    let receipt = here.iter().find_map(|entry| entry.receipt.as_ref()).expect("is there");
    assert!(receipt.check().is_ok());
    for system in [A, B] {
        let report = verify(&*world.stores[system], world.chain_name(system), &[], &[]);
        let report = report.now_or_never().expect("not busy").expect("is read");
        assert!(report.is_sound(), "{report:?}");
    }
}

#[test]
fn whoever_is_not_authorized_stands_in_the_log_too() {
    let world = World::audited();
    let mut asked = provision("r-1");
    asked.heading.target = xml_schemas::acm::Addressee::User(user("x", B));
    let mut config = (*world.systems[A].cx().config()).clone();
    config.allow.clear();
    let partners = acm::partners(&config, |_| Err("no file")).unwrap();
    world.systems[A].replace(config, partners);
    world.says(A, ASKER, &asked);
    let refused = entries(&world, A);
    let refused = refused.iter().find(|entry| entry.act == "acm.request.asked").expect("is there");
    assert_eq!(
        refused.ruling.as_ref().map(|ruling| (&*ruling.verdict, &*ruling.rule)),
        Some(("refuse", "default"))
    );
}

#[test]
fn whoever_asks_again_and_again_what_he_may_not_fills_no_log() {
    let world = World::audited();
    world.reload(A, |config| config.allow.clear());
    for number in 0..50 {
        assert_eq!(world.says(A, ASKER, &provision(&format!("r-{number}"))).0, 403);
    }
    let of_him = |entries: &[Entry]| {
        let his: Vec<_> = entries.iter().filter(|entry| entry.by == user(ASKER, A).as_str()).collect();
        (his.len(), his.last().and_then(|entry| entry.with.get("missed").cloned()))
    };
    assert_eq!(of_him(&entries(&world, A)), (30, None));
    world.seconds(61);
    world.says(A, ASKER, &provision("r-50"));
    assert_eq!(of_him(&entries(&world, A)), (31, Some("20".to_owned())));
    let entries = entries(&world, A);
    let last = entries.last().unwrap();
    assert_eq!((last.partner.as_deref(), last.request.as_deref()), (Some(B), Some("r-50")));
    assert_eq!(last.with["flow"], "acm-group-information-provision-request");
}

#[test]
fn what_is_refused_for_what_it_is_stands_in_the_log_with_its_cause() {
    let world = World::audited();
    let mut asked = provision("r-1");
    asked.groups[0].id = group("secret", A);
    assert_eq!(world.says(A, ASKER, &asked).0, 403);
    let entries = entries(&world, A);
    let refused = entries.iter().find(|entry| entry.request.as_deref() == Some("r-1")).expect("is there");
    assert_eq!((&*refused.act, &*refused.with["cause"]), ("acm.request.asked", "not-interconnection-group"));
}

#[test]
fn an_entry_names_whom_a_request_is_about_and_counts_those_whom_it_does_not_name() {
    let world = World::audited();
    let target = Addressee::User(user(DECIDER, B));
    let asked = AddMigrationUsersRequest {
        heading: Heading::new(request_id("r-1"), Actor::user(user(ASKER, A)), target),
        users: (0..40).map(|number| user(&format!("u{number}"), A)).collect(),
    };
    assert_eq!(world.says(A, ASKER, &asked), (200, None));
    let entries = entries(&world, A);
    let entry = entries.iter().find(|entry| entry.act == "acm.request.asked").expect("is there");
    assert_eq!((entry.on.len(), &*entry.with["more"]), (33, "8"));
    assert!(entry.on.contains(&user("u0", A).as_str().to_owned()));
}

#[test]
fn who_speaks_as_another_stands_in_the_log_by_his_own_name() {
    let world = World::audited();
    assert_eq!(world.says(A, ASKER, &provision("r-1")).0, 200);
    let (said, asked) =
        (world.says(A, "admin2", &withdrawal("r-1")), world.says(A, "admin2", &provision("r-2")));
    assert_eq!((said.0, asked.0), (403, 403));
    let entries = entries(&world, A);
    for (act, request) in [("acm.request.withdrawal-asked", "r-1"), ("acm.request.asked", "r-2")] {
        let of = |entry: &&Entry| entry.act == act && entry.request.as_deref() == Some(request);
        let entry = entries.iter().find(of).expect("is there");
        let (by, claimed) = (user("admin2", A), user(ASKER, A));
        assert_eq!((&*entry.by, &*entry.with["initiator"]), (by.as_str(), claimed.as_str()), "{act}");
    }
}

#[test]
fn a_partner_beyond_what_is_kept_of_his_refused_requests_stands_in_the_log() {
    let world = World::audited();
    world.reload(B, |config| config.limits.refused = 1);
    let to_nobody = |request: &str| provision_to(request, Addressee::User(user("nobody", B)));
    assert_eq!(world.between(A, B, &to_nobody("r-1")), (200, None));
    assert_eq!(world.between(A, B, &to_nobody("r-2")).0, 403);
    let entries = entries(&world, B);
    let refused = entries.iter().find(|entry| entry.request.as_deref() == Some("r-2")).expect("is there");
    assert_eq!((&*refused.act, &*refused.with["cause"]), ("acm.request.received", "too-many-open"));
}
