use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Action, Input, State, Subscription, TIMER_N};
use crate::Reason;

const HOUR: Duration = Duration::from_secs(3600);
const FRESH: Action = Action::Subscribe { fresh: true, expires: HOUR };
const REFRESH: Action = Action::Subscribe { fresh: false, expires: HOUR };

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
}

fn begun() -> Subscription {
    let (subscription, action) = Subscription::new(at(0), HOUR);
    assert_eq!(action, FRESH);
    subscription
}

fn active() -> Subscription {
    let mut subscription = begun();
    subscription.handle(at(0), Input::Accepted(HOUR));
    subscription.handle(at(0), Input::Notified { active: true, expires: Some(HOUR) });
    assert_eq!(subscription.state(), State::Active);
    subscription
}

#[test]
fn c4_1_2_1_the_response_alone_makes_no_subscription() {
    let mut subscription = begun();
    assert_eq!(subscription.handle(at(1), Input::Accepted(HOUR)), Action::Nothing);
    assert_eq!(subscription.state(), State::NotifyWait);
}

#[test]
fn c4_1_2_4_a_notify_may_come_before_the_response() {
    let mut subscription = begun();
    subscription.handle(at(0), Input::Notified { active: true, expires: Some(HOUR) });
    assert_eq!(subscription.state(), State::Active);
    subscription.handle(at(0), Input::Accepted(HOUR));
    assert_eq!(subscription.state(), State::Active);
}

#[test]
fn c4_1_2_4_without_a_notify_timer_n_gives_up_and_tries_later() {
    let mut subscription = begun();
    subscription.handle(at(0), Input::Accepted(HOUR));
    assert_eq!(subscription.timeout(), Some(at(0) + TIMER_N));
    assert_eq!(subscription.handle(at(32), Input::Fired), Action::Nothing);
    assert_eq!(subscription.state(), State::Waiting);
    assert_eq!(subscription.handle(at(62), Input::Fired), FRESH);
}

#[test]
fn c4_1_2_2_it_is_refreshed_before_it_ends() {
    let mut subscription = active();
    assert_eq!(subscription.timeout(), Some(at(3000)));
    assert_eq!(subscription.handle(at(2999), Input::Fired), Action::Nothing);
    assert_eq!(subscription.handle(at(3000), Input::Fired), REFRESH);
    subscription.handle(at(3001), Input::Accepted(HOUR));
    assert_eq!(subscription.timeout(), Some(at(6001)));
}

#[test]
fn c4_1_2_2_a_refresh_that_meets_481_begins_anew() {
    let mut subscription = active();
    assert_eq!(subscription.handle(at(3000), Input::Fired), REFRESH);
    assert_eq!(subscription.handle(at(3001), Input::Refused(Some(481), None)), FRESH);
}

#[test]
fn c4_1_2_2_a_refresh_that_fails_otherwise_leaves_it_until_it_ends() {
    let mut subscription = active();
    subscription.handle(at(3000), Input::Fired);
    assert_eq!(subscription.handle(at(3001), Input::Refused(Some(503), None)), Action::Nothing);
    assert_eq!(subscription.state(), State::Active);
    assert_eq!(subscription.handle(at(3031), Input::Fired), REFRESH);
    subscription.handle(at(3031), Input::Refused(None, Some(HOUR)));
    assert_eq!(subscription.handle(at(3600), Input::Fired), FRESH);
}

#[test]
fn c4_1_2_3_leaving_waits_for_the_last_notify() {
    let mut subscription = active();
    let last = Action::Subscribe { fresh: false, expires: Duration::ZERO };
    assert_eq!(subscription.handle(at(9), Input::Unsubscribe), last);
    assert_eq!(subscription.handle(at(9), Input::Accepted(Duration::ZERO)), Action::Nothing);
    assert_eq!(subscription.handle(at(9), Input::Ended(Some(Reason::Timeout), None)), Action::GiveUp);
    assert_eq!(subscription.state(), State::Terminated);
}

#[test]
fn c4_1_2_3_leaving_ends_with_timer_n_at_the_latest() {
    let mut subscription = active();
    subscription.handle(at(9), Input::Unsubscribe);
    assert_eq!(subscription.handle(at(41), Input::Fired), Action::GiveUp);
}

#[test]
fn c4_1_2_1_423_asks_again_for_longer() {
    let mut subscription = begun();
    let longer = Action::Subscribe { fresh: true, expires: 2 * HOUR };
    assert_eq!(subscription.handle(at(1), Input::TooBrief(2 * HOUR)), longer);
    assert_eq!(subscription.handle(at(1), Input::TooBrief(2 * HOUR)), Action::GiveUp, "not for ever");
}

#[test]
fn c4_1_3_each_reason_has_its_consequence() {
    for (reason, wanted) in [
        (Reason::Deactivated, FRESH),
        (Reason::Timeout, FRESH),
        (Reason::Rejected, Action::GiveUp),
        (Reason::NoResource, Action::GiveUp),
        (Reason::Invariant, Action::GiveUp),
        (Reason::Probation, Action::Nothing),
        (Reason::GiveUp, Action::Nothing),
    ] {
        let mut subscription = active();
        assert_eq!(subscription.handle(at(10), Input::Ended(Some(reason), None)), wanted, "{reason}");
    }
}

#[test]
fn c4_1_3_one_that_is_over_as_soon_as_it_began_is_not_begun_anew_at_once() {
    let ends = [
        Input::Ended(Some(Reason::Timeout), None),
        Input::Ended(Some(Reason::Deactivated), None),
        Input::Refused(Some(481), None),
    ];
    for end in ends {
        let mut subscription = active();
        assert_eq!(subscription.handle(at(9), end), Action::Nothing, "{end:?}");
        assert_eq!(subscription.timeout(), Some(at(39)));
        assert_eq!(subscription.handle(at(39), Input::Fired), FRESH);
        subscription.handle(at(39), Input::Notified { active: true, expires: Some(HOUR) });
        assert_eq!(subscription.handle(at(48), end), Action::Nothing, "however often");
    }
}

/// When the first SUBSCRIBE is sent after this one was answered so, a NOTIFY having come before.
fn pause(inputs: &[Input]) -> Duration {
    let (mut subscription, mut now) = (begun(), at(0));
    for input in inputs {
        let action = subscription.handle(now, *input);
        assert!(!matches!(action, Action::Subscribe { .. }), "{inputs:?}");
    }
    loop {
        now = subscription.timeout().unwrap();
        match subscription.handle(now, Input::Fired) {
            Action::Subscribe { .. } => return now.duration_since(at(0)).unwrap(),
            action => assert_eq!(action, Action::Nothing, "{inputs:?}"),
        }
    }
}

#[test]
fn c4_1_2_no_notifier_has_us_subscribe_without_pause() {
    let (notified, none) = (|expires| Input::Notified { active: true, expires }, Some(Duration::ZERO));
    let second = Duration::from_secs(1);
    for inputs in [
        vec![Input::Refused(Some(503), none)],
        vec![Input::Refused(Some(403), none)],
        vec![Input::Ended(Some(Reason::Probation), none)],
        vec![notified(Some(HOUR)), Input::Refused(Some(503), none)],
        vec![notified(Some(Duration::from_millis(1_800)))],
    ] {
        assert_eq!(pause(&inputs), second, "{inputs:?}");
    }
    for inputs in [
        vec![notified(none)],
        vec![Input::Accepted(Duration::ZERO), notified(None)],
        vec![notified(Some(HOUR)), Input::Accepted(Duration::ZERO)],
    ] {
        assert_eq!(pause(&inputs), 31 * second, "{inputs:?}");
    }
}

#[test]
fn c4_1_2_no_notifier_is_rid_of_us_for_longer_than_an_hour() {
    let century = Some(Duration::from_secs(u32::MAX.into()));
    for input in [
        Input::Refused(Some(503), century),
        Input::Refused(Some(403), century),
        Input::Ended(Some(Reason::Probation), century),
    ] {
        assert_eq!(pause(&[input]), HOUR, "{input:?}");
    }
}

#[test]
fn c4_1_2_1_423_that_names_more_each_time_is_not_followed() {
    let mut subscription = begun();
    let more = |hours: u32| Input::TooBrief(hours * HOUR);
    assert_ne!(subscription.handle(at(1), more(2)), Action::GiveUp);
    assert_eq!(subscription.clone().handle(at(1), more(3)), Action::GiveUp);
    subscription.handle(at(1), Input::Accepted(2 * HOUR));
    assert_ne!(subscription.handle(at(2), more(3)), Action::GiveUp, "another time");
}

#[test]
fn c4_1_2_1_423_to_an_attempt_of_its_own_is_followed_again() {
    let mut subscription = begun();
    assert_ne!(subscription.handle(at(1), Input::TooBrief(2 * HOUR)), Action::GiveUp);
    subscription.handle(at(1), Input::Refused(Some(503), Some(Duration::from_secs(5))));
    let due = subscription.timeout().expect("another attempt");
    subscription.handle(due, Input::Fired);
    assert_ne!(subscription.handle(due, Input::TooBrief(3 * HOUR)), Action::GiveUp);
}

#[test]
fn c4_1_3_retry_after_is_kept_to() {
    let mut subscription = active();
    subscription.handle(at(5), Input::Ended(Some(Reason::Probation), Some(Duration::from_secs(100))));
    assert_eq!(subscription.timeout(), Some(at(105)));
    assert_eq!(subscription.handle(at(104), Input::Fired), Action::Nothing);
    assert_eq!(subscription.handle(at(105), Input::Fired), FRESH);
}

#[test]
fn c4_1_2_1_a_refusal_of_the_request_is_final_and_one_of_the_server_is_not() {
    for (status, wanted) in [
        (Some(403), State::Terminated),
        (Some(489), State::Terminated),
        (Some(503), State::Waiting),
        (None, State::Waiting),
    ] {
        let mut subscription = begun();
        subscription.handle(at(1), Input::Refused(status, None));
        assert_eq!(subscription.state(), wanted, "{status:?}");
    }
}

#[test]
fn attempts_that_fail_in_a_row_come_ever_later() {
    let mut subscription = begun();
    let mut now = 0;
    let mut pauses = Vec::new();
    for _ in 0..7 {
        subscription.handle(at(now), Input::Refused(Some(503), None));
        let due = subscription.timeout().unwrap();
        pauses.push(due.duration_since(at(now)).unwrap().as_secs());
        now += pauses.last().unwrap();
        assert_eq!(subscription.handle(at(now), Input::Fired), FRESH);
    }
    assert_eq!(pauses, [30, 60, 120, 240, 480, 900, 900]);
}
