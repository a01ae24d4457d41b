use super::*;

const NOW: u64 = 1_700_000_000_000;
const ALICE: &str = "sip:alice@primary.example";

fn stream(serial: u64) -> Option<ConnectionId> {
    Some(ConnectionId { shard: 0, serial })
}

fn binding(contact: &str, transport: Transport, connection: Option<ConnectionId>) -> Binding {
    let remote = ([192, 0, 2, 1], 5060).into();
    Binding {
        contact: contact.into(),
        parameters: Vec::new(),
        instance: None,
        preference: 1000,
        call_id: "1".into(),
        cseq: 1,
        refreshed_at: NOW,
        expires_at: NOW + 1000,
        path: Vec::new(),
        flow: Flow { transport, remote, address: remote, connection, edge: None },
    }
}

fn arrival(transport: Transport, port: u16, connection: Option<ConnectionId>) -> Arrival {
    Arrival {
        listener: "clients".into(),
        transport,
        local: ([192, 0, 2, 9], 5060).into(),
        remote: ([192, 0, 2, 1], port).into(),
        connection,
        certificate: None,
    }
}

#[test]
fn a_user_is_known_by_the_stream_that_it_registered_over_and_no_other() {
    let registry = Registry::default();
    registry.put(ALICE, Version(1), vec![binding("sip:a", Transport::Tcp, stream(7))]);
    assert_eq!(registry.senders(&arrival(Transport::Tcp, 5060, stream(7)), NOW), [ALICE]);
    assert!(
        registry.senders(&arrival(Transport::Tcp, 5060, stream(8)), NOW).is_empty(),
        "same address and port"
    );
    assert!(registry.senders(&arrival(Transport::Tcp, 5060, None), NOW).is_empty());
}

#[test]
fn a_user_is_known_by_the_source_of_its_datagrams() {
    let registry = Registry::default();
    registry.put(ALICE, Version(1), vec![binding("sip:a", Transport::Udp, None)]);
    assert_eq!(registry.senders(&arrival(Transport::Udp, 5060, None), NOW), [ALICE]);
    assert!(registry.senders(&arrival(Transport::Udp, 5061, None), NOW).is_empty());
}

#[test]
fn an_expired_or_removed_binding_makes_nobody_known() {
    let registry = Registry::default();
    registry.put(ALICE, Version(1), vec![binding("sip:a", Transport::Udp, None)]);
    let from = arrival(Transport::Udp, 5060, None);
    assert!(registry.senders(&from, NOW + 1000).is_empty());
    registry.put(ALICE, Version(2), Vec::new());
    assert!(registry.senders(&from, NOW).is_empty() && registry.owners("sip:a", NOW).is_empty());
}

#[test]
fn a_user_behind_an_edge_is_not_known_by_the_edges_flow() {
    let registry = Registry::default();
    let mut behind = binding("sip:a", Transport::Tls, stream(1));
    behind.flow.edge = Some("edge".into());
    registry.put(ALICE, Version(1), vec![behind]);
    assert!(registry.senders(&arrival(Transport::Tls, 5060, stream(1)), NOW).is_empty());
    assert!(registry.is_behind(ALICE, "edge", NOW) && !registry.is_behind(ALICE, "other", NOW));
}

#[test]
fn what_was_committed_earlier_never_replaces_what_was_committed_later() {
    let registry = Registry::default();
    registry.put(ALICE, Version(2), vec![binding("sip:new", Transport::Udp, None)]);
    registry.put(ALICE, Version(1), vec![binding("sip:old", Transport::Udp, None)]);
    assert_eq!(registry.owners("sip:new", NOW), [ALICE]);
    assert!(registry.owners("sip:old", NOW).is_empty());
}

#[test]
fn rfc3261_16_6_the_most_preferred_binding_comes_first() {
    let registry = Registry::default();
    let mut second = binding("sip:second", Transport::Udp, None);
    second.preference = 500;
    let mut latest = binding("sip:latest", Transport::Udp, None);
    latest.refreshed_at += 1;
    registry.put(ALICE, Version(1), vec![second, binding("sip:first", Transport::Udp, None), latest]);
    let contacts: Vec<_> = registry.bindings(ALICE, NOW).into_iter().map(|b| b.contact).collect();
    assert_eq!(contacts, ["sip:latest", "sip:first", "sip:second"]);
    assert_eq!(registry.count(NOW), (1, 3));
}

#[test]
fn who_was_silent_is_tried_last_until_he_registers_again() {
    let registry = Registry::default();
    let at = |contact: &str, port: u16, refreshed_at| {
        let mut binding = binding(contact, Transport::Udp, None);
        binding.flow.remote.set_port(port);
        binding.flow.address.set_port(port);
        binding.refreshed_at = refreshed_at;
        binding
    };
    let contacts =
        || registry.bindings(ALICE, NOW).into_iter().map(|binding| binding.contact).collect::<Vec<_>>();
    let (gone, there) = (at("sip:gone", 1, NOW + 1), at("sip:there", 2, NOW));
    registry.put(ALICE, Version(1), vec![gone.clone(), there.clone()]);
    assert_eq!(contacts(), ["sip:gone", "sip:there"]);

    let hop = Hop { address: gone.flow.address, ..kit::testing::hop("device") };
    registry.was_silent(&Hop { transport: Transport::Udp, ..hop });
    assert_eq!(contacts(), ["sip:there", "sip:gone"]);

    registry.put(ALICE, Version(2), vec![gone, at("sip:there", 2, NOW + 2)]);
    assert_eq!(contacts(), ["sip:there", "sip:gone"], "the other one refreshed");
    registry.put(ALICE, Version(3), vec![at("sip:gone", 1, NOW + 3), there]);
    assert_eq!(contacts(), ["sip:gone", "sip:there"], "it is there again");
}

/// As a record says it.
fn kept(binding: &Binding) -> Binding {
    Binding { flow: Flow { connection: None, ..binding.flow.clone() }, ..binding.clone() }
}

#[test]
fn rfc5626_5_3_a_binding_keeps_its_stream_whichever_commit_is_put_first() {
    let one = binding("sip:one", Transport::Tcp, stream(1));
    let other = binding("sip:other", Transport::Tcp, stream(2));
    let first = (Version(1), vec![one.clone()]);
    let second = (Version(2), vec![kept(&one), other]);
    for commits in [[first.clone(), second.clone()], [second, first]] {
        let registry = Registry::default();
        for (version, bindings) in commits {
            registry.put(ALICE, version, bindings);
        }
        for serial in [1, 2] {
            let from = arrival(Transport::Tcp, 5060, stream(serial));
            assert_eq!(registry.senders(&from, NOW), [ALICE], "{serial}");
        }
        let streams: Vec<_> = registry.bindings(ALICE, NOW).iter().map(|b| b.flow.connection).collect();
        assert_eq!(streams, [stream(1), stream(2)]);
    }
}

#[test]
fn a_binding_that_was_made_anew_has_no_part_in_the_stream_of_the_former_one() {
    let registry = Registry::default();
    let former = binding("sip:a", Transport::Tcp, stream(1));
    registry.put(ALICE, Version(1), vec![former.clone()]);
    registry.put(ALICE, Version(2), vec![Binding { cseq: 2, ..kept(&former) }]);
    assert!(registry.senders(&arrival(Transport::Tcp, 5060, stream(1)), NOW).is_empty());
    assert_eq!(registry.bindings(ALICE, NOW)[0].flow.connection, None);
}
