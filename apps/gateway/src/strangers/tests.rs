use kit::testing::Lab;

use super::*;

#[test]
fn who_comes_again_and_again_is_told_of_ever_more_seldom_and_takes_no_others_line() {
    let strangers = Strangers::default();
    let address = |number: u32| IpAddr::from(number.to_be_bytes());
    let told: Vec<u64> = (0..1000).filter_map(|_| strangers.turn(address(1))).collect();
    assert_eq!(told, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
    assert_eq!(strangers.turn(address(2)), Some(1));
    // However many there are, the lines have a bound.
    let lines = (10..10_000).filter(|number| strangers.turn(address(*number)).is_some()).count();
    assert!((ADDRESSES - 2..ADDRESSES + 14).contains(&lines), "{lines}");
    assert!(strangers.known.lock().is_ok_and(|known| known.by_address.len() <= ADDRESSES));
}

#[test]
fn one_subscriber_of_ipv6_has_the_lines_of_one() {
    let strangers = Strangers::default();
    let address = |number: u16| IpAddr::from([0x2001, 0xdb8, 0, 7, 0, 0, 0, number]);
    let lines = (0..1000).filter(|number| strangers.turn(address(*number)).is_some()).count();
    assert_eq!(lines, 10);
}

#[test]
fn whoever_comes_first_has_his_line_however_many_came_long_before_him() {
    let lab = Lab::new();
    let strangers = Strangers::by(lab.world("gateway").clock);
    let address = |number: u32| IpAddr::from(number.to_be_bytes());
    let came = |numbers: std::ops::Range<u32>| {
        numbers.filter(|number| strangers.turn(address(*number)).is_some()).count()
    };
    assert_eq!(came(0..1024), 1024);
    assert_eq!(came(2000..2003), 2, "the first, and the second, of all for whom there is no room");
    lab.advance(AWAY / 2);
    assert_eq!(came(0..24), 24, "they are still here");
    lab.advance(AWAY / 2);
    assert_eq!(came(3000..4000), 1000, "in place of those who went");
    assert_eq!(strangers.turn(address(0)), None, "and of nobody else: his third time");
}
