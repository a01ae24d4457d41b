use std::path::Path;

use super::*;

fn terminal(more: &str) -> Terminal {
    let text = format!(
        "[client.hand]\nmc-service-id = \"sip:alice@primary.example\"\nimpu = \"sip:alice.imsi@primary.example\"\n\
         username = \"alice\"\npassword = \"p\"\nlocation-server = \"sip:lms_psi@primary.example\"\n\
         core = {{ name = \"sip-core\", address = \"127.0.0.1:5060\", transport = \"tcp\" }}\n{more}"
    );
    let config = SystemConfig::parse(Path::new("alice.toml"), &text).expect("is read");
    Terminal { config, names: Vec::new() }
}

fn contact(terminal: &Terminal) -> &str {
    &terminal.config.clients[0].device.contact
}

#[test]
fn rfc3261_10_3_step_7_each_terminal_of_one_user_has_a_contact_of_its_own() {
    let (one, other) = (terminal("").alone_as("one"), terminal("").alone_as("other"));
    assert_ne!(contact(&one), contact(&other));
    assert!(contact(&one).starts_with("sip:alice."), "{}", contact(&one));
    assert_ne!(contact(&one), contact(&terminal("")));
}

#[test]
fn a_terminal_that_listens_keeps_its_listener_as_its_contact() {
    let listening =
        "[[client.hand.listen]]\nname = \"sip\"\naddress = \"127.0.0.1:5070\"\ntransport = \"udp\"\n";
    let (before, after) = (terminal(listening), terminal(listening).alone_as("one"));
    assert_eq!(contact(&before), contact(&after));
}
