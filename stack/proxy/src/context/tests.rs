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
fn c16_7_step_6_a_480_says_less_than_others_of_its_class() {
    assert_eq!(best(&[480, 403, 404]), Some(403));
    assert_eq!(best(&[480, 500]), Some(480));
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

/// A search over so many targets, its first branch open.
fn search(targets: usize) -> (ResponseContext, BranchId) {
    let mut context = ResponseContext::searching(targets - 1);
    let first = context.branch();
    (context, first)
}

#[test]
fn c16_6_a_search_tries_one_target_after_the_other_until_one_accepts() {
    for status in [302, 401, 403, 404, 408, 430, 480, 486, 500, 503] {
        let (mut context, first) = search(3);
        assert_eq!(context.response(first, plain(status)), Choice::Search, "{status}");
        let second = context.branch();
        assert_eq!(context.failed(second, Failure::Unreachable), Choice::Search);
        let third = context.branch();
        assert_eq!(context.response(third, plain(200)), Choice::Relay(third));
    }
}

#[test]
fn c16_6_nobody_else_is_tried_once_one_has_accepted() {
    let (mut context, first) = search(2);
    assert_eq!(context.response(first, plain(202)), Choice::Relay(first));
    assert_eq!(context.overdue(first), Choice::Wait);
    assert_eq!(context.failed(first, Failure::Unreachable), Choice::Wait);
}

#[test]
fn c16_7_step_5_a_6xx_ends_the_search() {
    let (mut context, first) = search(3);
    assert_eq!(context.response(first, plain(404)), Choice::Search);
    let second = context.branch();
    assert_eq!(context.response(second, plain(603)), Choice::Relay(second));
}

#[test]
fn c16_7_step_6_a_search_that_finds_nobody_ends_with_the_best_of_all() {
    let (mut context, first) = search(2);
    assert_eq!(context.response(first, plain(480)), Choice::Search);
    let second = context.branch();
    assert_eq!(context.response(second, plain(500)), Choice::Relay(first));
}

#[test]
fn rfc5626_7_a_flow_that_failed_gives_way_to_the_next_target() {
    let (mut context, first) = search(2);
    assert_eq!(context.response(first, plain(430)), Choice::Search);
    let second = context.branch();
    assert_eq!(context.failed(second, Failure::Unreachable), Choice::Relay(first));
}

#[test]
fn rfc4320_a_silent_target_gives_way_and_its_late_success_counts() {
    let (mut context, first) = search(2);
    assert_eq!(context.overdue(first), Choice::Search);
    let second = context.branch();
    assert_eq!(context.response(first, plain(200)), Choice::Relay(first));
    assert_eq!(context.response(second, plain(200)), Choice::Wait, "one final response");

    let (mut context, first) = search(2);
    assert_eq!(context.overdue(first), Choice::Search);
    let second = context.branch();
    assert_eq!(context.response(first, plain(404)), Choice::Wait, "the second is being tried");
    assert_eq!(context.response(second, plain(200)), Choice::Relay(second));
}

#[test]
fn rfc4320_a_silent_target_keeps_back_no_answer() {
    let (mut context, first) = search(2);
    assert_eq!(context.overdue(first), Choice::Search);
    let second = context.branch();
    assert_eq!(context.response(second, plain(404)), Choice::Relay(second));

    let (mut context, first) = search(2);
    assert_eq!(context.failed(first, Failure::Unreachable), Choice::Search);
    let second = context.branch();
    assert_eq!(context.overdue(second), Choice::Unreachable(first));
}

#[test]
fn rfc4320_4_1_who_has_said_100_is_waited_for() {
    let (mut context, first) = search(2);
    assert_eq!(context.response(first, plain(100)), Choice::Wait);
    assert_eq!(context.overdue(first), Choice::Wait);
    assert_eq!(context.response(first, plain(200)), Choice::Relay(first));
}

#[test]
fn rfc4320_4_2_after_timer_f_nobody_else_is_tried() {
    let (mut context, first) = search(2);
    assert_eq!(context.response(first, plain(100)), Choice::Wait);
    assert_eq!(context.failed(first, Failure::Timeout), Choice::Silence);
}

#[test]
fn rfc4320_4_2_where_all_are_silent_nothing_is_said_and_the_first_success_still_counts() {
    let (mut context, first) = search(2);
    assert_eq!(context.overdue(first), Choice::Search);
    let second = context.branch();
    assert_eq!(context.overdue(second), Choice::Wait);
    assert_eq!(context.failed(first, Failure::Timeout), Choice::Wait);
    assert_eq!(context.response(second, plain(200)), Choice::Relay(second));

    let (mut context, first) = search(2);
    context.overdue(first);
    let second = context.branch();
    context.overdue(second);
    assert_eq!(context.failed(first, Failure::Timeout), Choice::Wait);
    assert_eq!(context.failed(second, Failure::Timeout), Choice::Silence);
}
