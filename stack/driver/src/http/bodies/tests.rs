use std::net::IpAddr;

use futures::FutureExt as _;

use super::*;
use crate::{Admission, http::peers::Connected};

/// Four bodies at once, two of one peer; 80 octets, ten of one peer.
fn limits() -> HttpLimits {
    HttpLimits { requests: 8, requests_per_peer: 4, octets: 80, body: 10, ..HttpLimits::default() }
}

fn connect(peers: &Arc<Peers>, last: u8) -> Connected {
    let address = IpAddr::from([10, 0, 0, last]);
    peers
        .connect(address, &Admission::default(), false, || false)
        .map(|(connected, _)| connected)
        .expect("room")
}

fn is_told(reading: &Reading) -> bool {
    reading.told().now_or_never().is_some()
}

#[test]
fn a_peer_that_has_its_share_makes_room_for_itself() {
    let (peers, limits) = (Arc::new(Peers::default()), limits());
    let (hog, other) = (connect(&peers, 1), connect(&peers, 2));
    let of_other = other.body(&limits);
    let of_hog = [hog.body(&limits), hog.body(&limits), hog.body(&limits)];
    assert_eq!(of_hog.each_ref().map(is_told), [true, false, false]);
    assert!(!is_told(&of_other), "though it began first");
}

#[test]
fn where_there_are_too_many_the_first_makes_room() {
    let (peers, limits) = (Arc::new(Peers::default()), limits());
    let connections: Vec<_> = (1..=5).map(|last| connect(&peers, last)).collect();
    let bodies: Vec<_> = connections.iter().map(|connection| connection.body(&limits)).collect();
    let told: Vec<_> = bodies.iter().map(is_told).collect();
    assert_eq!(told, [true, false, false, false, false]);
    let mut bodies = bodies.into_iter();
    assert_eq!(bodies.next().map(|gone| gone.end(&limits).err()), Some(Some(Full::Gone)));
    assert!(bodies.next().is_some_and(|next| next.end(&limits).is_ok()));
}

#[test]
fn octets_are_a_peers_share_and_are_given_back_by_whoever_makes_room() {
    let (peers, limits) = (Arc::new(Peers::default()), limits());
    let hog = connect(&peers, 1);
    let (first, second) = (hog.body(&limits), hog.body(&limits));
    assert_eq!(first.hold(6, &limits), Ok(()));
    assert_eq!(first.hold(6, &limits), Ok(()), "what is held is not counted again");
    assert_eq!(second.hold(5, &limits), Ok(()), "the first made room");
    assert_eq!((is_told(&first), first.hold(7, &limits)), (true, Err(Full::Gone)));
    assert_eq!(second.hold(11, &limits), Err(Full::Octets), "nobody is left to make room");
    let connections: Vec<_> = (2..=9).map(|last| connect(&peers, last)).collect();
    let places: Vec<_> = connections
        .iter()
        .map(|connection| {
            let body = connection.body(&limits);
            body.hold(9, &limits).and_then(|()| body.end(&limits)).is_ok()
        })
        .collect();
    assert_eq!(places, [true; 8], "each is given back where nobody keeps it");
}

#[test]
fn what_is_worked_on_keeps_its_octets_and_does_not_make_room() {
    let (peers, limits) = (Arc::new(Peers::default()), HttpLimits { octets: 16, ..limits() });
    let connection = connect(&peers, 1);
    let whole = connection.body(&limits);
    assert_eq!(whole.hold(10, &limits), Ok(()));
    let place = whole.end(&limits).expect("a place");
    let other = connect(&peers, 2);
    let body = other.body(&limits);
    assert_eq!(body.hold(7, &limits), Err(Full::Octets));
    drop(place);
    assert_eq!(body.hold(7, &limits), Ok(()));
    drop((body, other, connection));
    assert_eq!(peers.count(), 0);
}

#[test]
fn a_whole_body_without_a_place_is_put_off() {
    let (peers, limits) = (Arc::new(Peers::default()), HttpLimits { requests: 1, ..limits() });
    let connection = connect(&peers, 1);
    let _busy = connection.request(&limits).expect("a place");
    assert_eq!(connection.body(&limits).end(&limits).err(), Some(Full::Requests));
}
