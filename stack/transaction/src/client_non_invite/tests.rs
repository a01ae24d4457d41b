//! RFC 3261 clause 17.1.2.2, sentence by sentence, and every pair of state and input of figure 6.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::timer::T4;

const REQUEST: &[u8] = b"MESSAGE sip:bob@partner.example SIP/2.0\r\n\r\n";

fn request() -> Bytes {
    Bytes::from_static(REQUEST)
}

/// The one clock reading of these tests; all else is counted from it.
#[allow(clippy::disallowed_methods)]
fn start() -> Instant {
    Instant::now()
}

fn udp(now: Instant) -> ClientNonInvite {
    ClientNonInvite::new(now, request(), Reliability::Unreliable)
}

fn tcp(now: Instant) -> ClientNonInvite {
    ClientNonInvite::new(now, request(), Reliability::Reliable)
}

/// Lets timers fire, each at its time, until `end`; gives when each fired, in milliseconds, and what came of it.
fn run(machine: &mut ClientNonInvite, start: Instant, end: Duration) -> Vec<(u128, Timer, Action)> {
    let mut fired = Vec::new();
    while let Some(Running { timer, at }) = machine.timeout().filter(|next| next.at <= start + end) {
        let action = machine.handle(at, Input::Fired(timer));
        fired.push(((at - start).as_millis(), timer, action));
    }
    fired
}

#[test]
fn c17_1_2_2_timer_e_doubles_up_to_t2_and_timer_f_ends_it() {
    let now = start();
    let mut machine = udp(now);
    let fired = run(&mut machine, now, Duration::from_secs(60));
    let (last, resends) = fired.split_last().unwrap();
    let at: Vec<u128> = resends.iter().map(|(at, ..)| *at).collect();
    assert_eq!(at, [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    assert!(
        resends.iter().all(|(_, timer, action)| *timer == Timer::E && *action == Action::Transmit(request()))
    );
    assert_eq!(*last, (32_000, Timer::F, Action::TimedOut));
    assert_eq!((machine.state(), machine.timeout()), (State::Terminated, None));
}

#[test]
fn c17_1_2_2_nothing_is_sent_twice_over_a_reliable_transport() {
    let now = start();
    let mut machine = tcp(now);
    assert_eq!(machine.kept(), 0);
    assert_eq!(run(&mut machine, now, Duration::from_secs(60)), [(32_000, Timer::F, Action::TimedOut)]);
}

#[test]
fn c17_1_2_2_in_proceeding_timer_e_is_t2() {
    let now = start();
    let mut machine = udp(now);
    assert_eq!(machine.handle(now, Input::Response(100)), Action::Deliver);
    assert_eq!(machine.state(), State::Proceeding);
    let at: Vec<u128> = run(&mut machine, now, Duration::from_secs(60)).iter().map(|(at, ..)| *at).collect();
    assert_eq!(at, [500, 4500, 8500, 12_500, 16_500, 20_500, 24_500, 28_500, 32_000]);
}

#[test]
fn c17_1_2_2_every_provisional_response_is_passed_up() {
    let now = start();
    for status in [100, 180, 199] {
        let mut machine = udp(now);
        for _ in 0..3 {
            assert_eq!(machine.handle(now, Input::Response(status)), Action::Deliver);
            assert_eq!(machine.state(), State::Proceeding);
        }
    }
}

#[test]
fn c17_1_2_2_a_final_response_completes_from_trying_and_from_proceeding() {
    let now = start();
    for status in [200, 299, 302, 404, 503, 603, 699] {
        let mut trying = udp(now);
        assert_eq!(trying.handle(now, Input::Response(status)), Action::Deliver);
        assert_eq!(trying.state(), State::Completed);

        let mut proceeding = udp(now);
        proceeding.handle(now, Input::Response(100));
        assert_eq!(proceeding.handle(now, Input::Response(status)), Action::Deliver);
        assert_eq!(proceeding.state(), State::Completed);
    }
}

#[test]
fn c17_1_2_2_completed_absorbs_copies_until_timer_k() {
    let now = start();
    let mut machine = udp(now);
    let answered = now + Duration::from_millis(700);
    machine.handle(answered, Input::Response(200));
    assert_eq!(machine.timeout(), Some(Running { timer: Timer::K, at: answered + T4 }));
    for status in [200, 404, 100] {
        assert_eq!(machine.handle(answered, Input::Response(status)), Action::Nothing);
    }
    assert_eq!(machine.handle(answered + T4, Input::Fired(Timer::K)), Action::Nothing);
    assert_eq!((machine.state(), machine.timeout()), (State::Terminated, None));
}

#[test]
fn c17_1_2_2_completed_keeps_no_request() {
    let now = start();
    let mut machine = udp(now);
    assert_eq!(machine.kept(), REQUEST.len());
    machine.handle(now, Input::Response(200));
    assert_eq!(machine.kept(), 0);
}

#[test]
fn c17_1_2_2_timer_k_is_zero_over_a_reliable_transport() {
    let now = start();
    let mut machine = tcp(now);
    assert_eq!(machine.handle(now, Input::Response(200)), Action::Deliver);
    assert_eq!((machine.state(), machine.timeout()), (State::Terminated, None));
}

#[test]
fn c17_1_4_a_transport_error_ends_it_and_is_told() {
    let now = start();
    let mut trying = udp(now);
    assert_eq!(trying.handle(now, Input::TransportError), Action::Failed);
    assert_eq!(trying.state(), State::Terminated);
    let mut proceeding = tcp(now);
    proceeding.handle(now, Input::Response(100));
    assert_eq!(proceeding.handle(now, Input::TransportError), Action::Failed);
    assert_eq!(proceeding.state(), State::Terminated);
}

#[test]
fn a_transport_error_after_the_final_response_is_no_news() {
    let now = start();
    let mut machine = udp(now);
    machine.handle(now, Input::Response(200));
    assert_eq!(machine.handle(now, Input::TransportError), Action::Nothing);
    assert_eq!(machine.state(), State::Completed);
}

/// RFC 4320 4.3: what comes after the end meets nobody.
#[test]
fn terminated_answers_nothing() {
    let now = start();
    let mut machine = udp(now);
    machine.handle(now, Input::Fired(Timer::F));
    for input in every_input() {
        assert_eq!(machine.handle(now, input), Action::Nothing, "{input:?}");
        assert_eq!(machine.state(), State::Terminated);
    }
}

#[test]
fn a_timer_that_is_not_running_does_nothing() {
    let now = start();
    let mut completed = udp(now);
    completed.handle(now, Input::Response(200));
    for timer in [Timer::E, Timer::F, Timer::J, Timer::TryingDue, Timer::Lapse] {
        assert_eq!(completed.handle(now, Input::Fired(timer)), Action::Nothing, "{timer:?}");
        assert_eq!(completed.state(), State::Completed);
    }
    let mut reliable = tcp(now);
    assert_eq!(reliable.handle(now, Input::Fired(Timer::E)), Action::Nothing);
    assert_eq!(reliable.handle(now, Input::Fired(Timer::K)), Action::Nothing);
    assert_eq!(reliable.state(), State::Trying);
}

#[test]
fn a_status_code_that_does_not_exist_changes_nothing() {
    let now = start();
    let mut machine = udp(now);
    for status in [0, 99, 700, u16::MAX] {
        assert_eq!(machine.handle(now, Input::Response(status)), Action::Nothing);
        assert_eq!(machine.state(), State::Trying);
    }
}

fn every_input() -> Vec<Input> {
    let responses = [100, 199, 200, 408, 699].map(Input::Response);
    let timers = [Timer::E, Timer::F, Timer::K, Timer::J, Timer::TryingDue, Timer::Lapse].map(Input::Fired);
    responses.into_iter().chain(timers).chain([Input::TransportError]).collect()
}

proptest! {
    /// Whatever happens in whatever order, at most one final outcome is told, a timer runs until the end and none after
    /// it, and timers alone bring the end within F and K.
    #[test]
    fn no_sequence_of_inputs_leaks(
        inputs in proptest::collection::vec((0..5000_u64, proptest::sample::select(every_input())), 0..60),
        is_reliable: bool,
    ) {
        let mut now = start();
        let mut machine = if is_reliable { tcp(now) } else { udp(now) };
        let mut outcomes = 0;
        for (millis, input) in inputs {
            now += Duration::from_millis(millis);
            let action = machine.handle(now, input);
            let is_final = action == Action::Deliver && !matches!(input, Input::Response(..200));
            outcomes += usize::from(is_final || matches!(action, Action::TimedOut | Action::Failed));
            prop_assert_eq!(machine.timeout().is_none(), machine.state() == State::Terminated);
            prop_assert_eq!(machine.kept() > 0, !is_reliable && outcomes == 0);
        }
        let mut steps = 0;
        while let Some(Running { timer, at }) = machine.timeout() {
            let action = machine.handle(now.max(at), Input::Fired(timer));
            outcomes += usize::from(action == Action::TimedOut);
            steps += 1;
            prop_assert!(steps <= 70, "still {:?}", machine);
            now = now.max(at);
        }
        prop_assert_eq!(outcomes, 1);
    }
}
