use sip::{Name, Typed as _};

use super::*;
use crate::testing::{Register, message, tcp, udp};

const NOW: u64 = 1_700_000_000_000;

fn bindings(contact: &str, arrival: &Arrival) -> Vec<Binding> {
    let register = Register { contact: Some(contact.to_owned()), ..Register::of("alice") };
    let update = read(&message(&register.request()), arrival, None, &Registration::default(), NOW);
    match update.expect("is read").change {
        Change::Contacts(bindings) => bindings,
        other => panic!("{other:?}"),
    }
}

fn refused(contact: &str) -> u16 {
    let register = Register { contact: Some(contact.to_owned()), ..Register::of("alice") };
    let update = read(&message(&register.request()), &udp(5070), None, &Registration::default(), NOW);
    update.expect_err("is refused").status()
}

#[test]
fn rfc3261_20_10_q_orders_contacts() {
    let preference = |contact: &str| bindings(contact, &udp(5070))[0].preference;
    assert_eq!(preference("<sip:a@192.0.2.1>"), 1000);
    assert_eq!(preference("<sip:a@192.0.2.1>;q=0.25"), 250);
    assert_eq!(preference("<sip:a@192.0.2.1>;q=7"), 0);
    assert_eq!(preference("<sip:a@192.0.2.1>;q=NaN"), 0);
}

#[test]
fn every_contact_of_every_line_is_one_binding_with_its_parameters() {
    let both = bindings("<sip:a@192.0.2.1>;+g.3gpp.mcptt;expires=90, \"B, b\" <sip:b@192.0.2.1>", &udp(5070));
    let seconds: Vec<u64> = both.iter().map(|binding| binding.seconds_left(NOW)).collect();
    assert_eq!((both[0].parameters.as_slice(), seconds), (&["+g.3gpp.mcptt".to_owned()][..], vec![90, 600]));
    let written = write(Response::new(200), &both, NOW);
    let first = Contact::parse(written.get(Name::Contact).unwrap()).unwrap();
    assert_eq!((first.uri, first.expires()), (&b"sip:a@192.0.2.1"[..], Some(90)));
}

#[test]
fn a_contact_that_is_no_sip_uri_or_has_no_end_is_refused() {
    assert_eq!(refused("<tel:+34911>"), 400);
    assert_eq!(refused("<mailto:a@h.example>"), 400);
    assert_eq!(refused(&format!("<sip:{}@192.0.2.1>", "a".repeat(2000))), 400);
    assert_eq!(refused(&format!("<sip:a@192.0.2.1>;x={}", "a".repeat(2000))), 400);
    assert_eq!(refused("<sip:a@192.0.2.1"), 400);
    assert_eq!(refused("<sip:a@192.0.2.1:0>"), 400);
    assert_eq!(refused(&format!("<sip:a@192.0.2.1{}>", ";a".repeat(PARAMETERS + 1))), 400);
    assert_eq!(bindings(&format!("<sip:a@192.0.2.1{}>", ";a".repeat(PARAMETERS)), &udp(5070)).len(), 1);
}

#[test]
fn a_stream_is_opened_anew_at_the_contacts_port_of_the_registering_host_only() {
    let address = |contact: &str, arrival: &Arrival| bindings(contact, arrival)[0].flow.address;
    assert_eq!(address("<sip:a@192.0.2.1:7000>", &tcp(1)), ([192, 0, 2, 1], 7000).into());
    assert_eq!(address("<sip:a@192.0.2.1>", &tcp(1)), ([192, 0, 2, 1], 5060).into());
    assert_eq!(address("<sip:a@203.0.113.9:7000>", &tcp(1)), tcp(1).remote);
    assert_eq!(address("<sip:a@device.invalid>", &tcp(1)), tcp(1).remote);
    assert_eq!(
        address("<sip:a@192.0.2.1:7000>", &udp(5070)),
        udp(5070).remote,
        "datagrams go back to their source"
    );
}
