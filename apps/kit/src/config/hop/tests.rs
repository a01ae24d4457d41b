use super::*;
use crate::config::Document;

fn read(rest: &str) -> Result<Streams, Vec<String>> {
    let text = format!("[to]\nname = \"a.example\"\naddress = \"127.0.0.1:1\"\ntransport = \"tcp\"\n{rest}");
    let read = Document::parse("mcx.toml", &text)
        .read(|root| root.required_table("to", |table| HopConfig::read(table, &TlsProfiles::default())));
    read.map(|hop| hop.hop().streams).map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

#[test]
fn a_peer_is_reached_by_one_connection_of_each_shard_or_by_one_in_all() {
    assert_eq!(read(""), Ok(Streams { reuse: true, opened: Opened::PerShard }));
    assert_eq!(read("connections = \"per-shard\"\n").map(|streams| streams.opened), Ok(Opened::PerShard));
    assert_eq!(read("connections = \"one\"\n").map(|streams| streams.opened), Ok(Opened::One));
    assert_eq!(
        read("connections = \"on\"\n"),
        Err(vec![
            "mcx.toml:5:15: \"connections\" must be one of \"per-shard\", \"one\", not \"on\"; did you mean \"one\"?"
                .to_owned()
        ])
    );
}

#[test]
fn rfc5923_only_what_tls_proves_is_reused() {
    assert_eq!(
        read("reuse = true\n"),
        Err(vec![
            "mcx.toml:5:1: only a hop with transport = \"tls\" is reached by what its peer opened".to_owned()
        ])
    );
}
