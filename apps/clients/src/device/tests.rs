use kit::{
    digest::Algorithm,
    testing::{End, Lab},
};
use sip::{Authorization, Message, Name, Response};
use wire::WireError;

use super::*;
use crate::testing::{CORE, Registrar, device, run, seconds, settings};

fn credentials<'m>(request: &'m Message, name: &str) -> Option<&'m [u8]> {
    request.typed::<Authorization<'m>>().unwrap().and_then(|credentials| credentials.get(name))
}

#[test]
fn rfc3261_22_2_one_challenge_is_answered() {
    let lab = Lab::new();
    let _registrar = Registrar::connected(&lab);
    let device = device(&lab);
    let registered = run(&lab, async move { device.register().await }).ended();
    assert_eq!(registered, Some(Ok(Registered { expires: seconds(3600), contacts: 1 })));
    let [first, second] = &lab.sent(CORE)[..] else { panic!("two REGISTERs") };
    assert!(first.header(Name::Authorization).is_none());
    assert_eq!(credentials(second, "algorithm"), Some(&b"SHA-256"[..]));
    assert_eq!(credentials(second, "nc"), Some(&b"00000001"[..]));
    assert_eq!(first.call_id(), second.call_id(), "RFC 3261 10.2.4");
    assert_eq!(
        (first.header(Name::CSeq), second.header(Name::CSeq)),
        (Some(&b"1 REGISTER"[..]), Some(&b"2 REGISTER"[..]))
    );
}

#[test]
fn rfc8760_2_4_the_topmost_challenge_that_is_known_is_answered() {
    let lab = Lab::new();
    let registrar = Registrar::connected(&lab);
    *registrar.offers.lock() = ["SHA-512-256", "SHA-256", "MD5"].map(str::to_owned).to_vec();
    let device = device(&lab);
    assert!(matches!(run(&lab, async move { device.register().await }).ended(), Some(Ok(_))));
    assert_eq!(credentials(&lab.sent(CORE)[1], "algorithm"), Some(&b"SHA-256"[..]));
}

#[test]
fn rfc7616_5_7_a_weaker_algorithm_than_agreed_is_not_answered() {
    let lab = Lab::new();
    let registrar = Registrar::connected(&lab);
    *registrar.offers.lock() = vec!["MD5".to_owned()];
    let with = |algorithms: Vec<Algorithm>| {
        let mut settings = settings();
        settings.account.algorithms = algorithms;
        let device = Device::new(settings, lab.world("alice"));
        run(&lab, async move { device.register().await }).ended()
    };
    let told = with(vec![Algorithm::Sha256]).and_then(Result::err).map(|why| why.to_string());
    assert_eq!(
        told.as_deref(),
        Some(
            "the SIP core takes MD5 of the realm primary.example, which is not what the terminal gives (`realm` and \
             `algorithms`)"
        )
    );
    assert_eq!(lab.sent(CORE).len(), 1);
    assert!(matches!(with(vec![Algorithm::Sha256, Algorithm::Md5]), Some(Ok(_))));
}

#[test]
fn rfc7616_3_3_a_challenge_for_another_realm_is_not_answered() {
    let lab = Lab::new();
    let _registrar = Registrar::connected(&lab);
    let mut settings = settings();
    settings.account.realm = "partner.example".to_owned();
    let device = Device::new(settings, lab.world("alice"));
    let refused = run(&lab, async move { device.register().await }).ended();
    assert!(matches!(refused, Some(Err(RegisterError::Unanswerable(_)))), "{refused:?}");
    assert_eq!(lab.sent(CORE).len(), 1);
}

#[test]
fn a_challenge_that_cannot_be_answered_ends_it() {
    let lab = Lab::new();
    let registrar = Registrar::connected(&lab);
    *registrar.offers.lock() = vec!["SHA-512-256".to_owned()];
    let device = device(&lab);
    let refused = run(&lab, async move { device.register().await }).ended();
    assert!(matches!(refused, Some(Err(RegisterError::Unanswerable(_)))), "{refused:?}");
    assert_eq!(lab.sent(CORE).len(), 1);
}

#[test]
fn a_wrong_password_is_not_tried_twice() {
    let lab = Lab::new();
    let _registrar = Registrar::connected(&lab);
    let mut settings = settings();
    settings.account.password = kit::private::Private::new("guess".to_owned());
    let device = Device::new(settings, lab.world("alice"));
    let refused = run(&lab, async move { device.register().await }).ended();
    assert_eq!(refused, Some(Err(RegisterError::Unauthorised)));
    assert_eq!(lab.sent(CORE).len(), 2);
}

#[test]
fn rfc7616_3_6_the_nonce_is_used_again_with_the_next_count_until_it_is_stale() {
    let lab = Lab::new();
    let registrar = Registrar::connected(&lab);
    let device = device(&lab);
    run(&lab, {
        let device = device.clone();
        async move { device.register().await }
    });
    run(&lab, {
        let device = device.clone();
        async move { device.register().await }
    });
    let sent = lab.sent(CORE);
    assert_eq!(sent.len(), 3, "no second challenge");
    assert_eq!(credentials(&sent[2], "nc"), Some(&b"00000002"[..]));
    *registrar.nonce.lock() = "n2".to_owned();
    let again = run(&lab, async move { device.register().await }).ended();
    assert!(matches!(again, Some(Ok(_))));
    assert_eq!(credentials(&lab.sent(CORE)[4], "nonce"), Some(&b"n2"[..]));
}

#[test]
fn ts24379_7_2_1_the_contact_declares_the_service_and_the_body_the_client() {
    let lab = Lab::new();
    let _registrar = Registrar::connected(&lab);
    let device = device(&lab);
    run(&lab, async move { device.register().await });
    let sent = lab.sent(CORE);
    let contact = sent[1].typed::<sip::Contact<'_>>().unwrap().unwrap();
    let icsi = &b"urn%3Aurn-7%3A3gpp-service.ims.icsi.mcptt,urn%3Aurn-7%3A3gpp-service.ims.icsi.mcvideo"[..];
    assert_eq!(contact.params.get("+g.3gpp.icsi-ref"), Some(icsi));
    assert_eq!(contact.instance(), Some(&b"<urn:uuid:1>"[..]));
    assert_eq!(sent[1].header(Name::ContentType), Some(&b"application/vnd.3gpp.mcptt-info+xml"[..]));
    assert!(
        String::from_utf8_lossy(sent[1].body()).contains("urn:uuid:50f3b0a2-9c0e-4bd5-9a7e-1c2f0a6d7e11")
    );
}

#[test]
fn ts24229_5_1_1_4_1_a_registration_is_refreshed_600_s_before_its_end_or_at_half_its_time() {
    for (granted, refresh) in [(3600, 3000), (1200, 600), (60, 30)] {
        let lab = Lab::new();
        let registrar = Registrar::connected(&lab);
        *registrar.grants.lock() = Some(granted);
        let device = device(&lab);
        run(&lab, {
            let device = device.clone();
            async move { device.stay_registered().await }
        });
        let before = lab.sent(CORE).len();
        lab.advance(seconds(refresh - 1));
        assert_eq!(lab.sent(CORE).len(), before, "{granted}");
        lab.advance(seconds(1));
        assert_eq!(lab.sent(CORE).len(), before + 1, "{granted}");
    }
}

#[test]
fn an_outage_of_the_core_is_waited_out() {
    let lab = Lab::new();
    let registrar = Registrar::connected(&lab);
    let device = device(&lab);
    run(&lab, {
        let device = device.clone();
        async move { device.stay_registered().await }
    });
    lab.connect("alice", CORE, End::Fails(WireError::Timeout));
    lab.advance(seconds(3000));
    let during = lab.sent(CORE).len();
    let service: std::sync::Arc<dyn wire::Service> = registrar;
    let arrival = kit::testing::arrival("clients", "x");
    lab.connect("alice", CORE, End::Service { service, arrival, asserted: None });
    lab.advance(seconds(2));
    assert_eq!(lab.sent(CORE).len(), during + 1);
    lab.advance(seconds(2998));
    assert_eq!(lab.sent(CORE).len(), during + 1, "granted again, refreshed in its own time");
}

#[test]
fn whoevers_node_has_ended_does_not_try_to_stay_registered() {
    let lab = Lab::new();
    let _registrar = Registrar::connected(&lab);
    let device = device(&lab);
    run(&lab, {
        let device = device.clone();
        async move { device.stay_registered().await }
    });
    lab.connect("alice", CORE, End::Fails(WireError::Closed));
    lab.advance(seconds(3000));
    let last = lab.sent(CORE).len();
    lab.advance(seconds(7200));
    assert_eq!(lab.sent(CORE).len(), last);
}

#[test]
fn a_deregistration_is_expires_0_and_is_not_refreshed() {
    let lab = Lab::new();
    let _registrar = Registrar::connected(&lab);
    let device = device(&lab);
    run(&lab, {
        let device = device.clone();
        async move { device.stay_registered().await }
    });
    let gone = run(&lab, {
        let device = device.clone();
        async move { device.deregister().await }
    })
    .ended();
    assert_eq!(gone, Some(Ok(())));
    assert_eq!(lab.sent(CORE).last().unwrap().header(Name::Expires), Some(&b"0"[..]));
    let after = lab.sent(CORE).len();
    lab.advance(seconds(7200));
    assert_eq!(lab.sent(CORE).len(), after);
}

#[test]
fn a_refusal_is_told_with_its_status() {
    let lab = Lab::new();
    lab.connect("alice", CORE, End::Response(Response::new(403).reason("Forbidden")));
    let device = device(&lab);
    let refused = run(&lab, async move { device.register().await }).ended();
    assert_eq!(refused, Some(Err(RegisterError::Refused { status: 403, reason: "Forbidden".to_owned() })));
}

#[test]
fn what_goes_elsewhere_than_to_the_core_goes_as_it_is() {
    let lab = Lab::new();
    lab.connect("alice", "other", End::Response(Response::new(200)));
    let world = device(&lab).world();
    let request = sip::Request::new(sip::Method::Options, "sip:other.example")
        .header(Name::From, "<sip:a@h.example>;tag=1")
        .header(Name::To, "<sip:other.example>")
        .header(Name::CallId, "c")
        .header(Name::CSeq, "1 OPTIONS");
    let sent = world.wire.request(request, kit::testing::hop("other"));
    let answered = run(&lab, sent).ended();
    assert!(matches!(answered, Some(Ok(_))));
}
