use super::*;

fn peer(last: u8) -> IpAddr {
    [192, 0, 2, last].into()
}

#[test]
fn one_address_cannot_take_all_places() {
    let mut places = Places::default();
    places.add(peer(1));
    places.add(peer(1));
    assert!(!places.admits(peer(1), 4));
    assert!(places.admits(peer(2), 4));
    places.add(peer(2));
    places.add(peer(3));
    assert!(!places.admits(peer(4), 4));
    places.remove(peer(1));
    assert!(places.admits(peer(4), 4));
}

#[test]
fn a_64_of_addresses_cannot_take_all_places_either() {
    let address = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]);
    let mut places = Places::default();
    places.add(address(1));
    places.add(address(2));
    assert!(!places.admits(address(3), 4) && places.admits(peer(1), 4));
    places.remove(address(3));
    assert!(places.admits(address(4), 4));
}

#[test]
fn large_buffers_are_closed_for_the_sake_of_small_ones() {
    let limits = Limits { buffered: 1 << 20, ..Limits::default() };
    let buffered = Buffered::default();
    buffered.change(0, 2 << 20);
    assert!(buffered.is_too_much(1 << 20, &limits));
    assert!(!buffered.is_too_much(1 << 10, &limits));
    buffered.change(2 << 20, 0);
    assert!(!buffered.is_too_much(1 << 20, &limits));
}
