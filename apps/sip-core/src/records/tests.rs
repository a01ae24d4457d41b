use wire::ConnectionId;

use super::*;

#[test]
fn a_binding_reads_back_but_for_its_stream() {
    let remote = "[2001:db8::10]:5060".parse().unwrap();
    let flow = Flow {
        transport: Transport::Tls,
        remote,
        address: remote,
        connection: Some(ConnectionId { shard: 1, serial: 2 }),
        edge: Some("edge".into()),
    };
    let binding = Binding {
        contact: "sip:alice@[2001:db8::10]".into(),
        parameters: vec!["+sip.instance=\"<urn:gsma:imei:1>\"".into()],
        instance: Some("<urn:gsma:imei:1>".into()),
        preference: 500,
        call_id: "c".into(),
        cseq: 7,
        refreshed_at: 1_600_000_000_000,
        expires_at: 1_700_000_000_000,
        path: vec!["<sip:edge;lr>".into()],
        flow,
    };
    let mut expected = binding.clone();
    expected.flow.connection = None;
    assert_eq!(decode(&encode(&[binding])), Some(vec![expected]));
    assert_eq!(decode(&encode(&[])), Some(vec![]));
}

#[test]
fn another_record_is_none() {
    assert_eq!(decode(b""), None);
    assert_eq!(decode(b"[{}]"), None);
    assert_eq!(address_of(bindings_key("sip:a@h.example").as_bytes()), Some("sip:a@h.example"));
    assert_eq!(address_of(b"elsewhere/sip:a@h.example"), None);
}
