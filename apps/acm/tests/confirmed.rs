//! What is said about a request beside the request and its response, and is confirmed all the same. TS 22.280 [R-6.1-004]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod signed;
mod systems;

use acm::config::AuditKeys;
use audit::{Digest, Head, Receipt, verify};
use futures::FutureExt as _;
use kit::Cause;
use signed::*;
use systems::*;
use xml_schemas::acm::{Addressee, AuditReceipt, ProcessIndication, Progress, Refusal};

/// The flows whose receipts a system has entered, as often as it has.
fn entered(world: &World, system: &str) -> Vec<String> {
    let receipts = entries(world, system).into_iter().filter(|entry| entry.act == "acm.receipt");
    let mut flows: Vec<_> = receipts.filter_map(|entry| entry.with.get("flow").cloned()).collect();
    flows.sort();
    flows
}

/// Both sides can prove what was sent and received: requests and responses, and what is said about them.
#[test]
fn indications_withdrawals_and_what_came_of_them_are_confirmed_too() {
    let world = World::audited();
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    assert_eq!(entered(&world, B), ["acm-process-indication"], "A has the indication");
    assert_eq!(world.says(A, ASKER, &withdrawal("r-1")), (200, None));
    world.lab.run();
    world.says(A, ASKER, &provision("r-2"));
    world.lab.run();
    world.says(B, DECIDER, &yes(&provision("r-2")));
    world.lab.run();
    let of_a = entered(&world, A);
    assert_eq!(
        of_a,
        ["acm-group-information-provision-request"; 2]
            .into_iter()
            .chain(["acm-withdrawal-request"])
            .collect::<Vec<_>>()
    );
    let of_b = [
        "acm-group-information-provision-response",
        "acm-process-indication",
        "acm-process-indication",
        "acm-withdrawal-response",
    ];
    assert_eq!(entered(&world, B), of_b);
    for system in [A, B] {
        let report = verify(&*world.stores[system], world.chain_name(system), &[], &[]);
        assert!(report.now_or_never().unwrap().unwrap().is_sound());
        assert_eq!(world.records(system, "acm/receipt-due/"), 0, "nothing is still promised");
    }
}

#[test]
fn an_indication_that_comes_again_is_confirmed_once() {
    let world = World::audited();
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    let indication = ProcessIndication {
        request_id: request_id("r-1"),
        target: Addressee::User(user(ASKER, A)),
        progress: Progress::Stored,
        why: Refusal::default(),
    };
    let given = || world.sent::<AuditReceipt>(&format!("mcgw.{A}")).len();
    assert_eq!(given(), 1);
    for _ in 0..5 {
        world.seconds(FORGOTTEN);
        assert_eq!(world.between(B, A, &indication), (200, None));
    }
    assert_eq!((given(), entered(&world, B).len()), (1, 1), "nobody is made to write by saying the same");
}

#[test]
fn a_receipt_for_an_indication_that_was_never_sent_is_not_believed() {
    let world = World::audited();
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    let head = Head { chain: "a".into(), seq: 7, link: Digest::of(b"x"), at: 0 };
    let key = key();
    let receipt = Receipt::new("acm-process-indication", "r-1", Digest::of(b"another"), &head, &key);
    trusts(&world, B, &AuditKeys { known: vec![key.public()], takes_first: false });
    assert_eq!(world.between(A, B, &flow(&receipt)), (404, Some(Cause::UnmatchedReport)));
}
