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
