use super::*;

fn limits() -> HttpLimits {
    HttpLimits { requests: 3, requests_per_peer: 2, ..HttpLimits::default() }
}

fn connect(peers: &Arc<Peers>, address: IpAddr) -> Result<Connected, &'static str> {
    let admission = Admission { connections: 3, per_address: 2, ..Admission::default() };
    peers.connect(address, &admission, false, || false).map(|(connected, _)| connected)
}

fn address(last: u8) -> IpAddr {
    [10, 0, 0, last].into()
}

#[test]
fn one_peer_does_not_take_all_connections() {
    let peers = Arc::new(Peers::default());
    let first = connect(&peers, address(1)).expect("room");
    let _second = connect(&peers, address(1)).expect("room");
    assert!(connect(&peers, address(1)).is_err());
    let _other = connect(&peers, address(2)).expect("room for another peer");
    assert!(connect(&peers, address(3)).is_err(), "full");
    drop(first);
    assert!(connect(&peers, address(1)).is_ok(), "a place was given back");
}

#[test]
fn where_all_places_are_taken_somebody_makes_room_but_not_for_more_than_a_peers_share() {
    let peers = Arc::new(Peers::default());
    let admission = Admission { connections: 2, per_address: 2, ..Admission::default() };
    let connect = |last| peers.connect(address(last), &admission, false, || true);
    let _first = connect(1).expect("room");
    let _second = connect(1).expect("room");
    let _third = connect(2).expect("somebody goes");
    assert!(connect(1).is_err(), "nobody goes for the third of one peer");
    let refused = peers.connect(address(3), &admission, false, || false);
    assert_eq!((refused.err(), peers.count()), (Some("too many connections"), 3));
}

#[test]
fn requests_are_given_back() {
    let (peers, limits) = (Arc::new(Peers::default()), limits());
    let connection = connect(&peers, address(1)).expect("room");
    let first = connection.request(&limits).expect("room");
    let second = connection.request(&limits).expect("room");
    assert!(connection.request(&limits).is_none(), "two of one peer");
    drop(first);
    assert!(connection.request(&limits).is_some());
    drop((second, connection));
    assert_eq!(peers.count(), 0);
}

#[test]
fn peers_without_a_connection_are_forgotten() {
    let peers = Arc::new(Peers::default());
    for last in 0..=255 {
        for other in 0..8 {
            drop(connect(&peers, [10, 0, other, last].into()));
        }
    }
    assert!(peers.known.lock().len() <= 2 * REMEMBERED);
}

#[test]
fn the_addresses_of_one_ipv6_subnet_are_one_peer() {
    let peers = Arc::new(Peers::default());
    let at = |text: &str| text.parse().expect("an address");
    let _first = connect(&peers, at("2001:db8::1")).expect("room");
    let _second = connect(&peers, at("2001:db8::2")).expect("room");
    assert!(connect(&peers, at("2001:db8::3")).is_err());
    assert!(connect(&peers, at("2001:db8:0:1::1")).is_ok());
}

#[test]
fn one_peer_does_not_take_all_handshakes() {
    let peers = Arc::new(Peers::default());
    let admission = Admission { handshakes: 16, ..Admission::default() };
    let shakes = |last| peers.connect(address(last), &admission, true, || false);
    let held = [shakes(1).expect("room"), shakes(1).expect("room")];
    assert!(shakes(1).is_err(), "an eighth");
    assert!(shakes(2).is_ok());
    drop(held);
    assert!(shakes(1).is_ok());
}
