//! Each exchange of 10.9.3.10.2 fails in turn, in every way in which it can: the requester gets one report all the same, with
//! the cause, unless it is the report itself that is lost.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use std::time::Duration;

use kit::{Cause, testing::End};
use two_servers::{World, codes};
use wire::WireError;

/// Who sends, by which hop, and the cause that the requester is told when that is lost.
const CALLS: [(&str, &str, Option<Cause>); 5] = [
    ("lms1.core.a.example", "mcgw.a.example", Some(Cause::PartnerUnreachable)), // step 3
    ("lms1.core.b.example", "sip-core.b.example", Some(Cause::TimedOut)),       // 10.9.3.2 step 1
    ("bob@b.example", "sip-core.b.example", Some(Cause::TimedOut)),             // 10.9.3.2 step 3
    ("lms1.core.b.example", "mcgw.b.example", Some(Cause::TimedOut)),           // step 6
    ("lms1.core.a.example", "sip-core.a.example", None),                        // step 7
];

fn causes(end: &End) -> Vec<Option<Option<u16>>> {
    let outcome = |(from, hop, _): (&str, &str, Option<Cause>)| {
        let world = World::new();
        world.lab.connect(from, hop, end.clone());
        let answer = world.ask("alice@a.example", world.request("alice@a.example", &["bob@b.example"]));
        assert_eq!(answer.status(), Some(200), "the request itself is accepted");
        world.lab.advance(Duration::from_secs(60));
        world.has_report("alice@a.example").then(|| codes(&world.report("alice@a.example"))[0])
    };
    CALLS.into_iter().map(outcome).collect()
}

#[test]
fn an_exchange_that_cannot_be_reached_has_its_cause() {
    let expected: Vec<_> = CALLS.iter().map(|(_, _, cause)| cause.map(|cause| Some(cause.code()))).collect();
    assert_eq!(causes(&End::Fails(WireError::Unreachable("cut".into()))), expected);
    assert_eq!(causes(&End::Fails(WireError::Closed)), expected);
    assert_eq!(causes(&End::Fails(WireError::Timeout)), expected);
}

#[test]
fn an_exchange_that_is_never_answered_is_timed_out() {
    let timed_out = Some(Some(Cause::TimedOut.code()));
    assert_eq!(causes(&End::Silent), [timed_out, timed_out, timed_out, timed_out, None]);
}

#[test]
fn an_exchange_that_is_answered_with_a_fault_has_a_cause() {
    let fault = Cause::Fault.response("b.example");
    let (failed, timed_out) = (Some(Some(Cause::Fault.code())), Some(Some(Cause::TimedOut.code())));
    assert_eq!(causes(&End::Response(fault)), [failed, failed, timed_out, timed_out, None]);
}
