use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::yield_now;

use super::*;

/// What happens on a runtime of one thread, in its order.
fn ordered(run: impl AsyncFnOnce(Arc<Turns>, Arc<Mutex<Vec<u64>>>)) -> Vec<u64> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let seen = Arc::new(Mutex::new(Vec::new()));
    runtime.block_on(run(Arc::default(), Arc::clone(&seen)));
    seen.lock().clone()
}

/// Of an address of this last octet.
fn account(peer: u8, asserted: u64) -> Account {
    (IpAddr::from([192, 0, 2, peer]), asserted)
}

fn noted(seen: &Arc<Mutex<Vec<u64>>>, what: u64) -> impl Future<Output = ()> + Send + 'static {
    let seen = Arc::clone(seen);
    async move { seen.lock().push(what) }
}

#[test]
fn what_else_the_runtime_serves_waits_for_few_of_a_burst_and_all_are_served_in_order() {
    let seen = ordered(async |turns, seen| {
        for number in 0..1000 {
            turns.begin(&Handle::current(), account(1, 1), noted(&seen, number));
        }
        tokio::spawn(noted(&seen, 7777)).await.expect("served");
        while seen.lock().len() < 1001 {
            yield_now().await;
        }
    });
    let other = seen.iter().position(|what| *what == 7777).expect("is there");
    assert!(other <= BEGUN, "{other} of the burst were before");
    assert!(seen.iter().filter(|what| **what != 7777).is_sorted(), "one account's stay in order");
}

#[test]
fn another_account_waits_for_no_burst() {
    let seen = ordered(async |turns, seen| {
        for number in 0..1000 {
            turns.begin(&Handle::current(), account(1, 1), noted(&seen, number));
        }
        for number in [5000, 5001] {
            turns.begin(&Handle::current(), account(1, 2), noted(&seen, number));
        }
        while seen.lock().len() < 1002 {
            yield_now().await;
        }
    });
    let at = |wanted: u64| seen.iter().position(|what| *what == wanted).expect("was served");
    assert!(at(5000) <= BEGUN + 2 && at(5001) <= BEGUN + 4, "{} {}", at(5000), at(5001));
}

#[test]
fn an_address_that_names_somebody_else_each_time_is_one_address() {
    let seen = ordered(async |turns, seen| {
        for number in 0..1000 {
            turns.begin(&Handle::current(), account(1, number), noted(&seen, number));
        }
        for number in [5000, 5001] {
            turns.begin(&Handle::current(), account(2, 1), noted(&seen, number));
        }
        while seen.lock().len() < 1002 {
            yield_now().await;
        }
    });
    let at = |wanted: u64| seen.iter().position(|what| *what == wanted).expect("was served");
    assert!(at(5000) <= BEGUN + 2 && at(5001) <= BEGUN + 4, "{} {}", at(5000), at(5001));
}

/// TS 23.401 5.3.1.2.2: a /64 is one subscriber's.
#[test]
fn whoever_has_a_64_of_addresses_has_the_turns_of_one() {
    let seen = ordered(async |turns, seen| {
        for number in 0..1000_u16 {
            let peer = std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, number);
            turns.begin(&Handle::current(), (peer.into(), 1), noted(&seen, number.into()));
        }
        turns.begin(&Handle::current(), account(2, 1), noted(&seen, 5000));
        while seen.lock().len() < 1001 {
            yield_now().await;
        }
    });
    let at = seen.iter().position(|what| *what == 5000).expect("was served");
    assert!(at <= BEGUN + 2, "{at}");
}

#[test]
fn work_that_waits_or_panics_keeps_nobody_else_from_his_turn() {
    let served = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&served);
    ordered(async move |turns, _| {
        for number in 0..100_u64 {
            let count = Arc::clone(&count);
            turns.begin(&Handle::current(), account(1, number % 3), async move {
                if number < 20 {
                    std::future::pending::<()>().await;
                }
                assert!(number >= 40, "a fault of the work");
                count.fetch_add(1, Ordering::SeqCst);
            });
        }
        while count.load(Ordering::SeqCst) < 60 {
            yield_now().await;
        }
    });
    assert_eq!(served.load(Ordering::SeqCst), 60);
}
