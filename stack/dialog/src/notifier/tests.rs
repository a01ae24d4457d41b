use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Action, Input, Lifetimes, State, Subscription};
use crate::Reason;

const HOUR: Duration = Duration::from_secs(3600);

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
}

fn active() -> Subscription {
    let mut subscription = Subscription::new(at(0), State::Active, HOUR);
    assert_eq!(subscription.begin(), Action::Notify);
    assert_eq!(subscription.handle(at(0), Input::Answered(Some(200))), Action::Nothing);
    subscription
}

#[test]
fn c4_2_1_1_a_lifetime_is_shortened_and_never_lengthened() {
    let lifetimes = Lifetimes { default: HOUR, longest: 2 * HOUR, shortest: Duration::from_secs(60) };
    assert_eq!(lifetimes.grant(None), Ok(HOUR));
    assert_eq!(lifetimes.grant(Some(Duration::from_secs(u64::from(u32::MAX)))), Ok(2 * HOUR));
    assert_eq!(lifetimes.grant(Some(Duration::from_secs(59))), Err(Duration::from_secs(60)));
    assert_eq!(lifetimes.grant(Some(Duration::from_secs(60))), Ok(Duration::from_secs(60)));
    assert_eq!(lifetimes.grant(Some(Duration::ZERO)), Ok(Duration::ZERO));
}

#[test]
fn c4_2_1_2_the_first_notify_follows_at_once() {
    let mut subscription = Subscription::new(at(0), State::Active, HOUR);
    assert_eq!(subscription.begin(), Action::Notify);
    assert_eq!(subscription.header(at(0)), "active;expires=3600");
}

#[test]
fn c4_2_1_a_subscription_of_no_time_fetches_once() {
    let mut subscription = Subscription::new(at(0), State::Active, Duration::ZERO);
    assert_eq!(subscription.begin(), Action::Notify);
    assert_eq!(subscription.header(at(0)), "terminated;reason=timeout");
    assert_eq!(subscription.handle(at(0), Input::Answered(Some(200))), Action::Remove);
}

#[test]
fn c4_2_2_one_notify_is_in_flight_and_changes_meanwhile_are_one() {
    let mut subscription = active();
    assert_eq!(subscription.handle(at(1), Input::Changed), Action::NotifyNews);
    assert_eq!(subscription.handle(at(1), Input::Changed), Action::Nothing);
    assert_eq!(subscription.handle(at(1), Input::Changed), Action::Nothing);
    assert_eq!(subscription.handle(at(2), Input::Answered(Some(200))), Action::NotifyNews);
    assert_eq!(subscription.handle(at(2), Input::Answered(Some(200))), Action::Nothing);
}

#[test]
fn c4_2_2_a_change_that_was_told_with_another_is_told_no_second_time() {
    let mut subscription = active();
    assert_eq!(subscription.handle(at(1), Input::Changed), Action::NotifyNews);
    assert_eq!(subscription.handle(at(1), Input::Changed), Action::Nothing);
    assert_eq!(subscription.handle(at(2), Input::Answered(Some(200))), Action::NotifyNews);
    assert_eq!(subscription.handle(at(2), Input::NothingNew), Action::Nothing);
    assert_eq!(subscription.handle(at(3), Input::Changed), Action::NotifyNews, "and goes on");
}

#[test]
fn c4_2_2_what_is_owed_is_told_whatever_has_changed() {
    let mut subscription = active();
    assert_eq!(subscription.handle(at(1), Input::Changed), Action::NotifyNews);
    assert_eq!(subscription.handle(at(1), Input::Changed), Action::Nothing);
    assert_eq!(subscription.handle(at(1), Input::Refreshed(HOUR)), Action::Nothing);
    assert_eq!(subscription.handle(at(1), Input::Changed), Action::Nothing);
    assert_eq!(
        subscription.handle(at(2), Input::NothingNew),
        Action::Notify,
        "the refresh is answered by one"
    );
    assert_eq!(subscription.handle(at(2), Input::Changed), Action::Nothing);
    assert_eq!(subscription.handle(at(2), Input::Ended(Reason::Rejected)), Action::Nothing);
    assert_eq!(subscription.handle(at(3), Input::Answered(Some(200))), Action::Notify, "and so is the end");
}

#[test]
fn c4_2_2_a_refresh_is_answered_by_a_notify() {
    let mut subscription = active();
    assert_eq!(subscription.handle(at(3000), Input::Refreshed(HOUR)), Action::Notify);
    assert_eq!(subscription.timeout(), Some(at(6600)));
    assert_eq!(subscription.left(at(3600)), 3000);
}

#[test]
fn c4_2_2_a_refresh_of_no_time_ends_it() {
    let mut subscription = active();
    assert_eq!(subscription.handle(at(5), Input::Refreshed(Duration::ZERO)), Action::Notify);
    assert_eq!(subscription.header(at(5)), "terminated;reason=timeout");
    assert_eq!(subscription.handle(at(5), Input::Refreshed(HOUR)), Action::Nothing);
    assert_eq!(subscription.handle(at(5), Input::Answered(None)), Action::Remove);
}

#[test]
fn c4_2_2_the_last_notify_follows_the_one_that_was_under_way() {
    let mut subscription = active();
    assert_eq!(subscription.handle(at(1), Input::Changed), Action::NotifyNews);
    assert_eq!(subscription.handle(at(1), Input::Ended(Reason::NoResource)), Action::Nothing);
    assert_eq!(subscription.handle(at(2), Input::Answered(Some(200))), Action::Notify);
    assert_eq!(subscription.header(at(2)), "terminated;reason=noresource");
    assert_eq!(subscription.handle(at(2), Input::Answered(Some(200))), Action::Remove);
}

#[test]
fn c4_2_2_expiry_is_told_and_ends_it() {
    let mut subscription = active();
    assert_eq!(subscription.timeout(), Some(at(3600)));
    assert_eq!(subscription.handle(at(3599), Input::Fired), Action::Nothing);
    assert_eq!(subscription.handle(at(3600), Input::Fired), Action::Notify);
    assert_eq!(subscription.state(), State::Terminated(Reason::Timeout));
}

#[test]
fn c4_2_2_a_notify_that_fails_ends_it() {
    for failure in [None, Some(481), Some(404), Some(500)] {
        let mut subscription = active();
        assert_eq!(subscription.handle(at(1), Input::Changed), Action::NotifyNews);
        assert_eq!(subscription.handle(at(1), Input::Answered(failure)), Action::Remove, "{failure:?}");
    }
}

#[test]
fn c4_2_2_retry_after_keeps_it_and_waits() {
    let mut subscription = active();
    assert_eq!(subscription.handle(at(1), Input::Changed), Action::NotifyNews);
    assert_eq!(subscription.handle(at(1), Input::Deferred(Duration::from_secs(20))), Action::Nothing);
    assert_eq!(subscription.handle(at(5), Input::Changed), Action::Nothing);
    assert_eq!(subscription.timeout(), Some(at(21)));
    assert_eq!(subscription.handle(at(21), Input::Fired), Action::Notify);
}

#[test]
fn c4_2_2_nobody_is_waited_for_beyond_the_end_of_the_subscription() {
    let mut subscription = active();
    assert_eq!(subscription.handle(at(1), Input::Changed), Action::NotifyNews);
    let for_years = Duration::from_secs(u64::from(u32::MAX));
    assert_eq!(subscription.handle(at(1), Input::Deferred(for_years)), Action::Nothing);
    assert_eq!(subscription.timeout(), Some(at(3600)));
    assert_eq!(subscription.handle(at(3600), Input::Fired), Action::Nothing);
    assert_eq!(subscription.timeout(), Some(at(3600)), "the wait is over, too");
    assert_eq!(subscription.handle(at(3600), Input::Fired), Action::Notify);
    assert_eq!(subscription.header(at(3600)), "terminated;reason=timeout");
    assert_eq!(subscription.timeout(), None);
}

#[test]
fn c4_2_2_the_last_notify_is_tried_again_a_few_times_and_no_longer() {
    let mut subscription = active();
    assert_eq!(subscription.handle(at(3600), Input::Fired), Action::Notify);
    let mut now = 3600;
    for _ in 0..4 {
        let for_years = Duration::from_secs(u64::from(u32::MAX));
        assert_eq!(subscription.handle(at(now), Input::Deferred(for_years)), Action::Nothing);
        assert_eq!(subscription.timeout(), Some(at(now + 60)), "however long the subscriber asks for");
        assert_eq!(subscription.handle(at(now + 1), Input::Changed), Action::Nothing);
        now += 60;
        assert_eq!(subscription.handle(at(now), Input::Fired), Action::Notify);
        assert_eq!(subscription.header(at(now)), "terminated;reason=timeout");
        assert_eq!(subscription.timeout(), None);
    }
    assert_eq!(subscription.handle(at(now), Input::Deferred(Duration::from_secs(1))), Action::Remove);
}

#[test]
fn c4_2_2_what_is_pending_tells_nothing_but_that() {
    let mut subscription = Subscription::new(at(0), State::Pending, HOUR);
    assert_eq!(subscription.begin(), Action::Notify);
    assert_eq!(subscription.header(at(0)), "pending;expires=3600");
    assert_eq!(subscription.handle(at(0), Input::Answered(Some(200))), Action::Nothing);
    assert_eq!(subscription.handle(at(1), Input::Changed), Action::Nothing);
    assert_eq!(subscription.handle(at(2), Input::Permitted), Action::Notify);
    assert_eq!(subscription.header(at(2)), "active;expires=3598");
}

#[test]
fn c4_2_2_whoever_may_no_longer_is_told_so() {
    let mut subscription = active();
    assert_eq!(subscription.handle(at(2), Input::Ended(Reason::Rejected)), Action::Notify);
    assert_eq!(subscription.header(at(2)), "terminated;reason=rejected");
}

#[test]
fn c4_2_2_nobody_is_told_again_at_once_however_soon_he_asks_for_it() {
    let mut subscription = active();
    assert_eq!(subscription.handle(at(1), Input::Changed), Action::NotifyNews);
    assert_eq!(subscription.handle(at(1), Input::Deferred(Duration::ZERO)), Action::Nothing);
    assert_eq!(subscription.timeout(), Some(at(2)));
    assert_eq!(subscription.handle(at(2), Input::Fired), Action::Notify);
    assert_eq!(subscription.handle(at(2), Input::Ended(Reason::Rejected)), Action::Nothing);
    assert_eq!(subscription.handle(at(2), Input::Deferred(Duration::ZERO)), Action::Nothing);
    assert_eq!(subscription.timeout(), Some(at(3)), "nor is he of its end");
}

#[test]
fn c4_2_2_the_end_is_told_soon_however_long_the_subscriber_wanted_to_be_spared_before() {
    for end in [Input::Ended(Reason::Rejected), Input::Refreshed(Duration::ZERO)] {
        let mut subscription = active();
        assert_eq!(subscription.handle(at(1), Input::Changed), Action::NotifyNews);
        assert_eq!(subscription.handle(at(1), Input::Deferred(HOUR)), Action::Nothing);
        assert_eq!(subscription.handle(at(10), end), Action::Nothing);
        assert_eq!(subscription.timeout(), Some(at(70)), "{end:?}");
        assert_eq!(subscription.handle(at(70), Input::Fired), Action::Notify);
    }
}

/// As whoever reads it from a store has it.
fn restarted(subscription: &Subscription) -> Subscription {
    serde_json::from_slice(&serde_json::to_vec(subscription).unwrap()).unwrap()
}

#[test]
fn a_restart_tells_the_whole_state_whatever_was_told_before() {
    let mut refreshed = active();
    assert_eq!(refreshed.handle(at(3000), Input::Refreshed(HOUR)), Action::Notify);
    let mut pending = Subscription::new(at(0), State::Pending, HOUR);
    assert_eq!(pending.begin(), Action::Notify);
    for subscription in [active(), refreshed, pending] {
        assert_eq!(restarted(&subscription).begin(), Action::Notify, "{subscription:?}");
    }
}

#[test]
fn a_restart_tells_the_end_that_was_not_answered() {
    let mut subscription = active();
    assert_eq!(subscription.handle(at(5), Input::Refreshed(Duration::ZERO)), Action::Notify);
    let mut again = restarted(&subscription);
    assert_eq!(again.begin(), Action::Notify);
    assert_eq!(again.header(at(5)), "terminated;reason=timeout");
    assert_eq!(again.handle(at(6), Input::Answered(Some(200))), Action::Remove);
}

#[test]
fn a_restart_tells_what_was_not_told() {
    let mut subscription = active();
    assert_eq!(subscription.handle(at(1), Input::Changed), Action::NotifyNews);
    assert_eq!(subscription.handle(at(1), Input::Changed), Action::Nothing);
    let mut again = restarted(&subscription);
    assert_eq!(again.begin(), Action::Notify);
    assert_eq!(again.expires(), subscription.expires());
}
