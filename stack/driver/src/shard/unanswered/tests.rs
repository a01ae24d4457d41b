use super::*;

fn peer(last: u8) -> IpAddr {
    [192, 0, 2, last].into()
}

#[test]
fn one_peer_that_fills_its_share_leaves_the_others_theirs() {
    let limits = Limits { requests_per_peer: 2, requests_octets: 1000, ..Limits::default() };
    let unanswered = Unanswered::new(&limits);
    let charge = |last, octets| unanswered.account(peer(last)).charge(octets);
    let first = (charge(1, 100).unwrap(), charge(1, 100).unwrap());
    assert!(charge(1, 100).is_none(), "requests");
    assert!(charge(2, 501).is_none(), "half of the octets are for the others");
    let second = charge(2, 500).unwrap();
    assert!(charge(3, 301).is_none() && charge(3, 300).is_some());
    drop(second);
    drop(first.0);
    assert!(charge(1, 100).is_some());
    drop(first.1);
    assert_eq!(unanswered.total.0.load(Ordering::Relaxed), 0);
    assert_eq!(unanswered.account(peer(1)).owing.load(Ordering::Relaxed), 0);
}

#[test]
fn every_shard_counts_on_the_same_account() {
    let limits = Limits { requests_per_peer: 1000, ..Limits::default() };
    let unanswered = Unanswered::new(&limits);
    let charged: usize = std::thread::scope(|threads| {
        let shard = || {
            let mut at_hand = AtHand::default();
            let charges = (0..800).filter_map(|_| at_hand.account(peer(1), &unanswered).charge(10));
            charges.collect::<Vec<_>>()
        };
        let shards: Vec<_> = (0..3).map(|_| threads.spawn(shard)).collect();
        let charges: Vec<_> = shards.into_iter().flat_map(|shard| shard.join().unwrap()).collect();
        charges.len()
    });
    assert_eq!(charged, 1000);
    assert_eq!(unanswered.total.0.load(Ordering::Relaxed), 0);
}

#[test]
fn addresses_that_were_seen_once_are_forgotten() {
    let unanswered = Unanswered::new(&Limits::default());
    let mut at_hand = AtHand::default();
    let charge = at_hand.account(peer(1), &unanswered).charge(7).unwrap();
    for number in 0..200_000_u32 {
        at_hand.account(IpAddr::from(number.to_be_bytes()), &unanswered).charge(1).unwrap();
    }
    let kept: usize = unanswered.parts.iter().map(|part| part.lock().accounts.len()).sum();
    assert!(kept < 4 * AT_HAND, "{kept}");
    let same = unanswered.account(peer(1));
    assert!(Arc::ptr_eq(&same, &charge.account), "who still owes is not");
}
