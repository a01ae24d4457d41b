use kit::config::{Document, Errors};

use super::*;

const SERVICE: &str = "[service]\nname = \"mcs1.core.primary.example\"\npsi = \"sip:mcptt_psi@primary.example\"\n\
    core = \"sip-core.core.primary.example\"\n\
    location-server = { psi = \"sip:lms_psi@primary.example\", name = \"lms1.core.primary.example\", \
    address = \"127.0.0.1:5062\", transport = \"tcp\" }\n\
    [[service.listen]]\nname = \"inner\"\naddress = \"127.0.0.1:5061\"\ntransport = \"tcp\"\n";

const ALICE: &str = "[[service.user]]\nmc-service-id = \"sip:alice@primary.example\"\nimpu = \"sip:a.imsi@primary.example\"\n";

fn read(text: &str) -> Result<Config, Errors> {
    Document::parse("mcx.toml", text).read(|root| {
        let profiles = TlsProfiles::read(root);
        root.required_table("service", |table| Config::read(table, &profiles))
    })
}

#[test]
fn a_server_and_its_users_are_read() {
    let config = read(&format!("{SERVICE}{ALICE}")).expect("is right");
    assert_eq!(&*config.locations.identity, "lms1.core.primary.example");
    assert_eq!(config.users.first().map(|user| user.impu.as_str()), Some("sip:a.imsi@primary.example"));
    assert_eq!(config.deadline, Duration::from_secs(15));
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let wrong = ALICE.replace("sip:a.imsi", "tel:a.imsi");
    let errors =
        read(&format!("{SERVICE}{ALICE}{wrong}")).err().map(|errors| errors.to_string()).unwrap_or_default();
    assert!(errors.starts_with("mcx.toml:15:8: not a valid public user identity"), "{errors}");
    let errors =
        read(&format!("{SERVICE}{ALICE}{ALICE}")).err().map(|errors| errors.to_string()).unwrap_or_default();
    assert!(errors.contains("another user has this MC service ID"), "{errors}");
}
