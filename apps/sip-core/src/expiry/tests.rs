use super::*;

const ALICE: &str = "sip:alice@primary.example";
const BOB: &str = "sip:bob@primary.example";

#[test]
fn rfc3261_10_3_refreshes_leave_one_entry_for_an_address() {
    let expiry = Expiry::default();
    for second in 0..1000 {
        expiry.expect(60_000 + second * 1000, ALICE);
    }
    assert_eq!(expiry.due.lock().in_order.len(), 1);
    assert_eq!(expiry.next(), Some(60_000));
}

#[test]
fn rfc3261_10_3_the_earliest_end_is_looked_at_first_whoever_told_last() {
    let expiry = Expiry::default();
    for at in [3000, 1000, 2000] {
        expiry.expect(at, ALICE);
    }
    assert_eq!(expiry.next(), Some(1000));
    assert_eq!(expiry.due.lock().of.len(), 1);
}

#[test]
fn whoever_has_ended_is_taken_once_and_can_be_expected_again() {
    let expiry = Expiry::default();
    expiry.expect(1000, ALICE);
    expiry.expect(1001, BOB);
    assert_eq!(expiry.take(1000), [Arc::from(ALICE)]);
    assert_eq!(expiry.take(1000), []);
    expiry.expect(5000, ALICE);
    assert_eq!(expiry.take(5000), [Arc::from(BOB), Arc::from(ALICE)]);
    assert_eq!(expiry.next(), None);
}
