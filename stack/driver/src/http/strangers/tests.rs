use futures::FutureExt as _;

use super::*;

fn is_told(stranger: &Stranger) -> bool {
    stranger.told().now_or_never().is_some()
}

#[test]
fn where_there_are_as_many_as_may_be_the_oldest_makes_room() {
    let all = Arc::<Strangers>::default();
    let [first, second] = [all.enter_among(2), all.enter_among(2)];
    assert!(!is_told(&first));
    let third = all.enter_among(2);
    assert_eq!([&first, &second, &third].map(is_told), [true, false, false]);
    drop(second);
    let fourth = all.enter_among(2);
    assert_eq!([&third, &fourth].map(is_told), [false, false], "one had gone by itself");
}

#[test]
fn strangers_make_room_first_and_then_whoever_has_rested_the_longest() {
    let all = Arc::<Strangers>::default();
    let [certified, busy, first, second] = [(); 4].map(|()| all.enter());
    certified.is_certified();
    certified.rests();
    for served in [&busy, &first, &second] {
        served.was_served();
        served.rests();
    }
    busy.moved();
    let stranger = all.enter();
    assert!(all.make_room() && is_told(&stranger));
    first.moved();
    first.rests();
    assert!(all.make_room());
    let finishes = |one: &Stranger| one.told_to_finish().now_or_never().is_some();
    assert_eq!([&first, &second].map(finishes), [false, true]);
    assert!(all.make_room() && finishes(&first));
    assert!(!all.make_room(), "one is at work, and one stands on a certificate");
}
