use super::*;
use crate::testing::response;

fn plain(status: u16) -> Message {
    response(status, "")
}

/// A context with that many branches.
fn context<const N: usize>() -> (ResponseContext, [BranchId; N]) {
    let mut context = ResponseContext::new();
    let branches = std::array::from_fn(|_| context.branch());
    (context, branches)
}

/// The status that is chosen when branches end with these, in order.
fn best(statuses: &[u16]) -> Option<u16> {
    let mut context = ResponseContext::new();
    let branches: Vec<BranchId> = statuses.iter().map(|_| context.branch()).collect();
    let choices: Vec<Choice> = branches
        .iter()
        .zip(statuses)
        .map(|(branch, status)| context.response(*branch, plain(*status)))
        .collect();
    let (last, before) = choices.split_last()?;
    assert!(before.iter().all(|choice| *choice == Choice::Wait), "{choices:?}");
    match last {
        Choice::Relay(branch) | Choice::Replace(branch) => context.answer(*branch)?.status(),
        _ => None,
    }
}

#[test]
fn c16_7_the_final_response_of_a_single_branch_is_relayed() {
    for status in [200, 202, 302, 404, 500, 600] {
        let (mut context, [branch]) = context();
        assert_eq!(context.response(branch, plain(status)), Choice::Relay(branch));
        assert_eq!(context.answer(branch).and_then(Message::status), Some(status));
    }
}

#[test]
fn c16_7_step_4_a_2xx_does_not_wait_for_the_other_branches() {
    let (mut context, [first, second]) = context();
    assert_eq!(context.response(second, plain(200)), Choice::Relay(second));
    assert_eq!(
        context.response(first, plain(200)),
        Choice::Wait,
        "one final response to a request but INVITE"
    );
}

#[test]
fn c16_7_step_5_provisional_responses_end_here() {
    let (mut context, [branch]) = context();
    for status in [100, 180, 199] {
        assert_eq!(context.response(branch, plain(status)), Choice::Wait);
    }
    assert_eq!(context.response(branch, plain(200)), Choice::Relay(branch));
}

#[test]
fn c16_7_step_6_a_6xx_wins_then_the_lowest_class() {
    assert_eq!(best(&[404, 302, 603, 500]), Some(603));
    assert_eq!(best(&[404, 302, 500]), Some(302));
    assert_eq!(best(&[500, 404]), Some(404));
}

#[test]
fn c16_7_step_6_within_4xx_what_helps_to_try_again_wins() {
    for status in [401, 407, 415, 420, 484] {
        assert_eq!(best(&[403, 404, status, 480]), Some(status));
    }
}

#[test]
fn c16_7_step_6_a_503_is_replaced() {
    let (mut context, [branch]) = context();
    assert_eq!(context.response(branch, plain(503)), Choice::Replace(branch));
    assert_eq!(best(&[503, 500]), Some(500), "and goes after others of its class");
}

#[test]
fn c16_9_a_branch_that_cannot_be_reached_counts_only_where_nothing_answered() {
    let (mut alone, [branch]) = context();
    assert_eq!(alone.failed(branch, Failure::Unreachable), Choice::Unreachable(branch));

    let (mut answered, [first, second]) = context();
    assert_eq!(answered.failed(first, Failure::Unreachable), Choice::Wait);
    assert_eq!(answered.response(second, plain(404)), Choice::Relay(second));

    let (mut late, [first, second]) = context();
    assert_eq!(late.failed(first, Failure::Timeout), Choice::Wait);
    assert_eq!(late.failed(second, Failure::Unreachable), Choice::Unreachable(second));
}

#[test]
fn rfc4320_4_2_a_timeout_is_answered_with_silence() {
    let (mut context, [branch]) = context();
    assert_eq!(context.failed(branch, Failure::Timeout), Choice::Silence);
}

#[test]
fn rfc4320_4_2_a_408_from_below_is_not_passed_on() {
    let (mut alone, [branch]) = context();
    assert_eq!(alone.response(branch, plain(408)), Choice::Silence);

    let (mut context, [first, second]) = context();
    context.response(first, plain(408));
    assert_eq!(context.response(second, plain(486)), Choice::Relay(second));
}

#[test]
fn a_branch_ends_once() {
    let (mut context, [first, second]) = context();
    assert_eq!(context.response(first, plain(404)), Choice::Wait);
    assert_eq!(context.response(first, plain(200)), Choice::Wait);
    assert_eq!(context.failed(first, Failure::Timeout), Choice::Wait);
    assert_eq!(context.response(second, plain(486)), Choice::Relay(first), "the 404 came first");
}
