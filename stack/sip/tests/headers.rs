//! Typed header fields, by the clause that defines each.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use sip::{Typed, Uri, header::*, unquote};

fn read<'a, T: Typed<'a>>(value: &'a str) -> T {
    T::parse(value.as_bytes()).unwrap_or_else(|e| panic!("{value:?}: {e}"))
}

fn refused<'a, T: Typed<'a> + std::fmt::Debug>(values: &[&'a str]) {
    for value in values {
        if let Ok(read) = T::parse(value.as_bytes()) {
            panic!("{value:?} was read as {read:?}");
        }
    }
}

#[test]
fn rfc3261_c20_10_contact() {
    let contact: Contact<'_> = read(
        "\"Mr. Watson, \\\"J\\\"\" <sip:watson@h;lr?x=y>;q=0.7; expires=3600;+sip.instance=\"<urn:uuid:1>\"",
    );
    assert_eq!(unquote(contact.display), &b"Mr. Watson, \"J\""[..]);
    assert_eq!((contact.uri, contact.expires()), (&b"sip:watson@h;lr?x=y"[..], Some(3600)));
    assert_eq!(contact.instance(), Some(&b"<urn:uuid:1>"[..]));
    let plain: Contact<'_> = read("sip:a@b;expires=5");
    assert_eq!((plain.uri, plain.expires()), (&b"sip:a@b"[..], Some(5)));
    assert_eq!(read::<Contact<'_>>("<sip:a>;expires=99999999999").expires(), Some(3600));
    assert!(read::<Contact<'_>>("*").is_star());
    refused::<Contact<'_>>(&[
        "sip:a@b?x=y",
        "<sip:a@b",
        "sip:a@b>",
        "\"a <sip:b>",
        "<>",
        "<a>",
        "",
        "a, b <sip:c>",
        "<sip:a>;;x",
        "<sip:a>;x=",
        "<sip:a> x",
    ]);
}

#[test]
fn rfc3261_c20_20_and_c20_39_from_and_to() {
    let from: From<'_> = read("\"A. G. Bell\" <sip:agb@bell-telephone.com;user=phone> ;tag=a48s;x=y");
    assert_eq!((from.display, from.uri), (&b"A. G. Bell"[..], &b"sip:agb@bell-telephone.com;user=phone"[..]));
    assert_eq!(from.tag(), Some(&b"a48s"[..]));
    let plain: From<'_> = read("sip:+12125551212@server.phone2net.com;tag=887s");
    assert_eq!(plain.uri, b"sip:+12125551212@server.phone2net.com");
    assert_eq!(plain.tag(), Some(&b"887s"[..]), "without brackets parameters are the field's");
    let to: To<'_> = read("The Operator <sip:operator@cs.columbia.edu;tag=no>;TAG=287447");
    assert_eq!((to.display, to.tag()), (&b"The Operator"[..], Some(&b"287447"[..])));
    assert_eq!(read::<To<'_>>("<tel:+1-201-555-0123>").tag(), None, "outside a dialog");
    assert_eq!(read::<To<'_>>("<sip:a@b>;tag").tag(), None, "a tag has a value");
    refused::<To<'_>>(&[
        "",
        "*",
        "<sip:a@b>;tag=",
        "<sip:a@b>, <sip:c@d>",
        "<sip:a@b>;tag=a b",
        "Bob sip:b@c",
    ]);
    refused::<From<'_>>(&["", "<sip:a@b", "\"A <sip:a@b>;tag=1"]);
}

#[test]
fn rfc3261_c20_16_cseq() {
    let cseq: CSeq<'_> = read("4294967295 \r\n FOO");
    assert_eq!((cseq.number, cseq.method), (u32::MAX, sip::Method::Other(b"FOO")));
    refused::<CSeq<'_>>(&[
        "4294967296 INVITE",
        "-1 INVITE",
        "1",
        "INVITE",
        "1 INVITE x",
        "1INVITE",
        "1 IN(VITE",
    ]);
}

#[test]
fn rfc3261_c20_17_date() {
    let date: Date = read("Sat, 13 Nov 2010 23:29:00 GMT");
    assert_eq!(
        (date.year, date.month, date.day, date.hour, date.minute, date.second),
        (2010, 11, 13, 23, 29, 0)
    );
    refused::<Date>(&[
        "Fri, 01 Jan 2010 16:00:00 EST",
        "Sat, 32 Nov 2010 23:29:00 GMT",
        "Sat, 13 Nov 2010 24:29:00 GMT",
        "13 Nov 2010 23:29:00 GMT",
    ]);
}

#[test]
fn rfc3261_c20_42_via() {
    let via: Via<'_> = read(
        "SIP / 2.0 / UDP first.example.com : 4000;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1;rport",
    );
    assert_eq!((via.transport, via.host, via.port), (&b"UDP"[..], &b"first.example.com"[..], Some(4000)));
    assert_eq!((via.maddr(), via.branch()), (Some(&b"224.2.0.1"[..]), Some(&b"z9hG4bKa7c6a8dlze.1"[..])));
    assert_eq!(via.rport(), Some(None));
    let six: Via<'_> = read("sip/2.0/TLS [2001:db8::9:1];received=[2001:db8::9:255];branch=x;rport=5070");
    assert_eq!((six.host(), six.received()), (&b"2001:db8::9:1"[..], Some(&b"2001:db8::9:255"[..])));
    assert_eq!(six.rport(), Some(Some(5070)));
    refused::<Via<'_>>(&[
        "SIP/2.0/UDP",
        "SIP/3.0/UDP h",
        "HTTP/2.0/UDP h",
        "SIP/2.0/UDP h:65536",
        "SIP/2.0/UDP h:",
        "SIP/2.0/UDP h;;",
        "SIP/2.0/UDP [::1",
        "SIP/2.0/UDP a..b",
        "",
    ]);
}

#[test]
fn rfc3261_c18_2_1_and_rfc3581_c4_the_server_stamps_the_topmost_via() {
    let stamped = |via: &str, source: &str| {
        let stamp = stamp_via(via.as_bytes(), source.parse().expect("an address"));
        stamp.map(|via| String::from_utf8_lossy(&via).into_owned())
    };
    assert_eq!(stamped("SIP/2.0/UDP 192.0.2.1:5070;branch=b", "192.0.2.1:5070"), None);
    assert_eq!(
        stamped("SIP/2.0/UDP h.example;branch=b", "192.0.2.1:9").as_deref(),
        Some("SIP/2.0/UDP h.example;branch=b;received=192.0.2.1")
    );
    assert_eq!(
        stamped("SIP/2.0/UDP 192.0.2.1;rport;branch=b", "192.0.2.1:9").as_deref(),
        Some("SIP/2.0/UDP 192.0.2.1;branch=b;received=192.0.2.1;rport=9")
    );
    assert_eq!(
        stamped("SIP/2.0/TCP [2001:db8::1];received=10.0.0.1;branch=b;rport=1", "[2001:db8::2]:9").as_deref(),
        Some("SIP/2.0/TCP [2001:db8::1];branch=b;received=2001:db8::2;rport=9")
    );
    assert_eq!(
        stamped("SIP/2.0/TCP 192.0.2.1;received=10.0.0.1", "192.0.2.1:9").as_deref(),
        Some("SIP/2.0/TCP 192.0.2.1"),
        "what the sender claims is taken out"
    );
}

#[test]
fn rfc3261_c20_43_warning() {
    let warning: Warning<'_> =
        read("399 mcgw.partner.example \"179 service not authorized with the interconnected system\"");
    assert_eq!((warning.code, warning.agent), (399, &b"mcgw.partner.example"[..]));
    assert!(warning.text.starts_with(b"179 "));
    refused::<Warning<'_>>(&["1812 overture \"In Progress\"", "399 a b", "39 a \"b\"", "399 a \"b"]);
}

#[test]
fn rfc3261_c20_33_retry_after() {
    let retry: RetryAfter<'_> = read("18000 (I'm (really) busy) ;duration=3600");
    assert_eq!(
        (retry.seconds, retry.comment, retry.params.get("duration")),
        (18000, &b"(I'm (really) busy)"[..], Some(&b"3600"[..]))
    );
    assert_eq!(read::<RetryAfter<'_>>("120").seconds, 120);
    refused::<RetryAfter<'_>>(&["949302838503028349304023988", "soon", "1 (open", "1 2"]);
}

#[test]
fn rfc3261_c20_7_and_c20_44_the_authorization_family() {
    let digest: Authorization<'_> = read(
        "Digest username=\"Al\\\"ice\", realm=\"a, b\" ,nc=00000001,qop=auth, algorithm=SHA-256,uri=\"sip:x\"",
    );
    assert!(digest.is_digest());
    assert_eq!((digest.get("realm"), digest.get("QOP")), (Some(&b"a, b"[..]), Some(&b"auth"[..])));
    assert_eq!(digest.params.iter().count(), 6);
    assert_eq!(
        read::<Authorization<'_>>("NoOneKnowsThisScheme opaque-data=here").scheme,
        b"NoOneKnowsThisScheme"
    );
    assert_eq!(read::<ProxyAuthorization<'_>>("Bearer abc.def==").token68, b"abc.def==");
    assert_eq!(
        read::<WwwAuthenticate<'_>>("Digest realm=\"x\", stale=FALSE").get("stale"),
        Some(&b"FALSE"[..])
    );
    assert_eq!(read::<ProxyAuthenticate<'_>>("Digest realm=\"x\"").get("realm"), Some(&b"x"[..]));
    assert_eq!(
        read::<AuthenticationInfo<'_>>("nextnonce=\"47\", qop=auth").get("nextnonce"),
        Some(&b"47"[..])
    );
    refused::<Authorization<'_>>(&["", "Digest realm=\"x", "Digest realm=, x=y", "Digest a=b,,c=d"]);
}

#[test]
fn rfc3261_c20_15_content_type_and_rfc8262_content_id() {
    let kind: ContentType<'_> = read("Multipart/Mixed ; boundary=\"a b\";x=y");
    assert!(kind.is("multipart/mixed") && kind.is_multipart());
    assert_eq!(kind.boundary(), Some(&b"a b"[..]));
    assert_eq!(read::<ContentId<'_>>("<part1@h>").0, b"part1@h");
    refused::<ContentType<'_>>(&["text", "text/", "/plain", "text/plain;", "text/plain x"]);
    // RFC 3261 7.3.1: whoever reads the first and whoever reads the last must see the same body.
    refused::<ContentType<'_>>(&[
        "multipart/mixed;boundary=a;boundary=b",
        "multipart/mixed;boundary=a;x=y;BOUNDARY=a",
        "text/plain;charset=utf-8;Charset=utf-16",
    ]);
    refused::<ContentId<'_>>(&["part1@h", "<>", "<a b>", "<a><b>"]);
}

#[test]
fn rfc3261_routes_stand_in_angle_brackets() {
    let route: Route<'_> = read("<sip:p.example;lr>;x=y");
    assert!(route.parse_uri().expect("parses").params.has("lr"));
    assert_eq!(
        read::<Path<'_>>("<sip:p.example;lr>").uri,
        read::<ServiceRoute<'_>>("<sip:p.example;lr>").uri
    );
    refused::<Route<'_>>(&["sip:p.example;lr"]);
    refused::<RecordRoute<'_>>(&["sip:p.example;lr"]);
}

#[test]
fn rfc3325_and_rfc6050_identities_and_services() {
    assert_eq!(read::<PAssertedIdentity<'_>>("\"A\" <sip:a@b.example>").uri, b"sip:a@b.example");
    assert_eq!(read::<PPreferredIdentity<'_>>("tel:+14085264000").uri, b"tel:+14085264000");
    assert_eq!(read::<PAssertedService<'_>>("urn:urn-7:3gpp-service.ims.icsi.mcptt").0.len(), 37);
    refused::<PPreferredService<'_>>(&["3gpp-service", "urn:", "urn:x y"]);
}

#[test]
fn rfc6665_rfc3903_rfc3841_and_rfc3326() {
    let event: Event<'_> = read("presence.winfo;id=7");
    assert_eq!((event.package, event.id()), (&b"presence.winfo"[..], Some(&b"7"[..])));
    let state: SubscriptionState<'_> = read("terminated;reason=noresource;retry-after=10;expires=x");
    assert_eq!((state.is_terminated(), state.retry_after(), state.expires()), (true, Some(10), None));
    assert_eq!(state.reason(), Some(&b"noresource"[..]));
    assert_eq!(read::<SipEtag<'_>>("dx200xyz").0, read::<SipIfMatch<'_>>("dx200xyz").0);
    let accept: AcceptContact<'_> =
        read("*;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mcptt\";require;explicit");
    assert!(accept.is_required() && accept.is_explicit());
    let reason: Reason<'_> = read("SIP ;cause=580 ;text=\"Precondition Failure\"");
    assert_eq!((reason.protocol, reason.cause()), (&b"SIP"[..], Some(580)));
    refused::<AcceptContact<'_>>(&["+g.x", "*require"]);
}

#[test]
fn rfc3261_the_plain_ones() {
    assert_eq!(read::<MaxForwards>("0068").0, 68);
    assert_eq!(read::<Expires>(" 4294967295 ").0, u32::MAX);
    assert_eq!(read::<Require<'_>>("100rel").0, read::<ProxyRequire<'_>>("100rel").0);
    assert_eq!(read::<Supported<'_>>("path").0, read::<Unsupported<'_>>("path").0);
    assert_eq!(read::<UserAgent<'_>>("Softphone/1.5 (Linux; (x)) lib").0, b"Softphone/1.5 (Linux; (x)) lib");
    assert_eq!(read::<Server<'_>>("HomeServer v2").0, b"HomeServer v2");
    assert_eq!(read::<CallId<'_>>("f81d4fae@foo.bar.com").0, b"f81d4fae@foo.bar.com");
    refused::<MaxForwards>(&["256", "-1", "", "7 0"]);
    refused::<Expires>(&["4294967296", "1.5"]);
    refused::<CallId<'_>>(&["a b", "", "a\tb"]);
    refused::<Supported<'_>>(&["a b", "a;b"]);
    refused::<Server<'_>>(&["", "(open", "a/"]);
}

#[test]
fn rfc3261_c19_1_uris() {
    let uri = |text: &'static str| Uri::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"));
    let full = uri("sips:alice:secret@[2001:db8::10]:5070;transport=tcp;lr?subject=x%20y&to=a");
    assert_eq!((full.user, full.password), (Some(&b"alice"[..]), Some(&b"secret"[..])));
    assert_eq!(
        (full.host, full.host(), full.port),
        (&b"[2001:db8::10]"[..], &b"2001:db8::10"[..], Some(5070))
    );
    assert_eq!((full.params.get("transport"), full.params.get("LR")), (Some(&b"tcp"[..]), Some(&b""[..])));
    assert_eq!(full.headers, b"subject=x%20y&to=a");
    let tel = uri("tel:+358-555-1234567;phone-context=x.example");
    assert_eq!((tel.scheme, tel.opaque), (sip::Scheme::Tel, &b"+358-555-1234567"[..]));
    assert_eq!(uri("urn:service:sos").scheme, sip::Scheme::Other(b"urn"));
    assert!(uri("SIP:a@PARTNER.example.").is_in_domain(b"partner.EXAMPLE"));
    for text in [
        "",
        "sip:",
        "sip:@h",
        "sip:a@",
        "sip:a b@h",
        "sip:h:x",
        "sip:h:70000",
        "sip:h;",
        "sip:h;;lr",
        "sip:h?",
        "sip:%4@h",
        "sip:2001:db8::1",
        "sip:[::1",
        "sip:[.]",
        "sip:[1:2]",
        "<sip:h>",
        "sip:h\r\n",
        "sip:a@b@c",
        "1sip:h",
        "tel:",
        "tel:abc xyz",
        "urn:",
        "x:\u{7f}",
        "sip:-h",
        "sip:a..b",
    ] {
        assert!(Uri::parse(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn rfc3261_c19_1_4_addresses_are_compared_with_escapes_decoded_once() {
    let same = |one: &str, other: &str| {
        let parse = |text| Uri::parse(text).expect("parses");
        parse(one.as_bytes()).same_address(&parse(other.as_bytes()))
    };
    assert!(same("sip:%61lice@atlanta.example;transport=TCP", "sips:alice@AtLanTa.Example"));
    assert!(same("tel:+1-408-555", "tel:+1(408)555"));
    assert!(!same("sip:ALICE@a.example", "sip:alice@a.example"));
    assert!(!same("sip:bob@a.example", "sip:bob@a.example:5060"));
    assert!(!same("sip:a.example", "sip:bob@a.example"));
    assert!(!same("sip:%2561lice@a.example", "sip:alice@a.example"));
    assert!(!same("sip:null-%00-null@a.example", "sip:null-@a.example"));
    let user = |text: &str| Uri::parse(text.as_bytes()).expect("parses").user_octets().collect::<Vec<u8>>();
    assert_eq!((user("sip:lm%73_ps%69@a.example"), user("sip:a.example")), (b"lms_psi".to_vec(), Vec::new()));
}
