//! RFC 3261 clause 17.2.2, sentence by sentence, every pair of state and input of figure 8, and RFC 4320 clause 4.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

const TRYING: Bytes = Bytes::from_static(b"SIP/2.0 100 Trying\r\n\r\n");
const OK: Bytes = Bytes::from_static(b"SIP/2.0 200 OK\r\n\r\n");
const LATE: Duration = Duration::from_millis(3500);
const PATIENCE: Duration = Duration::from_secs(32);

/// The one clock reading of these tests; all else is counted from it.
#[allow(clippy::disallowed_methods)]
fn start() -> Instant {
    Instant::now()
}

fn udp(now: Instant) -> ServerNonInvite {
    ServerNonInvite::new(now, Reliability::Unreliable)
}

fn tcp(now: Instant) -> ServerNonInvite {
    ServerNonInvite::new(now, Reliability::Reliable)
}

/// In Proceeding, 3.5 s after `start`, by the way RFC 4320 prescribes.
fn proceeding(start: Instant) -> ServerNonInvite {
    let mut machine = udp(start);
    assert_eq!(machine.handle(start + LATE, Input::Fired(Timer::TryingDue)), Action::SayTrying);
    assert_eq!(machine.handle(start + LATE, Input::Respond(100, TRYING)), Action::Transmit(TRYING));
    assert_eq!(machine.state(), State::Proceeding);
    machine
}

#[test]
fn c17_2_2_trying_discards_copies_of_the_request() {
    let now = start();
    let mut machine = udp(now);
    assert_eq!(machine.handle(now, Input::Request), Action::Nothing);
    assert_eq!(machine.state(), State::Trying);
}

#[test]
fn c17_2_2_proceeding_repeats_the_last_provisional_response() {
    let now = start();
    let mut machine = proceeding(now);
    assert_eq!(machine.handle(now + LATE, Input::Request), Action::Transmit(TRYING));
    assert_eq!(machine.state(), State::Proceeding);
}

#[test]
fn c17_2_2_a_final_response_completes_from_trying_and_from_proceeding() {
    let now = start();
    for status in [200, 302, 404, 503, 603, 699] {
        for mut machine in [udp(now), proceeding(now)] {
            assert_eq!(machine.handle(now, Input::Respond(status, OK)), Action::Transmit(OK));
            assert_eq!(machine.state(), State::Completed);
        }
    }
}

#[test]
fn c17_2_2_completed_repeats_the_final_response_octet_by_octet() {
    let now = start();
    let mut machine = udp(now);
    machine.handle(now, Input::Respond(200, OK));
    for _ in 0..3 {
        assert_eq!(machine.handle(now, Input::Request), Action::Transmit(OK));
    }
}

#[test]
fn c17_2_2_completed_discards_further_responses() {
    let now = start();
    let mut machine = udp(now);
    machine.handle(now, Input::Respond(200, OK));
    assert_eq!(machine.handle(now, Input::Respond(404, TRYING)), Action::Nothing);
    assert_eq!(machine.handle(now, Input::Respond(100, TRYING)), Action::Nothing);
    assert_eq!(machine.handle(now, Input::Request), Action::Transmit(OK));
}

#[test]
fn c17_2_2_timer_j_ends_it_after_64_t1() {
    let now = start();
    let mut machine = udp(now);
    machine.handle(now, Input::Respond(200, OK));
    assert_eq!(machine.timeout(), Some(Running { timer: Timer::J, at: now + PATIENCE }));
    assert_eq!(machine.handle(now + PATIENCE, Input::Fired(Timer::J)), Action::Nothing);
    assert_eq!((machine.state(), machine.timeout(), machine.kept()), (State::Terminated, None, 0));
}

#[test]
fn c17_2_2_timer_j_is_zero_over_a_reliable_transport() {
    let now = start();
    let mut machine = tcp(now);
    assert_eq!(machine.handle(now, Input::Respond(200, OK)), Action::Transmit(OK));
    assert_eq!((machine.state(), machine.timeout(), machine.kept()), (State::Terminated, None, 0));
}

#[test]
fn completed_keeps_the_response_and_no_octet_more() {
    let now = start();
    let mut machine = udp(now);
    let large = Bytes::from(vec![0; 4096]);
    machine.handle(now, Input::Respond(200, large.slice(..100)));
    drop(large);
    assert_eq!(machine.kept(), 100);
}

#[test]
fn c17_2_4_a_transport_error_ends_it_and_is_told() {
    let now = start();
    let mut completed = udp(now);
    completed.handle(now, Input::Respond(200, OK));
    for mut machine in [udp(now), proceeding(now), completed] {
        assert_eq!(machine.handle(now, Input::TransportError), Action::Failed);
        assert_eq!((machine.state(), machine.timeout(), machine.kept()), (State::Terminated, None, 0));
    }
}

#[test]
fn rfc4320_4_1_no_100_over_udp_before_timer_e_has_reached_t2() {
    let now = start();
    let mut machine = udp(now);
    let early = now + LATE - Duration::from_millis(1);
    assert_eq!(machine.handle(early, Input::Respond(100, TRYING)), Action::Nothing);
    assert_eq!(machine.state(), State::Trying);
    assert_eq!(machine.handle(now + LATE, Input::Respond(100, TRYING)), Action::Transmit(TRYING));
}

#[test]
fn rfc4320_4_1_a_100_at_any_time_over_a_reliable_transport() {
    let now = start();
    let mut machine = tcp(now);
    assert_eq!(machine.handle(now, Input::Respond(100, TRYING)), Action::Transmit(TRYING));
}

#[test]
fn rfc4320_4_1_a_100_falls_due_on_every_transport() {
    let now = start();
    for mut machine in [udp(now), tcp(now)] {
        assert_eq!(machine.timeout(), Some(Running { timer: Timer::TryingDue, at: now + LATE }));
        assert_eq!(machine.handle(now + LATE, Input::Fired(Timer::TryingDue)), Action::SayTrying);
    }
}

#[test]
fn rfc4320_4_1_no_second_100_falls_due() {
    let now = start();
    let mut machine = tcp(now);
    machine.handle(now, Input::Respond(100, TRYING));
    assert_eq!(machine.handle(now + LATE, Input::Fired(Timer::TryingDue)), Action::Nothing);
    assert_eq!(machine.timeout(), Some(Running { timer: Timer::Lapse, at: now + PATIENCE }));
}

#[test]
fn rfc4320_4_1_no_provisional_response_but_100() {
    let now = start();
    let mut machine = tcp(now);
    for status in [101, 180, 183, 199] {
        assert_eq!(machine.handle(now, Input::Respond(status, TRYING)), Action::Nothing);
        assert_eq!(machine.state(), State::Trying);
    }
}

#[test]
fn rfc4320_4_2_no_final_response_once_the_client_has_given_up() {
    let now = start();
    let mut machine = proceeding(now);
    assert_eq!(machine.timeout(), Some(Running { timer: Timer::Lapse, at: now + PATIENCE }));
    assert_eq!(machine.handle(now + PATIENCE, Input::Fired(Timer::Lapse)), Action::Lapsed);
    assert_eq!(machine.handle(now + PATIENCE, Input::Respond(408, OK)), Action::Nothing);
    assert_eq!(machine.handle(now + PATIENCE, Input::Respond(200, OK)), Action::Nothing);
}

#[test]
fn rfc4320_4_2_a_copy_that_comes_after_that_is_no_new_request() {
    let now = start();
    let mut machine = udp(now);
    machine.handle(now + LATE, Input::Fired(Timer::TryingDue));
    machine.handle(now + PATIENCE, Input::Fired(Timer::Lapse));
    assert_eq!(machine.handle(now + PATIENCE, Input::Request), Action::Nothing);
    assert_eq!(machine.timeout(), Some(Running { timer: Timer::J, at: now + PATIENCE + T4 }));

    let mut stream = tcp(now);
    stream.handle(now + PATIENCE, Input::Fired(Timer::Lapse));
    assert_eq!(stream.state(), State::Terminated);
}

#[test]
fn terminated_answers_nothing() {
    let now = start();
    let mut machine = tcp(now);
    machine.handle(now, Input::Respond(200, OK));
    for input in every_input() {
        assert_eq!(machine.handle(now, input.clone()), Action::Nothing, "{input:?}");
        assert_eq!(machine.state(), State::Terminated);
    }
}

#[test]
fn a_timer_that_is_not_running_does_nothing() {
    let now = start();
    let mut machine = udp(now);
    machine.handle(now, Input::Respond(200, OK));
    for timer in [Timer::TryingDue, Timer::Lapse, Timer::E, Timer::F, Timer::K] {
        assert_eq!(machine.handle(now, Input::Fired(timer)), Action::Nothing, "{timer:?}");
        assert_eq!(machine.state(), State::Completed);
    }
}

fn every_input() -> Vec<Input> {
    let responses = [0, 100, 180, 200, 408, 699, 700].map(|status| Input::Respond(status, OK));
    let timers = [Timer::E, Timer::F, Timer::K, Timer::J, Timer::TryingDue, Timer::Lapse].map(Input::Fired);
    responses.into_iter().chain(timers).chain([Input::Request, Input::TransportError]).collect()
}

proptest! {
    /// Whatever happens in whatever order, at most one final response is sent, a timer runs until the end and none after
    /// it, nothing is kept after it, and timers alone bring it.
    #[test]
    fn no_sequence_of_inputs_leaks(
        inputs in proptest::collection::vec((0..5000_u64, proptest::sample::select(every_input())), 0..60),
        is_reliable: bool,
    ) {
        let mut now = start();
        let mut machine = if is_reliable { tcp(now) } else { udp(now) };
        let mut finals = 0;
        for (millis, input) in inputs {
            now += Duration::from_millis(millis);
            let is_final = matches!(input, Input::Respond(200.., _));
            let action = machine.handle(now, input);
            finals += usize::from(is_final && matches!(action, Action::Transmit(_)));
            prop_assert_eq!(machine.timeout().is_none(), machine.state() == State::Terminated);
            prop_assert!(machine.kept() <= OK.len());
        }
        prop_assert!(finals <= 1);
        for _ in 0..4 {
            if let Some(Running { timer, at }) = machine.timeout() {
                machine.handle(now.max(at), Input::Fired(timer));
            }
        }
        prop_assert_eq!((machine.state(), machine.timeout(), machine.kept()), (State::Terminated, None, 0));
    }
}
