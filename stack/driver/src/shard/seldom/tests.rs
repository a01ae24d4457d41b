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
