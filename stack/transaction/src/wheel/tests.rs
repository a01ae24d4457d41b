use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// The one clock reading of these tests; all else is counted from it.
#[allow(clippy::disallowed_methods)]
fn start() -> Instant {
    Instant::now()
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn fired(wheel: &mut Wheel<u32>, now: Instant) -> Vec<u32> {
    std::iter::from_fn(|| wheel.expire(now)).collect()
}

#[test]
fn fires_once_at_its_tick_and_not_before() {
    let epoch = start();
    let mut wheel = Wheel::new(epoch);
    wheel.insert(epoch + ms(500), 1);
    assert_eq!(wheel.next_timeout(), Some(epoch + ms(500)));
    assert!(fired(&mut wheel, epoch + ms(499)).is_empty());
    assert_eq!(fired(&mut wheel, epoch + ms(500)), [1]);
    assert!(fired(&mut wheel, epoch + ms(9_000_000)).is_empty());
    assert_eq!((wheel.is_empty(), wheel.next_timeout()), (true, None));
}

#[test]
fn rounds_up_to_the_next_tick() {
    let epoch = start();
    let mut wheel = Wheel::new(epoch);
    wheel.insert(epoch + ms(501), 1);
    assert!(fired(&mut wheel, epoch + ms(509)).is_empty());
    assert_eq!(wheel.next_timeout(), Some(epoch + ms(510)));
    assert_eq!(fired(&mut wheel, epoch + ms(510)), [1]);
}

#[test]
fn what_is_due_already_fires_with_the_next_tick() {
    let epoch = start();
    let mut wheel = Wheel::new(epoch);
    fired(&mut wheel, epoch + ms(1000));
    wheel.insert(epoch, 1);
    wheel.insert(epoch + ms(1000), 2);
    assert!(fired(&mut wheel, epoch + ms(1009)).is_empty());
    let mut both = fired(&mut wheel, epoch + ms(1010));
    both.sort_unstable();
    assert_eq!(both, [1, 2]);
}

#[test]
fn a_cancelled_timer_does_not_fire() {
    let epoch = start();
    let mut wheel = Wheel::new(epoch);
    let ids: Vec<TimerId> = (0..5).map(|value| wheel.insert(epoch + ms(100), value).unwrap()).collect();
    assert_eq!(wheel.cancel(ids[4]), Some(4), "the first of the chain");
    assert_eq!(wheel.cancel(ids[2]), Some(2), "one within");
    assert_eq!(wheel.cancel(ids[0]), Some(0), "the last");
    assert_eq!(wheel.cancel(ids[0]), None);
    let mut rest = fired(&mut wheel, epoch + ms(100));
    rest.sort_unstable();
    assert_eq!(rest, [1, 3]);
    assert_eq!(wheel.cancel(ids[1]), None, "fired before");
}

#[test]
fn a_timer_longer_than_a_turn_waits_for_its_turn() {
    let epoch = start();
    let mut wheel = Wheel::new(epoch);
    wheel.insert(epoch + ms(100_000), 1);
    wheel.insert(epoch + ms(100_000 - 2 * 40_960), 2);
    assert_eq!(fired(&mut wheel, epoch + ms(99_999)), [2]);
    assert_eq!(fired(&mut wheel, epoch + ms(100_000)), [1]);
}

#[test]
fn a_leap_of_an_hour_fires_in_order() {
    let epoch = start();
    let mut wheel = Wheel::new(epoch);
    for value in [3_000_000_u32, 10, 50_000, 1000, 40_970] {
        wheel.insert(epoch + ms(value.into()), value);
    }
    assert_eq!(fired(&mut wheel, epoch + ms(3_600_000)), [10, 1000, 40_970, 50_000, 3_000_000]);
}

#[test]
fn whoever_sleeps_until_next_timeout_misses_nothing() {
    let epoch = start();
    let mut wheel = Wheel::new(epoch);
    let deadlines = [7_u32, 500, 3500, 32_000, 41_000, 123_456];
    for value in deadlines {
        wheel.insert(epoch + ms(value.into()), value);
    }
    let (mut seen, mut wakes) = (Vec::new(), 0);
    while let Some(next) = wheel.next_timeout() {
        for value in fired(&mut wheel, next) {
            let late = next - (epoch + ms(value.into()));
            assert!(late < TICK, "{value} came {late:?} late");
            seen.push(value);
        }
        wakes += 1;
    }
    assert_eq!(seen, deadlines);
    assert!(wakes < 12, "{wakes}");
}

proptest! {
    /// Against a sorted map: the same timers fire in the same ticks, whatever is set, cancelled and waited for.
    #[test]
    fn fires_as_a_sorted_map_would(
        steps in proptest::collection::vec((0..4_u8, 0..100_000_u64), 1..200),
    ) {
        let epoch = start();
        let mut now = epoch;
        let mut wheel = Wheel::new(epoch);
        let mut expected: BTreeMap<(u64, u32), TimerId> = BTreeMap::new();
        let mut value = 0;
        for (step, number) in steps {
            match step {
                0 | 1 => {
                    let at = now + ms(number);
                    let tick = wheel.tick_at_or_after(at).max(wheel.cursor);
                    value += 1;
                    expected.insert((tick, value), wheel.insert(at, value).unwrap());
                }
                2 => {
                    let index = number as usize % expected.len().max(1);
                    if let Some(((tick, value), id)) = expected.iter().nth(index).map(|(key, id)| (*key, *id)) {
                        prop_assert_eq!(wheel.cancel(id), Some(value));
                        expected.remove(&(tick, value));
                    }
                }
                _ => {
                    now += ms(number);
                    let today = wheel.tick_at_or_before(now);
                    let later = expected.split_off(&(today + 1, 0));
                    let mut due: Vec<u32> = expected.keys().map(|(_, value)| *value).collect();
                    let mut came = fired(&mut wheel, now);
                    due.sort_unstable();
                    came.sort_unstable();
                    prop_assert_eq!(came, due);
                    expected = later;
                }
            }
            prop_assert_eq!(wheel.len(), expected.len());
        }
    }
}
