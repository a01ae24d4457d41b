use futures::FutureExt as _;

use super::*;

#[test]
fn what_was_looked_up_by_itself_is_not_overwritten_by_a_page_that_was_read_before() {
    let loading = Loading::from(Bytes::from_static(b"b"));
    assert!(loading.knows(b"a") && loading.knows(b"b") && !loading.knows(b"c"));
    loading.apart(b"d");
    assert!(loading.knows(b"d") && !loading.takes(b"d") && loading.takes(b"c"));
    loading.read_to(&Bytes::from_static(b"e"));
    assert!(loading.knows(b"c") && loading.knows(b"d") && !loading.knows(b"f"));
    assert_eq!(loading.after(), Some(Bytes::from_static(b"e")));
}

#[test]
fn whoever_waits_goes_on_once_everything_has_been_read() {
    let loading = Loading::from(Bytes::new());
    let mut waits = Box::pin(loading.wait());
    assert_eq!(waits.as_mut().now_or_never(), None);
    loading.finish();
    assert_eq!(waits.now_or_never(), Some(()));
    assert_eq!(loading.wait().now_or_never(), Some(()));
    assert!(loading.is_done() && loading.knows(b"z") && loading.after().is_none());
}
