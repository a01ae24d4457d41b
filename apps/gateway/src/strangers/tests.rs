use super::*;

#[test]
fn who_comes_again_and_again_is_told_of_ever_more_seldom_and_takes_no_others_line() {
    let strangers = Strangers::default();
    let address = |number: u32| IpAddr::from(number.to_be_bytes());
    let told: Vec<u64> = (0..1000).filter_map(|_| strangers.turn(address(1))).collect();
    assert_eq!(told, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
    assert_eq!(strangers.turn(address(2)), Some(1));
    assert!((10..10_000).all(|number| strangers.turn(address(number)) == Some(1)));
    assert!(strangers.0.lock().is_ok_and(|known| known.len() <= ADDRESSES));
}
