use wire::TlsPeer;

use super::*;

fn named(local: &str, transport: Transport, tls: Option<&str>, sent_by: &str) -> Named {
    let port = (transport == Transport::Udp).then_some(0);
    Named {
        transport,
        local: local.parse().unwrap(),
        tls: tls.map(Into::into),
        sent_by: sent_by.into(),
        port,
    }
}

fn hop(address: &str, transport: Transport, profile: Option<&str>) -> Hop {
    let tls =
        profile.map(|profile| TlsPeer { profile: profile.into(), domain: "b.example".into(), anchor: None });
    Hop {
        name: "b".into(),
        transport,
        address: address.parse().unwrap(),
        tls,
        connection: None,
        streams: wire::Streams::default(),
    }
}

fn border() -> Names {
    let listeners = vec![
        named("192.0.2.1:5061", Transport::Tls, Some("border"), "mcgw.a.example"),
        named("10.0.0.1:5061", Transport::Tls, Some("inner"), "mcgw.core.a.example:5061"),
        named("10.0.0.1:5060", Transport::Udp, None, "10.0.0.1:5060"),
        named("[2001:db8::1]:5060", Transport::Udp, None, "[2001:db8::1]:5060"),
    ];
    Names::new(listeners, "client.invalid".into())
}

#[test]
fn a_name_of_the_inner_side_never_goes_out_at_the_border() {
    let names = border();
    let sent_by =
        |profile| names.sent_by(&hop("198.51.100.1:5061", Transport::Tls, Some(profile)), Transport::Tls);
    assert_eq!(&*sent_by("border"), "mcgw.a.example");
    assert_eq!(&*sent_by("inner"), "mcgw.core.a.example:5061");
    assert_eq!(&*sent_by("other"), "client.invalid");
}

#[test]
fn datagrams_leave_by_a_socket_of_the_same_family() {
    let names = border();
    let udp = |address| names.sent_by(&hop(address, Transport::Udp, None), Transport::Udp);
    assert_eq!(&*udp("10.0.0.9:5060"), "10.0.0.1:5060");
    assert_eq!(&*udp("[2001:db8::9]:5060"), "[2001:db8::1]:5060");
    assert!(names.port(&hop("[2001:db8::9]:5060", Transport::Udp, None)).is_some());
}

#[test]
fn sent_by_is_read_with_and_without_port_and_brackets() {
    let parsed = |text| parse(text);
    assert_eq!(parsed("a.example"), SentBy { host: "a.example".into(), port: None });
    assert_eq!(parsed("a.example:5061"), SentBy { host: "a.example".into(), port: Some(5061) });
    assert_eq!(parsed("[2001:db8::1]:5061"), SentBy { host: "2001:db8::1".into(), port: Some(5061) });
    assert_eq!(parsed("[2001:db8::1]"), SentBy { host: "2001:db8::1".into(), port: None });
}
