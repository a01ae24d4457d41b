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
fn a_control_octet_makes_the_certificate_unusable() {
    for odd in ["a.example\0.evil.example", "a.example\n", "a.example\x7f"] {
        assert!(read_names(&[GeneralName::URI(&format!("sip:{odd}"))]).is_err(), "{odd:?}");
        assert!(read_names(&[GeneralName::DNSName(odd)]).is_err(), "{odd:?}");
    }
}

#[test]
fn rfc5922_7_1_a_name_that_is_no_plain_domain_is_passed_over() {
    for odd in [
        "sip:a.example;transport=tls",
        "sip:a.example:5061",
        "sip:a.example?x=y",
        "sip:",
        "sip:a.example ",
        "sip:ä",
    ] {
        let names = [GeneralName::URI(odd), GeneralName::URI("sip:b.example")];
        assert_eq!(read_names(&names).unwrap(), [r#"Sip("b.example")"#], "{odd}");
        let names = [GeneralName::URI(odd), GeneralName::DNSName("gw.b.example")];
        assert!(read_names(&names).unwrap().is_empty(), "{odd} is a sip: URI all the same");
    }
    let names = [GeneralName::DNSName("under_score.example"), GeneralName::DNSName("gw.b.example")];
    assert_eq!(read_names(&names).unwrap(), [r#"Dns("gw.b.example")"#]);
}

#[test]
fn names_are_bounded_in_number_and_length() {
    let hosts: Vec<String> = (0..=MOST).map(|number| format!("gw{number}.a.example")).collect();
    let names: Vec<_> = hosts.iter().map(|host| GeneralName::DNSName(host)).collect();
    assert_eq!(read_names(&names[1..]).unwrap().len(), MOST);
    assert!(read_names(&names).is_err());
    let label = "a".repeat(62);
    let long = format!("{label}.{label}.{label}.{label}.a");
    assert_eq!((long.len(), read_names(&[GeneralName::DNSName(&long)]).unwrap().len()), (253, 1));
    assert!(read_names(&[GeneralName::DNSName(&format!("{long}a"))]).unwrap().is_empty());
}
