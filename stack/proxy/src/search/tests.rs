use super::*;

const TIMER_F: Duration = Duration::from_secs(32);

#[test]
fn rfc4320_4_2_however_many_targets_there_are_the_last_can_answer_before_timer_f() {
    for targets in 1..=100 {
        let all = patience(targets, TIMER_F) * u32::try_from(targets).unwrap();
        assert!(all < TIMER_F, "{targets}");
    }
}

#[test]
fn rfc3261_17_1_2_2_each_target_has_had_three_copies_of_a_datagram() {
    let third = Duration::from_millis(1500);
    assert!((1..=TARGETS).all(|targets| patience(targets, TIMER_F) > third));
}
