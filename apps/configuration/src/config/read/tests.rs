use kit::config::{Document, Errors};

use super::*;

const HEAD: &str = "[configuration]\nname = \"cms1.core.b.example\"\npsi = \"sip:cms_psi@b.example\"\nxcap-root = \"https://cms.b.example\"\n";

const HTTP: &str = "[[configuration.http]]\nname = \"clients\"\naddress = \"127.0.0.1:8443\"\ntransport = \"tcp\"\n\
    [[configuration.listen]]\nname = \"inner\"\naddress = \"127.0.0.1:5061\"\ntransport = \"tcp\"\n";

const GROUP_SERVER: &str = "[configuration.group-server]\npsi = \"sip:gms_psi@b.example\"\ntoken-endpoint = \"https://idms.b.example/token\"\n\
    kms = \"sip:kms@b.example\"\npartners = [\"A.example\"]\n";

const USER: &str =
    "[[configuration.user]]\nmc-service-id = \"sip:bob@b.example\"\nimpu = \"sip:bob.imsi@b.example\"\n";

fn read(text: &str) -> Result<Config, Errors> {
    Document::parse("mcx.toml", text).read(|root| {
        let profiles = TlsProfiles::read(root);
        root.required_table("configuration", |table| Config::read(table, &profiles))
    })
}

fn told(text: &str) -> String {
    read(text).err().map(|errors| errors.to_string()).unwrap_or_default()
}

#[test]
fn a_server_is_read() {
    let config = read(&format!("{HEAD}{HTTP}{GROUP_SERVER}{USER}")).expect("is right");
    assert_eq!(
        (&*config.replica, config.domains.as_slice()),
        ("cms1.core.b.example", &["b.example".to_owned()][..])
    );
    assert_eq!(config.group_server.map(|server| server.partners), Some(vec!["a.example".to_owned()]));
    assert_eq!((config.cache, config.subscriptions), (67_108_864, 100_000));
    assert_eq!(config.subscription_octets, 2048 * config.subscriptions);
    assert_eq!(config.users.len(), 1);
}

#[test]
fn every_mistake_is_told_with_its_place() {
    assert!(told(HEAD).contains("needs at least one [[configuration.http]]"));
    let ours = GROUP_SERVER.replace("A.example", "b.example");
    assert!(
        told(&format!("{HEAD}{HTTP}{ours}"))
            .contains("mcx.toml:17:12: \"b.example\" is a domain of the own MC system")
    );
    assert!(told(&format!("{HEAD}{HTTP}{USER}{USER}")).contains("another user has this MC service ID"));
    let root = HEAD.replace("https://cms", "cms");
    assert!(
        told(&format!("{root}{HTTP}")).contains("mcx.toml:4:13: \"xcap-root\" must be an absolute https URI")
    );
    let brief = HEAD.to_owned() + "longest-subscription = \"5m\"\n";
    assert!(told(&format!("{brief}{HTTP}")).contains("must be an hour or more"));
}
