use super::*;
use crate::config::Document;

fn read(text: &str, transport: Transport) -> Result<Admission, Vec<String>> {
    let read = Document::parse("mcx.toml", text).read(|root| Some(Admission::read(root, Some(transport))));
    read.map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

#[test]
fn a_listener_has_its_own_numbers_and_the_usual_ones_elsewhere() {
    assert_eq!(read("", Transport::Tls), Ok(Admission::default()));
    let all = "connections = 50\nconnections-per-address = 5\nhandshakes = 16\nhandshake-within = \"2s\"\n\
               first-message-within = \"500ms\"\n";
    let wanted = Admission {
        connections: 50,
        per_address: 5,
        handshakes: 16,
        handshake: Duration::from_secs(2),
        first_message: Duration::from_millis(500),
    };
    assert_eq!(read(all, Transport::Tls), Ok(wanted));
}

#[test]
fn nobody_let_in_and_no_time_at_all_are_mistakes() {
    let text = "connections = 0\nhandshake-within = \"0s\"\n";
    assert_eq!(
        read(text, Transport::Tls),
        Err(vec![
            "mcx.toml:1:1: \"connections\" must be between 1 and 1000000, not 0".to_owned(),
            "mcx.toml:2:20: \"handshake-within\" must be longer than nothing".to_owned(),
        ])
    );
}

#[test]
fn datagrams_have_no_connections_and_plain_streams_no_handshakes() {
    assert_eq!(
        read("connections = 9\nhandshakes = 9\n", Transport::Udp),
        Err(vec![
            "mcx.toml:1:1: a UDP listener has no connections".to_owned(),
            "mcx.toml:2:1: only a listener with transport = \"tls\" has handshakes".to_owned(),
        ])
    );
    assert!(read("connections = 9\n", Transport::Tcp).is_ok());
    assert!(read("handshakes = 9\n", Transport::Tcp).is_err());
}
