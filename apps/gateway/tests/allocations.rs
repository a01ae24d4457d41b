//! What a passing request costs in allocations: the box of the decision, and a copy of the answer that is kept for the
//! case that the hop fails.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::*;
use kit::Cause;
use sip::Message;
use wire::{Arrival, Decision, Inline as _};

fn allocations(border: &Border, message: &Message, arrival: &Arrival) -> u64 {
    let decide = || {
        let decision = border.gateway.request(message, arrival);
        assert!(matches!(decision, Decision::Forward(_)));
    };
    decide();
    allocation_counter::measure(decide).count_total
}

#[test]
fn the_chains_allocate_nothing_but_the_decision() {
    let prepared = Cause::PartnerUnreachable.response("mcgw.primary.example");
    let answer = allocation_counter::measure(|| drop(std::hint::black_box(prepared.clone()))).count_total;
    let border = primary().silent();
    for (message, arrival) in [
        (request().message(), from_lms()),
        (partners_request().message(), from_partner()),
        (partners_report().message(), from_partner()),
    ] {
        let counted = allocations(&border, &message, &arrival);
        assert_eq!(counted, 1 + answer, "allocations");
    }
}
