use super::*;
use crate::SystemClock;

#[test]
fn a_flood_of_lines_is_ten_lines_and_a_number() {
    let (seldom, begun) = (Seldom::default(), SystemClock::shared().now());
    let flood: Vec<_> = (0..1000).filter_map(|_| seldom.turn(begun)).collect();
    assert_eq!(flood, [0; 10]);
    assert_eq!(seldom.turn(begun + SPAN - Duration::from_millis(1)), None);
    assert_eq!(seldom.turn(begun + SPAN), Some(991));
    assert_eq!(seldom.turn(begun + SPAN), Some(0));
}

#[test]
fn each_address_has_a_line_a_minute_and_takes_none_from_others() {
    let (each, begun) = (SeldomEach::default(), SystemClock::shared().now());
    let address = |number: u32| IpAddr::from((0x0a00_0000 + number).to_be_bytes());
    assert_eq!((0..1000).filter_map(|_| each.turn(begun, address(0))).collect::<Vec<_>>(), [0]);
    assert_eq!(each.turn(begun, address(1)), Some(0), "somebody else");
    assert_eq!(each.turn(begun + ROUND, address(0)), Some(999));

    let later = begun + 2 * ROUND;
    let told = (0..5000).filter(|number| each.turn(later, address(*number)).is_some()).count();
    assert_eq!((told, each.0.lock().told.len()), (ADDRESSES, ADDRESSES), "no more are kept or told of");
    assert_eq!(each.turn(later + ROUND, address(9999)), Some(5000 - 256), "and nobody is forgotten");
    let v6 = |text: &str| text.parse::<IpAddr>().expect("an address");
    assert_eq!(each.turn(later + ROUND, v6("2001:db8::1")), Some(0));
    assert_eq!(each.turn(later + ROUND, v6("2001:db8::2")), None, "one subscriber");
}
