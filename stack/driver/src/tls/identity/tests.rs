use super::*;

fn read_names(names: &[GeneralName<'_>]) -> Result<Vec<String>, TlsError> {
    Ok(identities(names)?.into_iter().map(|identity| format!("{identity:?}")).collect())
}

#[test]
fn rfc5922_7_1_sip_uris_come_before_hosts_and_hosts_count_only_without_them() {
    let both = [GeneralName::DNSName("gw.a.example"), GeneralName::URI("sip:A.example")];
    assert_eq!(read_names(&both).unwrap(), [r#"Sip("a.example")"#]);
    assert_eq!(read_names(&both[..1]).unwrap(), [r#"Dns("gw.a.example")"#]);
}

#[test]
fn rfc5922_7_1_users_and_other_schemes_prove_no_domain() {
    let names = [GeneralName::URI("sip:alice@a.example"), GeneralName::URI("https://a.example")];
    assert!(read_names(&names).unwrap().is_empty());
}

#[test]
fn rfc5922_7_2_wildcards_prove_nothing() {
    assert!(read_names(&[GeneralName::DNSName("*.a.example")]).unwrap().is_empty());
}

#[test]
fn a_nul_or_any_other_odd_octet_makes_the_certificate_unusable() {
    for uri in
        ["sip:a.example\0.evil.example", "sip:a.example;transport=tls", "sip:", "sip:a.example ", "sip:ä"]
    {
        assert!(read_names(&[GeneralName::URI(uri)]).is_err(), "{uri:?}");
    }
    assert!(read_names(&[GeneralName::DNSName("a.example\0")]).is_err());
}
