use super::Waiting;

/// Of what others have no case is read.
#[test]
fn what_waits_says_for_which_client_it_is_and_what_an_earlier_version_left_does_not() {
    let read = |value: &[u8]| Waiting::decode("n/1f", value).expect("a record");
    let old = read(br#"{"case":"o/r-1","resp":true}"#);
    assert_eq!((old.client.clone(), old.is_response, old.is_told), (None, true, false));
    for client in [None, Some("c1".to_owned())] {
        let waiting = Waiting { client: Some(client), ..old.clone() };
        assert_eq!(read(&waiting.encode()), waiting);
    }
    assert_eq!(read(&old.encode()), old);
}
