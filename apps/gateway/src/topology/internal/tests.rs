use super::*;

fn hosts() -> Hosts {
    Hosts::new(["*.core.primary.example", "db.primary.example", "10.0.0.0/8", "192.0.2.7", "2001:db8::/32"])
        .unwrap()
}

#[test]
fn a_wildcard_covers_the_name_and_all_below_it() {
    for host in ["lms1.core.primary.example", "CORE.primary.Example", "a.b.core.primary.example."] {
        assert!(hosts().has_host(host.as_bytes()), "{host}");
    }
    for host in
        ["hardcore.primary.example", "primary.example", "core.primary.example.org", "x.db.primary.example"]
    {
        assert!(!hosts().has_host(host.as_bytes()), "{host}");
    }
}

#[test]
fn networks_cover_addresses_in_every_form() {
    for host in ["10.1.2.3", "192.0.2.7", "2001:db8::1", "[2001:DB8::1]", "[::ffff:10.1.2.3]"] {
        assert!(hosts().has_host(host.as_bytes()), "{host}");
    }
    for host in ["11.1.2.3", "192.0.2.8", "[2001:db9::1]", "10.1.2"] {
        assert!(!hosts().has_host(host.as_bytes()), "{host}");
    }
}

#[test]
fn what_is_internal_is_found_in_any_text() {
    for text in [
        "<sip:lms1.CORE.primary.example;lr>",
        "x@db.primary.example",
        "core.primary.example",
        "seen at 10.20.30.40.",
        "sip:a@10.20.30.40:5060",
        "<a>2001:db8:0::7</a>",
        "sip:a@[2001:db8::7]:5060",
        "at 2001:db8::7.",
        "sip:2001:db8::7",
        "x=2001:db8:0:0:0:0:10.0.0.1",
        "lms1.%63ore.primary%2eexample",
        "lms1.core&#46;primary&#x2E;example",
        "1.10.0.0.1",
        "10.0.0.1.5",
        "a.core.primary.example.org",
    ] {
        assert!(hosts().occur_in(text.as_bytes()), "{text}");
    }
}

#[test]
fn what_is_internal_is_found_however_it_is_written() {
    for text in [
        r"gms1\.core\.primary\.example",
        r"\g\m\s1.\c\o\r\e.primary.example",
        r"gms1\u002ecore\u002Eprimary.example",
        r"line\ncore.primary.example",
        "gms1.core.pri<![CDATA[mary.example]]>",
        "<![CDATA[gms1.core.pri]]>mary.example",
        "gms1.core.pri<!-- -->mary.example",
        "gms1.core.pri<?x y?>mary.example",
        "gms1.core<!-- -->&#46;<![CDATA[primary]]>.example",
        "<![CDATA[<!--]]>gms1.core.pri<!-- -->mary.example",
        "<!-- gms1&#x2e;core.primary.example -->",
        "<!-- gms1.core.primary.example",
        "<![CDATA[gms1.core<!-- -->.primary.example",
        "gms1&#000000000000000046;core.primary.example",
        "f=gms1.core.primary\r\n .example",
        "f=gms1.core.primary.\r\n\texample",
        "1.0 (gms1 . core . primary . example)",
        "10.\r\n 0.0.1",
        "010.000.000.001",
        "0010.0.0.1",
        "x0010.0000.00000.01",
        "00000000000000000000000000000010.0.0.1",
        "::ffff:a00:1",
        "[::FFFF:a00:1]:5060",
        "0:0:0:0:0:ffff:0a00:0001",
        "64:ff9b::a00:1",
        "::ffff:192.0.2.7",
        "192<!-- -->.0.2.7",
    ] {
        assert!(hosts().occur_in(text.as_bytes()), "{text}");
    }
    let loopback = Hosts::new(["127.0.0.1"]).unwrap();
    assert!(loopback.occur_in(b"at ::ffff:7f00:1") && loopback.occur_in(b"::7f00:1"));
    assert!(!loopback.occur_in(b"at ::ffff:7f00:2") && !loopback.occur_in(b"::1"));
}

#[test]
fn addresses_that_embed_others_are_not_trusted_for_them() {
    assert!(hosts().has_address("::ffff:10.0.0.1".parse().unwrap()));
    assert!(!hosts().has_address("64:ff9b::10.0.0.1".parse().unwrap()));
}

#[test]
fn a_part_in_which_comments_begin_anew_is_read_by_itself() {
    let (whole, part) = (
        "<!-- in text \r\n<a>gms1.core.pri<!-- -->mary.example</a>",
        "<a>gms1.core.pri<!-- -->mary.example</a>",
    );
    assert!(!hosts().occur_in(whole.as_bytes()));
    assert!(hosts().occur_joined_in(part.as_bytes()));
    assert!(!hosts().occur_joined_in(b"<a>nothing</a>"));
}

#[test]
fn what_is_public_is_not_found() {
    for text in [
        "sip:bob@partner.example",
        "sip:lms_psi@primary.example",
        "hardcore.primary.example",
        "urn:3gpp:ns:mcpttInfo:1.0",
        "version=\"1.0\"",
        "110.20.30.40",
        "1e10.0.0",
        "100% &amp; more",
        "2026-03-02T10:15:30Z",
        "ab:cd",
        "<?xml version=\"1.0\"?><a><!-- none --><![CDATA[of <it>]]></a>",
        "at primary . example",
        r#"a \"quoted\" text\\"#,
        "&#; &#x; &#99999999999999999999; %zz %",
        "<!",
        "<![CDATA[",
        "<!--",
        "<?",
    ] {
        assert!(!hosts().occur_in(text.as_bytes()), "{text}");
    }
}

#[test]
fn an_empty_set_finds_nothing() {
    assert!(!Hosts::default().occur_in(b"10.0.0.1 core.primary.example"));
}

#[test]
fn entries_that_name_no_host_are_refused() {
    for entry in ["lms1", "*.", "", ".example", "a b.example", "10.0.0.0/33"] {
        assert_eq!(Hosts::new([entry]), Err(BadName(entry.to_owned())), "{entry}");
    }
}
