use std::time::SystemTime;

use wire::BoxFuture;

use super::*;

/// A clock that a test moves.
struct Hand(Mutex<Instant>);

impl Hand {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(tokio::time::Instant::now().into_std())))
    }

    fn pass(&self, seconds: u64) {
        *self.0.lock() += Duration::from_secs(seconds);
    }
}

impl Clock for Hand {
    fn now(&self) -> Instant {
        *self.0.lock()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

fn limits() -> HttpLimits {
    HttpLimits {
        head_within: Duration::from_secs(10),
        idle: Duration::from_secs(60),
        unread: Duration::from_secs(30),
        ..HttpLimits::default()
    }
}

#[test]
fn a_first_head_that_does_not_come_is_late() {
    let clock = Hand::new();
    let pulse = Pulse::new(clock.clone());
    assert_eq!(pulse.look(&limits()), Ok(Duration::from_secs(5)));
    clock.pass(10);
    assert_eq!(pulse.look(&limits()), Err(Overdue::SlowHead));
}

#[test]
fn a_request_under_way_is_waited_for_and_then_idleness_counts() {
    let clock = Hand::new();
    let pulse = Pulse::new(clock.clone());
    let busy = pulse.begin();
    clock.pass(1000);
    assert!(pulse.look(&limits()).is_ok());
    drop(busy);
    clock.pass(59);
    assert!(pulse.look(&limits()).is_ok());
    clock.pass(1);
    assert_eq!(pulse.look(&limits()), Err(Overdue::Idle));
}

#[test]
fn the_next_head_has_its_own_time() {
    let clock = Hand::new();
    let pulse = Pulse::new(clock.clone());
    drop(pulse.begin());
    clock.pass(5);
    pulse.has_read();
    clock.pass(9);
    pulse.has_read();
    assert!(pulse.look(&limits()).is_ok());
    clock.pass(1);
    assert_eq!(pulse.look(&limits()), Err(Overdue::SlowHead));
}

#[test]
fn a_peer_that_reads_nothing_is_not_waited_for() {
    let clock = Hand::new();
    let pulse = Pulse::new(clock.clone());
    let _busy = pulse.begin();
    pulse.has_written(true);
    clock.pass(29);
    pulse.has_written(true);
    assert!(pulse.look(&limits()).is_ok());
    clock.pass(1);
    assert_eq!(pulse.look(&limits()), Err(Overdue::Unread));
    pulse.has_written(false);
    assert!(pulse.look(&limits()).is_ok());
}
