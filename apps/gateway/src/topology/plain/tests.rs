use super::*;

fn passes(name: Name, value: &str) -> bool {
    is(&Header { name, raw_name: b"", value: value.as_bytes() })
}

#[test]
fn rfc3326_2_a_reason_is_a_protocol_a_cause_and_a_plain_text() {
    for value in
        ["SIP;cause=404", "Q.850 ;cause=16 ;text=\"Terminated\"", "SIP;cause=200, Q.850;cause=16", "SIP"]
    {
        assert!(passes(Name::Reason, value), "{value}");
    }
    for value in [
        "",
        "SIP;text=\"gms1\\.core\"",
        "SIP;cause=x",
        "SIP;cause=1;at=gms1",
        "SIP;text=\"a\r\n b\"",
        "SIP;text=plain",
        "SIP (gms1);cause=1",
    ] {
        assert!(!passes(Name::Reason, value), "{value}");
    }
}

#[test]
fn rfc2045_4_a_version_bears_no_comment() {
    assert!(passes(Name::MimeVersion, "1.0"));
    for value in ["1.0 (gms1)", "1 . 0", "1", "1.0.0", ".0"] {
        assert!(!passes(Name::MimeVersion, value), "{value}");
    }
}
