//! Both ends of a handshake over a pipe.

use certs::{Authority, Leaf, Validity};
use tokio_rustls::TlsConnector;
use wire::TlsPeer;

use super::*;
use crate::tls::testing::profile;

const AN_HOUR: Duration = Duration::from_secs(3600);

/// What is found out about a caller that shows this certificate, issued by whom is trusted or by somebody else.
async fn refused(leaf: &Leaf, trusted: bool) -> Refused {
    let (ours, theirs) = (Authority::new("ours").expect("made"), Authority::new("theirs").expect("made"));
    let stranger = Authority::new("stranger").expect("made");
    let gateway = profile(&ours, &Leaf::new("gw b").sip_domain("b.example"), &theirs);
    let caller = profile(if trusted { &theirs } else { &stranger }, leaf, &ours);
    let peer = TlsPeer { profile: "border".into(), domain: "b.example".into(), anchor: None };
    let (near, far) = tokio::io::duplex(1 << 16);
    let client = TlsConnector::from(caller.client(&peer).expect("usable"));
    let calling = client.connect("b.example".try_into().expect("a name"), near);
    let server = gateway.server(true).expect("has a certificate");
    let (_, answered) = tokio::join!(calling, accept(server, far, AN_HOUR));
    answered.map(drop).expect_err("is refused")
}

#[tokio::test(start_paused = true)]
async fn who_was_refused_and_why_is_known_from_the_certificate_that_was_shown() {
    let right = || Leaf::new("gw a").sip_domain("a.example").dns_name("mcgw.a.example");
    for (leaf, trusted, reason) in [
        (right().expired(), true, "expired"),
        (right().valid(Validity::future()), true, "not-yet-valid"),
        (right(), false, "unknown-issuer"),
        (Leaf::new("gw a").uri("https://a.example"), true, "proves-nobody"),
    ] {
        let refused = refused(&leaf, trusted).await;
        assert_eq!(refused.reason, reason, "{refused:?}");
        let shown = refused.shown.expect("was shown");
        let issuer = if trusted { "theirs" } else { "stranger" };
        assert!(shown.contains("a.example") && shown.contains(issuer), "{reason}: {shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_too_slow_and_who_goes_has_broken_off() {
    let (ours, theirs) = (Authority::new("ours").expect("made"), Authority::new("theirs").expect("made"));
    let server =
        profile(&ours, &Leaf::new("gw b").sip_domain("b.example"), &theirs).server(true).expect("one");
    let (near, far) = tokio::io::duplex(1 << 16);
    assert_eq!(accept(server.clone(), far, AN_HOUR).await.map(drop).expect_err("waits").reason, "too-slow");
    drop(near);
    let (near, far) = tokio::io::duplex(1 << 16);
    drop(near);
    let gone = accept(server, far, AN_HOUR).await.map(drop).expect_err("has gone");
    assert_eq!((gone.reason, gone.shown), ("broken-off", None));
}

#[test]
fn what_a_stranger_chose_is_short_and_has_no_control_octet() {
    assert_eq!(short("a\n\u{1b}[31mb"), "a\\n\\u{1b}[31mb");
    assert_eq!(short(&"x".repeat(4000)).len(), LONGEST);
    assert_eq!(describe(&CertificateDer::from(vec![1, 2, 3])), "what is no certificate");
}
