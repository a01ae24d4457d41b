mod identity;

use sip::{Message, Method, Name};
use wire::{Arrival, Decision, Inline as _, Transport};

use crate::config::Server;
use crate::testing::{ALICE, BOB, EDGE, Fixture, LMS, MCS, Register, message, request, tcp, tls, udp};

const SERVICE: &str = "sip:lms_psi@primary.example";
const OWN_ROUTE: &str = "<sip:sip-core.core.primary.example:5061;transport=tls;lr>";

/// Alice by datagram, bob behind the edge proxy.
fn registered() -> Fixture {
    let at = Fixture::new();
    at.register(&Register::of("alice"), udp(5070));
    let path = vec![(Name::Path, format!("<sip:{EDGE};lr>"))];
    at.register(&Register { more: path, ..Register::of("bob") }, tls(EDGE));
    at
}

fn header(message: &Message, name: Name) -> Option<String> {
    message.header(name).map(|value| String::from_utf8_lossy(value).into_owned())
}

/// Who, by which hop, From, Request-URI, and what each method is answered.
type Peer = (&'static str, Arrival, &'static str, &'static str, [Option<u16>; 8]);

/// What each kind of peer is answered for each method; none where the request goes on.
#[test]
fn rfc3261_16_only_own_users_and_servers_are_relayed_for() {
    const METHODS: [Method<'_>; 8] = [
        Method::Message,
        Method::Options,
        Method::Publish,
        Method::Subscribe,
        Method::Notify,
        Method::Info,
        Method::Refer,
        Method::Other(b"NOVEL"),
    ];
    let at = registered();
    let forbidden = [Some(403); 8];
    let user = [None, None, None, None, Some(405), Some(405), Some(405), Some(405)];
    let server = [None, None, Some(405), Some(405), None, Some(405), Some(405), Some(405)];
    let peers: [Peer; 7] = [
        ("a registered user", udp(5070), ALICE, SERVICE, user),
        ("a user behind the edge", tls(EDGE), BOB, SERVICE, user),
        ("a server", tls(LMS), "sip:lms_psi@primary.example", ALICE, server),
        ("a stranger by datagram", udp(5999), ALICE, SERVICE, forbidden),
        ("a stranger by stream", tcp(7), ALICE, SERVICE, forbidden),
        ("a foreign certificate", tls("lms1.core.partner.example"), ALICE, SERVICE, forbidden),
        ("a stranger who names a user", udp(5999), "sip:lms_psi@primary.example", BOB, forbidden),
    ];
    for (who, arrival, from, to, expected) in peers {
        for (method, expected) in METHODS.into_iter().zip(expected) {
            let asserted = request(method, to, from).header(Name::PAssertedIdentity, format!("<{BOB}>"));
            assert_eq!(at.refused(&asserted, &arrival), expected, "{method} from {who}");
        }
    }
}

#[test]
fn a_register_is_for_the_registrar_whoever_sends_it() {
    let at = Fixture::new();
    for arrival in [udp(5999), tcp(7), tls(LMS), tls(EDGE)] {
        let decision = at.core.request(&message(&Register::of("alice").request()), &arrival);
        assert!(matches!(decision, Decision::Deliver), "{decision:?}");
    }
}

#[test]
fn rfc3261_11_2_options_to_the_core_itself_is_answered() {
    let at = Fixture::new();
    let options = request(Method::Options, "sip:primary.example", "sip:x@elsewhere.example");
    let Decision::Respond(response) = at.decide(&options, &udp(5999)) else { panic!("not answered") };
    assert_eq!(response.status(), 200);
    assert!(response.get(Name::Allow).is_some());
    let wants = options.clone().header(Name::Require, "path, foo");
    let Decision::Respond(response) = at.decide(&wants, &udp(5999)) else { panic!("not answered") };
    assert_eq!((response.status(), response.get(Name::Unsupported)), (420, Some(&b"foo"[..])), "8.2.2.3");
    let wants = options.clone().header(Name::Require, ", ,path");
    let Decision::Respond(response) = at.decide(&wants, &udp(5999)) else { panic!("not answered") };
    assert_eq!(response.status(), 200, "a comma asks for nothing");
    let wants = options.clone().header(Name::Require, "a\u{1b}[1mb");
    let Decision::Respond(response) = at.decide(&wants, &udp(5999)) else { panic!("not answered") };
    assert_eq!(response.get(Name::Unsupported), Some(&b"a[1mb"[..]));
    let message = request(Method::Message, "sip:primary.example", "sip:x@elsewhere.example");
    assert_eq!(at.refused(&message, &udp(5999)), Some(405));
}

/// RFC 3261 21.4.6, RFC 6665 4.1.3: the core itself takes neither what it passes on nor what it has not subscribed to.
#[test]
fn rfc3261_21_4_6_the_core_itself_says_what_it_takes_itself() {
    let at = Fixture::new();
    for (method, status, allow) in [
        (Method::Message, 405, Some(&b"REGISTER, OPTIONS"[..])),
        (Method::Publish, 405, Some(&b"REGISTER, OPTIONS"[..])),
        (Method::Notify, 481, None),
    ] {
        let asked = request(method, "sip:primary.example", "sip:x@elsewhere.example");
        let Decision::Respond(response) = at.decide(&asked, &udp(5999)) else { panic!("not answered") };
        assert_eq!((response.status(), response.get(Name::Allow)), (status, allow), "{method}");
    }
}

#[test]
fn rfc3261_16_3_step_5_proxy_require_is_refused_and_named() {
    let at = registered();
    let wants = request(Method::Message, SERVICE, ALICE).header(Name::ProxyRequire, "privacy");
    let Decision::Respond(response) = at.decide(&wants, &udp(5070)) else { panic!("not refused") };
    assert_eq!((response.status(), response.get(Name::Unsupported)), (420, Some(&b"privacy"[..])));
}

#[test]
fn ts24379_7_2_2_what_a_client_publishes_reaches_the_server_as_it_is_with_its_identity_asserted() {
    let at = registered();
    let settings = request(Method::Publish, "sip:mcptt_psi@primary.example", ALICE)
        .header(Name::PPreferredIdentity, format!("<{ALICE}>"))
        .header(Name::PPreferredService, "urn:urn-7:3gpp-service.ims.icsi.mcptt")
        .header(Name::AcceptContact, "*;+g.3gpp.mcptt;require;explicit")
        .header(Name::Event, "poc-settings")
        .header(Name::SipIfMatch, "tag")
        .header(Name::Expires, "4294967295")
        .body("application/poc-settings+xml", "<poc-settings/>");
    let (sent, forward) = at.forwarded(&settings, &udp(5070));
    assert_eq!((&*forward.hop.name, sent.method()), (MCS, Method::Publish));
    assert_eq!(header(&sent, Name::PAssertedIdentity), Some(format!("<{ALICE}>")));
    let kept =
        [Name::Event, Name::SipIfMatch, Name::Expires, Name::ContentType].map(|name| header(&sent, name));
    let kept = kept.each_ref().map(|value| value.as_deref().unwrap_or_default());
    assert_eq!(kept, ["poc-settings", "tag", "4294967295", "application/poc-settings+xml"]);
    assert_eq!(sent.body(), b"<poc-settings/>");
    assert_eq!(sent.header(Name::RecordRoute), None, "it creates no dialog (RFC 3903 10)");
}

#[test]
fn a_user_reaches_services_of_this_system_and_nothing_else() {
    let at = registered();
    let status = |to: &str| at.refused(&request(Method::Message, to, ALICE), &udp(5070));
    assert_eq!(status("sip:mcptt_psi@primary.example"), None);
    assert_eq!(status("sip:no_such_psi@primary.example"), Some(404));
    assert_eq!(status(BOB), Some(403), "another user");
    assert_eq!(status("sip:lms_psi@partner.example"), Some(403), "another system");
    assert_eq!(status("sip:x@192.0.2.77"), Some(403));
    assert_eq!(status("tel:+34911"), Some(403));
    assert_eq!(status(&format!("sip:{MCS}")), Some(403), "a server, outside a dialog");
}

#[test]
fn a_server_reaches_users_of_this_system_and_nothing_else() {
    let at = registered();
    at.register(&Register { expires: Some(0), call_id: "x", ..Register::of("bob") }, tls(EDGE));
    let status = |to: &str| at.refused(&request(Method::Message, to, SERVICE), &tls(LMS));
    assert_eq!(status(ALICE), None);
    assert_eq!(status("sip:nobody@primary.example"), Some(404));
    assert_eq!(status(BOB), Some(480), "known, and logged off");
    assert_eq!(status("sip:mcptt_psi@primary.example"), Some(403), "servers talk to each other directly");
    assert_eq!(status("sip:bob@partner.example"), Some(403), "another system");
}

#[test]
fn ts24229_5_4_3_3_what_nobody_takes_goes_to_the_server_that_says_why() {
    let mut config = crate::testing::config();
    config.servers[1].unregistered = true;
    let at = Fixture::with(config);
    at.register(&Register::of("alice"), udp(5070));
    for method in [Method::Message, Method::Options] {
        let (sent, forward) = at.forwarded(&request(method, BOB, SERVICE), &tls(LMS));
        assert_eq!((&*forward.hop.name, sent.request_uri()), (MCS, BOB.as_bytes()), "{method}");
        let by_another_spelling = "sip:bob@PRIMARY.example;user=phone";
        let (sent, forward) = at.forwarded(&request(method, by_another_spelling, SERVICE), &tls(LMS));
        assert_eq!((&*forward.hop.name, sent.request_uri()), (MCS, BOB.as_bytes()), "{method}");
        let (_, forward) = at.forwarded(&request(method, ALICE, SERVICE), &tls(LMS));
        assert_ne!(&*forward.hop.name, MCS, "who is there takes it");
    }
    let status = |to: &str, from: &str| at.refused(&request(Method::Message, to, SERVICE), &tls(from));
    assert_eq!(status(BOB, MCS), Some(480), "that server itself");
    assert_eq!(status("sip:nobody@primary.example", LMS), Some(404));
    assert_eq!(at.refused(&request(Method::Notify, BOB, SERVICE), &tls(LMS)), Some(480));
    assert_eq!(at.refused(&request(Method::Message, BOB, ALICE), &udp(5070)), Some(403), "another user");
}

#[test]
fn ts24229_5_4_3_3_each_server_that_may_know_why_is_asked_one_after_the_other() {
    let mut config = crate::testing::config();
    let second = Server { identity: "mcs2.core.primary.example".into(), ..config.servers[1].clone() };
    config.servers.push(Server { hop: kit::testing::hop(&second.identity), ..second });
    for server in &mut config.servers[1..] {
        server.unregistered = true;
    }
    let at = Fixture::with(config);
    let (_, forward) = at.forwarded(&request(Method::Message, BOB, SERVICE), &tls(LMS));
    let others: Vec<&str> = forward.others.iter().map(|other| &*other.hop.name).collect();
    assert_eq!((&*forward.hop.name, &others[..]), (MCS, &["mcs2.core.primary.example"][..]));
    let (_, forward) = at.forwarded(&request(Method::Message, BOB, SERVICE), &tls(MCS));
    assert_eq!((&*forward.hop.name, forward.others.len()), ("mcs2.core.primary.example", 0));
}

#[test]
fn rfc3261_16_6_a_request_to_a_user_goes_to_its_contact_by_its_flow() {
    let at = registered();
    let (sent, forward) = at.forwarded(&request(Method::Message, ALICE, SERVICE), &tls(LMS));
    assert_eq!(sent.request_uri(), b"sip:alice@192.0.2.1:5070");
    assert_eq!(header(&sent, Name::PCalledPartyId), Some(format!("<{ALICE}>")), "RFC 7315 4.2");
    assert_eq!((forward.hop.transport, forward.hop.address), (Transport::Udp, ([192, 0, 2, 1], 5070).into()));
    assert_eq!(forward.unreachable.map(|response| response.status()), Some(480));
}

#[test]
fn rfc5626_5_3_a_stream_is_used_as_long_as_it_lasts_and_never_another_host() {
    let at = Fixture::new();
    let elsewhere =
        Register { contact: Some("<sip:alice@203.0.113.9:7000>".to_owned()), ..Register::of("alice") };
    at.register(&elsewhere, tcp(3));
    let (_, forward) = at.forwarded(&request(Method::Message, ALICE, SERVICE), &tls(LMS));
    assert_eq!(forward.hop.connection, tcp(3).connection);
    assert_eq!(forward.hop.address, tcp(3).remote, "a contact does not make this core connect elsewhere");
    let listening =
        Register { contact: Some("<sip:alice@192.0.2.1:7000>".to_owned()), ..Register::of("alice").later() };
    at.register(&Register { expires: Some(0), ..elsewhere.later() }, tcp(3));
    at.register(&listening.later(), tcp(3));
    let (_, forward) = at.forwarded(&request(Method::Message, ALICE, SERVICE), &tls(LMS));
    assert_eq!(forward.hop.address, ([192, 0, 2, 1], 7000).into());
}

#[test]
fn rfc3327_5_3_a_user_behind_an_edge_is_reached_by_its_path() {
    let at = registered();
    let (sent, forward) = at.forwarded(&request(Method::Message, BOB, SERVICE), &tls(LMS));
    assert_eq!(header(&sent, Name::Route), Some(format!("<sip:{EDGE};lr>")));
    assert_eq!(&*forward.hop.name, EDGE);
    assert!(forward.hop.tls.is_some());
}

#[test]
fn an_expired_user_is_logged_off_at_once() {
    let at = Fixture::new();
    at.register(&Register::of("alice"), tcp(1));
    at.lab.advance(crate::testing::seconds(600));
    assert_eq!(at.refused(&request(Method::Message, ALICE, SERVICE), &tls(LMS)), Some(480));
    assert_eq!(at.refused(&request(Method::Message, SERVICE, ALICE), &tcp(1)), Some(403));
}

#[test]
fn rfc3261_16_4_our_own_route_is_taken_off_and_no_other_is_followed() {
    let at = registered();
    let by = |route: &str| request(Method::Message, SERVICE, ALICE).header(Name::Route, route);
    let (sent, _) = at.forwarded(&by(OWN_ROUTE), &udp(5070));
    assert_eq!(header(&sent, Name::Route), None);
    assert_eq!(at.refused(&by("<sip:203.0.113.9;lr>"), &udp(5070)), Some(403));
    assert_eq!(at.refused(&by(&format!("{OWN_ROUTE}, <sip:203.0.113.9;lr>")), &udp(5070)), Some(403));
    assert_eq!(at.refused(&by("nonsense"), &udp(5070)), Some(400));
}

/// RFC 3261 19.1.1: the brackets are no part of the address.
#[test]
fn rfc5118_a_core_that_is_named_by_an_address_of_ipv6_knows_its_own_route() {
    let own = "sip:[2001:db8::1]:5060";
    let at = Fixture::with(crate::Config { uri: own.to_owned(), ..crate::testing::config() });
    at.register(&Register::of("alice"), udp(5070));
    let by = |route: &str| request(Method::Message, SERVICE, ALICE).header(Name::Route, route);
    let (sent, _) = at.forwarded(&by(&format!("<{own};lr>")), &udp(5070));
    assert_eq!(header(&sent, Name::Route), None);
    assert_eq!(at.refused(&by("<sip:[2001:db8::2]:5060;lr>"), &udp(5070)), Some(403));
    let (sent, _) = at.forwarded(&request(Method::Subscribe, SERVICE, ALICE), &udp(5070));
    assert_eq!(header(&sent, Name::RecordRoute), Some(format!("<{own};lr>")));
}

#[test]
fn rfc3261_16_6_step_4_a_dialog_comes_back_through_the_core() {
    let at = registered();
    let (sent, _) = at.forwarded(&request(Method::Subscribe, SERVICE, ALICE), &udp(5070));
    assert_eq!(header(&sent, Name::RecordRoute).as_deref(), Some(OWN_ROUTE));
    let (sent, _) = at.forwarded(&request(Method::Message, SERVICE, ALICE), &udp(5070));
    assert_eq!(header(&sent, Name::RecordRoute), None);
    let notify = request(Method::Notify, "sip:alice@192.0.2.1:5070", SERVICE).header(Name::Route, OWN_ROUTE);
    let (sent, forward) = at.forwarded(&notify, &tls(LMS));
    assert_eq!((sent.request_uri(), header(&sent, Name::Route)), (&b"sip:alice@192.0.2.1:5070"[..], None));
    assert_eq!(forward.hop.address, ([192, 0, 2, 1], 5070).into());
}

#[test]
fn rfc3841_7_2_a_required_feature_rules_out_contacts_without_it() {
    let at = registered();
    let wanting = |wish: &str| request(Method::Message, ALICE, SERVICE).header(Name::AcceptContact, wish);
    assert_eq!(at.refused(&wanting("*;+g.3gpp.mcptt;require;explicit"), &tls(LMS)), None);
    let other = "*;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mcvideo\"";
    assert_eq!(at.refused(&wanting(&format!("{other};require;explicit")), &tls(LMS)), Some(480));
    assert_eq!(at.refused(&wanting(&format!("{other};require")), &tls(LMS)), None, "says nothing of it");
    assert_eq!(at.refused(&wanting(other), &tls(LMS)), None, "only wished");
    let both = "<sip:alice@192.0.2.1:5070>;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mcptt,\
                urn%3Aurn-7%3A3gpp-service.ims.icsi.mcvideo\"";
    at.register(&Register { contact: Some(both.to_owned()), ..Register::of("alice").later() }, udp(5070));
    assert_eq!(
        at.refused(&wanting(&format!("{other};require;explicit")), &tls(LMS)),
        None,
        "one of its values"
    );
}

#[test]
fn a_ladder_shows_what_is_relayed_and_to_whom() {
    let at = registered();
    at.lab.ladder().clear();
    at.forwarded(&request(Method::Message, SERVICE, ALICE), &udp(5070));
    at.forwarded(&request(Method::Options, ALICE, SERVICE), &tls(LMS));
    assert_eq!(at.refused(&request(Method::Message, SERVICE, ALICE), &udp(5999)), Some(403));
    let sent = |entry: wire::Entry| match entry.kind {
        wire::Kind::Sent { to, what, .. } => (entry.entity.to_string(), to.to_string(), what),
        other => panic!("{other:?}"),
    };
    let sent: Vec<_> = at.lab.ladder().entries().into_iter().map(sent).collect();
    let core = at.config.name.to_string();
    let expected = [
        (core.clone(), LMS.to_owned(), "MESSAGE".to_owned()),
        (core, "alice".to_owned(), "OPTIONS".to_owned()),
    ];
    assert_eq!(sent, expected);
}
