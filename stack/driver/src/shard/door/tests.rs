use super::*;

fn door(connections: usize, per_address: usize, handshakes: usize) -> Arc<Door> {
    Arc::new(Door::new(
        Admission { connections, per_address, handshakes, ..Admission::default() },
        Vec::new(),
    ))
}

fn from(host: u8) -> IpAddr {
    [192, 0, 2, host].into()
}

fn number(serial: u64) -> ConnectionId {
    ConnectionId { shard: 0, serial }
}

/// Lets the connection of this number in; says which others have to go.
fn admit(door: &Arc<Door>, host: u8, serial: u64, shakes: bool) -> (Admitted, Vec<u64>) {
    let Ok(admitted) = door.admit(from(host), number(serial), shakes) else { panic!("is let in") };
    let displaced = admitted.displaced.iter().flatten().map(|gone| gone.connection.serial).collect();
    (admitted, displaced)
}

fn refusal(door: &Arc<Door>, host: u8, shakes: bool) -> &'static str {
    door.admit(from(host), number(99), shakes).err().unwrap_or_default()
}

#[test]
fn the_stranger_that_has_been_idle_the_longest_makes_room() {
    let door = door(3, 3, 1);
    let (mut first, _) = admit(&door, 1, 1, false);
    let (mut second, _) = admit(&door, 2, 2, false);
    let (_third, gone) = admit(&door, 3, 3, false);
    assert!(gone.is_empty());
    first.place.moved();
    second.place.proved();
    let (fourth, gone) = admit(&door, 4, 4, false);
    assert_eq!(gone, [3], "the first has moved, the second has proved something");
    let (mut fifth, gone) = admit(&door, 5, 5, false);
    assert_eq!(gone, [1]);
    fifth.place.proved();
    // Told to go already: neither a proof nor a sign of life brings its place back.
    first.place.proved();
    first.place.moved();
    let (mut sixth, gone) = admit(&door, 6, 6, false);
    assert_eq!(gone, [4]);
    sixth.place.proved();
    drop((first, fourth));
    assert_eq!(refusal(&door, 7, false), "too many connections", "all have proved something");
    drop(second);
    assert!(admit(&door, 7, 7, false).1.is_empty());
}

#[test]
fn one_address_has_its_own_bound_and_an_ipv6_subscriber_is_one_address() {
    let door = door(10, 2, 1);
    let held = (admit(&door, 1, 1, false), admit(&door, 1, 2, false));
    assert_eq!(refusal(&door, 1, false), "too many connections of one address");
    let other = admit(&door, 2, 3, false);
    drop(held);
    let again = admit(&door, 1, 4, false);
    let v6 = |text: &str| door.admit(text.parse().unwrap(), number(5), false).map_err(|why| why.to_owned());
    let subscriber = (v6("2001:db8:0:1::1").ok(), v6("2001:db8:0:1:ffff::2").ok());
    assert!(subscriber.0.is_some() && subscriber.1.is_some());
    assert!(v6("2001:db8:0:1:3::").is_err() && v6("2001:db8:0:2::1").is_ok());
    let mapped = v6("::ffff:192.0.2.1").ok();
    assert!(mapped.is_some() && v6("::ffff:192.0.2.1").is_err(), "IPv4 all the same");
    drop((other, again));
}

#[test]
fn an_address_has_an_eighth_of_the_handshakes() {
    let door = door(100, 100, 16);
    let held = [admit(&door, 1, 1, true), admit(&door, 1, 2, true)];
    assert_eq!(refusal(&door, 1, true), "too many handshakes of one address");
    assert!(door.admit(from(1), number(3), false).is_ok(), "without a handshake");
    assert!(door.admit(from(2), number(3), true).is_ok());
    drop(held);
    assert!(door.admit(from(1), number(4), true).is_ok());
}

#[test]
fn two_addresses_cannot_hold_all_handshakes_nor_can_eight() {
    let door = door(100, 100, 16);
    let mut held: Vec<_> = (0..16).map(|place| admit(&door, place / 2, u64::from(place), true).0).collect();
    // All are taken, two by each of eight: a ninth is let in all the same, and so is a tenth.
    let (ninth, gone) = admit(&door, 9, 20, true);
    assert_eq!(gone, [0], "the oldest of those who have most");
    let (tenth, gone) = admit(&door, 10, 21, true);
    assert_eq!(gone, [2], "the first address has no more than others any longer");
    // Whoever would have more than those who make room is turned away.
    drop(held.split_off(14));
    let mut many: Vec<_> = (30..32).map(|host| admit(&door, host, u64::from(host), true)).collect();
    assert_eq!(many.iter().flat_map(|(_, gone)| gone.clone()).collect::<Vec<_>>(), Vec::<u64>::new());
    for host in 33..38 {
        many.push(admit(&door, host, u64::from(host), true));
    }
    assert_eq!(refusal(&door, 33, true), "too many handshakes", "everybody has one");
    drop((ninth, tenth, many, held));
    let inside = door.inside.lock();
    assert!(inside.shaking.is_empty() && inside.shaking_held.is_empty() && inside.held.is_empty());
    assert_eq!(inside.connections, 0);
}
