use sip::Message;
use wire::Arrival;

use super::*;
use crate::testing::{EDGE, Register, config, message, message_by, tls, udp};

const TOP: &str = "SIP/2.0/TLS edge.primary.example;branch=z9hG4bK1";

fn through(via: Option<&str>) -> Source {
    let vias = [TOP].into_iter().chain(via).collect::<Vec<_>>().join(", ");
    of(&message_by(&Register::of("alice").request(), &vias), &tls(EDGE), config().edges.first())
}

fn of(request: &Message, arrival: &Arrival, edge: Option<&Edge>) -> Source {
    Source::of(request, arrival, edge)
}

fn direct(address: &str) -> Source {
    let remote = SocketAddr::new(address.parse().unwrap(), 5070);
    of(&message(&Register::of("alice").request()), &Arrival { remote, ..udp(5070) }, None)
}

#[test]
fn an_address_is_one_however_written_and_so_is_a_64_of_ipv6() {
    assert_eq!(direct("2001:db8::1"), direct("2001:db8::ffff:1"));
    assert_ne!(direct("2001:db8::1"), direct("2001:db8:0:1::1"));
    assert_eq!(direct("::ffff:192.0.2.1"), direct("192.0.2.1"));
    assert_ne!(direct("192.0.2.1"), direct("192.0.2.2"));
}

#[test]
fn rfc3261_18_2_1_an_edge_says_whom_it_heard() {
    let heard = |address: &str| Source::Network(address.parse().unwrap());
    assert_eq!(through(Some("SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK2")), heard("192.0.2.7"));
    assert_eq!(
        through(Some("SIP/2.0/UDP phone.local;received=198.51.100.7;branch=z9hG4bK2")),
        heard("198.51.100.7")
    );
    assert_eq!(through(Some("SIP/2.0/TCP [2001:db8::7];branch=z9hG4bK2")), heard("2001:db8::"));
    let silent = Source::Edge(EDGE.into());
    assert_eq!(through(Some("SIP/2.0/UDP phone.local;branch=z9hG4bK2")), silent);
    assert_eq!(through(None), silent);
    assert_eq!(silent.network(), None, "many share it");
}

#[test]
fn a_stranger_says_nothing_about_where_he_is() {
    let vias = "SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK1, SIP/2.0/UDP 198.51.100.7;received=198.51.100.7;branch=z9hG4bK2";
    let request = message_by(&Register::of("alice").request(), vias);
    assert_eq!(of(&request, &udp(5070), None), Source::Network([192, 0, 2, 1].into()));
}
