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
    assert!(strangers.0.lock().is_ok_and(|known| known.by_address.len() <= ADDRESSES));
}

#[test]
fn one_subscriber_of_ipv6_has_the_lines_of_one() {
    let strangers = Strangers::default();
    let address = |number: u16| IpAddr::from([0x2001, 0xdb8, 0, 7, 0, 0, 0, number]);
    let lines = (0..1000).filter(|number| strangers.turn(address(*number)).is_some()).count();
    assert_eq!(lines, 10);
}
