use super::*;

const T2: Duration = Duration::from_secs(4);
const TIMER_F: Duration = Duration::from_secs(32);
/// When timer E has grown to T2 (RFC 4320 4.1).
const TRYING_DUE: Duration = Duration::from_millis(3500);

#[test]
fn rfc4320_4_2_however_many_targets_there_are_the_last_can_answer_before_timer_f() {
    for targets in 1..=100 {
        let all = patience(targets, T2, TIMER_F) * u32::try_from(targets).unwrap();
        assert!(all < TIMER_F, "{targets}");
    }
}

#[test]
fn rfc4320_4_1_each_target_has_the_time_in_which_a_server_says_that_it_is_there() {
    for targets in 1..=TARGETS {
        let patience = patience(targets, T2, TIMER_F);
        assert!(patience > TRYING_DUE && patience <= T2, "{targets}");
    }
}
