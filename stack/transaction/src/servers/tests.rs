use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::limits::Overload;

const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));
const TRYING: Bytes = Bytes::from_static(b"SIP/2.0 100 Trying\r\n\r\n");
const OK: Bytes = Bytes::from_static(b"SIP/2.0 200 OK\r\n\r\n");

/// The one clock reading of these tests; all else is counted from it.
#[allow(clippy::disallowed_methods)]
fn start() -> Instant {
    Instant::now()
}

fn servers(epoch: Instant) -> Servers<u32> {
    Servers::new(epoch, Limits::default(), [1, 2, 3, 4])
}

fn key(number: u32) -> ServerKey {
    ServerKey::new(b"", format!("z9hG4bK-{number}").as_bytes(), b"a.example", None, b"MESSAGE").unwrap()
}

/// Whether what is due is nothing that anybody has to be told.
fn quiet<U: PartialEq>(expire: impl FnMut() -> Option<Expired<U>>) -> bool {
    std::iter::from_fn(expire).all(|expired| expired == Expired::Ended)
}

#[test]
fn c17_2_3_a_copy_is_known_before_and_after_the_response() {
    let now = start();
    let mut servers = servers(now);
    assert_eq!(servers.copy(now, &key(1)), None);
    let id = servers.begin(now, &key(1), PEER, Reliability::Unreliable, 1).unwrap();
    assert_eq!(servers.copy(now, &key(1)), Some(None));
    assert_eq!(servers.respond(now, id, 200, OK), Answered::Final(OK, 1));
    assert_eq!(servers.copy(now, &key(1)), Some(Some(OK)));
    assert_eq!(servers.copy(now, &key(2)), None);
}

#[test]
fn c17_2_2_a_second_response_is_discarded() {
    let now = start();
    let mut servers = servers(now);
    let id = servers.begin(now, &key(1), PEER, Reliability::Unreliable, 1).unwrap();
    servers.respond(now, id, 200, OK);
    assert_eq!(servers.respond(now, id, 500, TRYING), Answered::Discarded);
}

#[test]
fn c17_2_2_the_response_is_kept_for_64_t1_and_no_longer() {
    let now = start();
    let mut servers = servers(now);
    let id = servers.begin(now, &key(1), PEER, Reliability::Unreliable, 1).unwrap();
    servers.respond(now, id, 200, OK);
    assert_eq!(servers.user(id), None, "only the response is kept");
    assert!(quiet(|| servers.expire(now + Duration::from_secs(31))));
    assert_eq!((servers.len(), servers.pending()), (1, 0));
    assert!(quiet(|| servers.expire(now + Duration::from_millis(32_010))));
    assert_empty(&servers);
}

#[test]
fn rfc4320_4_1_a_100_falls_due_and_4_2_the_transaction_lapses() {
    let now = start();
    let mut servers = servers(now);
    let id = servers.begin(now, &key(1), PEER, Reliability::Unreliable, 7).unwrap();
    let due = now + Duration::from_millis(3510);
    assert_eq!(servers.expire(due), Some(Expired::SayTrying(id)));
    assert_eq!(servers.respond(due, id, 100, TRYING), Answered::Provisional(TRYING));
    assert_eq!(servers.copy(due, &key(1)), Some(Some(TRYING)));
    assert_eq!(servers.user(id), Some(&7));

    let lapsed = now + Duration::from_millis(32_010);
    assert_eq!(servers.expire(lapsed), Some(Expired::Lapsed(7)));
    assert_eq!(servers.respond(lapsed, id, 200, OK), Answered::Discarded);
    assert_eq!(servers.copy(lapsed, &key(1)), Some(None));
    assert!(quiet(|| servers.expire(lapsed + Duration::from_secs(6))));
    assert_empty(&servers);
}

#[test]
fn c17_2_4_a_failed_transport_hands_the_user_back() {
    let now = start();
    let mut servers = servers(now);
    let id = servers.begin(now, &key(1), PEER, Reliability::Reliable, 1).unwrap();
    *servers.user_mut(id).unwrap() = 2;
    assert_eq!(servers.transport_failed(now, id), Some(2));
    assert_empty(&servers);
}

#[test]
fn a_forgotten_request_is_never_answered_and_leaves_nothing() {
    let now = start();
    let mut servers = servers(now);
    let id = servers.begin(now, &key(1), PEER, Reliability::Unreliable, 1).unwrap();
    assert_eq!(servers.forget(id), Some(1));
    assert_empty(&servers);
    assert!(quiet(|| servers.expire(now + Duration::from_secs(4))));
    assert_eq!(servers.respond(now, id, 200, OK), Answered::Discarded);
    assert_eq!(servers.copy(now, &key(1)), None);
}

#[test]
fn c21_5_4_a_full_table_refuses() {
    let now = start();
    let mut servers = Servers::new(now, Limits { transactions: 1, bytes: 1 << 20 }, [0; 4]);
    servers.begin(now, &key(1), PEER, Reliability::Unreliable, 1).unwrap();
    assert_eq!(servers.begin(now, &key(2), PEER, Reliability::Unreliable, 2), Err(Refused(Overload, 2)));
}

#[test]
fn c21_5_4_one_peer_fills_half_of_the_table_also_with_what_it_has_been_answered() {
    let now = start();
    let mut servers = Servers::new(now, Limits { transactions: 4, bytes: 1 << 20 }, [0; 4]);
    for number in 1..=2 {
        let id = servers.begin(now, &key(number), PEER, Reliability::Unreliable, number).unwrap();
        servers.respond(now, id, 200, OK);
    }
    assert_eq!(servers.begin(now, &key(3), PEER, Reliability::Unreliable, 3), Err(Refused(Overload, 3)));
    servers.begin(now, &key(3), OTHER, Reliability::Unreliable, 3).unwrap();
    let over = now + Duration::from_millis(32_010);
    while servers.expire(over).is_some() {}
    servers.begin(over, &key(4), PEER, Reliability::Unreliable, 4).unwrap();
}

#[test]
fn c21_5_4_one_peer_fills_half_of_the_octets_with_keys_and_responses() {
    let now = start();
    let weight = key(1).as_bytes().len();
    let mut servers = Servers::new(now, Limits { transactions: 9, bytes: 4 * weight }, [0; 4]);
    let id = servers.begin(now, &key(1), PEER, Reliability::Unreliable, 1).unwrap();
    servers.respond(now, id, 200, OK);
    assert_eq!(servers.begin(now, &key(2), PEER, Reliability::Unreliable, 2), Err(Refused(Overload, 2)));
    servers.begin(now, &key(2), OTHER, Reliability::Unreliable, 2).unwrap();
}

/// What decides the memory of a gateway: 32 s of finished transactions (timer J).
#[test]
fn a_finished_transaction_is_small() {
    assert!(crate::table::entry_size::<ServerNonInvite, u32>() <= 96);
}

proptest! {
    /// Whatever happens in whatever order: every transaction hands its user back once, and when time has passed nothing
    /// is left, neither entry nor timer nor byte.
    #[test]
    fn no_sequence_of_inputs_leaks(
        steps in proptest::collection::vec((0..6_u8, 0..8_u32, 0..9000_u64), 0..120),
    ) {
        let mut now = start();
        let mut servers = servers(now);
        let (mut begun, mut ended) = (0_usize, 0_usize);
        let mut ids = Vec::new();
        for (step, number, millis) in steps {
            let id = ids.get(number as usize % ids.len().max(1)).copied();
            match (step, id) {
                (0 | 1, _) if servers.copy(now, &key(number)).is_none() => {
                    let reliability = [Reliability::Reliable, Reliability::Unreliable][usize::from(step)];
                    ids.push(servers.begin(now, &key(number), PEER, reliability, number).unwrap());
                    begun += 1;
                }
                (2, Some(id)) => ended += usize::from(matches!(servers.respond(now, id, 200, OK), Answered::Final(..))),
                (3, Some(id)) => drop(servers.respond(now, id, 100, TRYING)),
                (4, Some(id)) => ended += usize::from(servers.transport_failed(now, id).is_some()),
                _ => {
                    now += Duration::from_millis(millis);
                    while let Some(expired) = servers.expire(now) {
                        ended += usize::from(matches!(expired, Expired::Lapsed(_)));
                    }
                }
            }
            prop_assert_eq!(servers.pending(), begun - ended);
            prop_assert_eq!(servers.timers(), servers.len());
        }
        for _ in 0..4 {
            now += Duration::from_secs(40);
            while let Some(expired) = servers.expire(now) {
                ended += usize::from(matches!(expired, Expired::Lapsed(_)));
            }
        }
        prop_assert_eq!(begun, ended);
        assert_empty(&servers);
    }
}

#[track_caller]
fn assert_empty(servers: &Servers<u32>) {
    let left = (servers.len(), servers.pending(), servers.bytes(), servers.timers());
    assert_eq!(left, (0, 0, 0, 0));
    assert_eq!(servers.owners(), 0);
    assert!(servers.is_empty() && servers.next_timeout().is_none());
}
