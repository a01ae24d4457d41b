mod credentials;
mod guesses;
mod keeping;
mod terminals;

use sip::{Contact, Message, Method, Name};

use crate::testing::{ALICE, EDGE, Fixture, Register, request, tls, udp};

fn contacts(response: &Message) -> Vec<(String, Option<u32>)> {
    let read = |contact: Contact<'_>| (String::from_utf8_lossy(contact.uri).into_owned(), contact.expires());
    response.all::<Contact<'_>>().filter_map(Result::ok).map(read).collect()
}

fn status(response: &Message) -> u16 {
    response.status().unwrap()
}

fn with(register: Register, name: Name, value: &str) -> Register {
    Register { more: vec![(name, value.to_owned())], ..register }
}

#[test]
fn rfc3261_10_3_step_1_only_our_own_domain_is_registered_here() {
    let at = Fixture::new();
    for uri in ["sip:partner.example", "sip:alice@primary.example"] {
        let register = request(Method::Register, uri, ALICE);
        assert_eq!(status(&at.serve(&register, udp(5070))), 404, "{uri}");
    }
}

#[test]
fn rfc3261_10_3_step_2_an_unknown_extension_is_refused_and_named() {
    let at = Fixture::new();
    let register = with(Register::of("alice"), Name::Require, "path, gruu");
    let refused = at.serve(&register.request(), udp(5070));
    assert_eq!((status(&refused), refused.header(Name::Unsupported)), (420, Some(&b"gruu"[..])));
}

#[test]
fn rfc3261_10_3_step_4_a_user_registers_only_its_own_identities() {
    let at = Fixture::new();
    let other = Register { to: "sip:bob@primary.example".to_owned(), ..Register::of("alice") };
    assert_eq!(status(&at.register(&other, udp(5070))), 403);
}

#[test]
fn rfc3261_10_3_step_4_nobody_registers_in_the_name_of_another() {
    let at = Fixture::new();
    let third_party = Register { from: Some("sip:bob@primary.example"), ..Register::of("alice") };
    assert_eq!(status(&at.register(&third_party, udp(5070))), 403);
}

#[test]
fn rfc3261_10_3_step_5_an_address_of_nobody_is_not_found() {
    let at = Fixture::new();
    let nobody = Register { to: "sip:nobody@primary.example".to_owned(), ..Register::of("alice") };
    assert_eq!(status(&at.register(&nobody, udp(5070))), 404);
}

#[test]
fn rfc3261_10_3_step_5_the_address_is_compared_without_parameters_and_escapes() {
    let at = Fixture::new();
    let alice = Register { to: "sip:%61lice@PRIMARY.example;user=phone".to_owned(), ..Register::of("alice") };
    assert_eq!(status(&at.register(&alice, udp(5070))), 200);
    assert_eq!(at.core.registered(), (1, 1));
}

#[test]
fn rfc3261_10_3_step_6_a_star_stands_alone_and_with_expires_0() {
    let at = Fixture::new();
    let star = Register { contact: Some("*".to_owned()), ..Register::of("alice") };
    assert_eq!(status(&at.register(&star, udp(5070))), 400);
    let and_more = with(Register { expires: Some(0), ..star.clone() }, Name::Contact, "<sip:a@192.0.2.1>");
    assert_eq!(status(&at.register(&and_more, udp(5070))), 400);
    at.register(&Register::of("alice"), udp(5070));
    let removed = at.register(&Register { expires: Some(0), ..star.later() }, udp(5070));
    assert_eq!((status(&removed), contacts(&removed)), (200, vec![]));
    assert_eq!(at.core.registered(), (0, 0));
}

#[test]
fn rfc3261_10_3_step_7_too_brief_is_423_and_too_long_is_shortened() {
    let at = Fixture::new();
    let brief = at.register(&Register { expires: Some(30), ..Register::of("alice") }, udp(5070));
    assert_eq!((status(&brief), brief.header(Name::MinExpires)), (423, Some(&b"60"[..])));
    let long = at.register(&Register { expires: Some(600_000), ..Register::of("alice") }, udp(5070));
    assert_eq!(contacts(&long)[0].1, Some(86_400));
}

#[test]
fn rfc3261_10_3_step_7_the_contacts_own_time_comes_before_expires_and_before_the_usual() {
    let at = Fixture::new();
    let both =
        Register { contact: Some("<sip:a@192.0.2.1>;expires=120".to_owned()), ..Register::of("alice") };
    assert_eq!(contacts(&at.register(&both, udp(5070)))[0].1, Some(120));
    let neither = Register { expires: None, ..Register::of("bob") };
    assert_eq!(contacts(&at.register(&neither, udp(5071)))[0].1, Some(3600));
}

#[test]
fn rfc3261_10_3_step_8_the_answer_lists_every_binding_and_where_to_go() {
    let at = Fixture::new();
    at.register(&Register::of("alice"), udp(5070));
    let second = Register {
        contact: Some("<sip:alice@192.0.2.1:5080>;q=0.5".to_owned()),
        call_id: "call-9",
        ..Register::of("alice")
    };
    let accepted = at.register(&second, udp(5080));
    let uris: Vec<String> = contacts(&accepted).into_iter().map(|(uri, _)| uri).collect();
    assert_eq!(uris, ["sip:alice@192.0.2.1:5070", "sip:alice@192.0.2.1:5080"]);
    let route = "<sip:sip-core.core.primary.example:5061;transport=tls;lr>";
    assert_eq!(accepted.header(Name::ServiceRoute), Some(route.as_bytes()), "RFC 3608 6.3");
    assert_eq!(
        accepted.header(Name::PAssociatedUri),
        Some(&b"<sip:alice@primary.example>"[..]),
        "RFC 7315 4.1"
    );
    let third = Register {
        contact: Some("<sip:third@192.0.2.1>".to_owned()),
        call_id: "c3",
        ..Register::of("alice")
    };
    assert_eq!(status(&at.register(&third, udp(5090))), 403, "the limit is two");
}

#[test]
fn a_fetch_changes_nothing_and_tells_no_server() {
    let at = Fixture::new();
    at.register(&Register::of("alice"), udp(5070));
    let told = at.lab.sent(crate::testing::LMS).len();
    let fetched =
        at.register(&Register { contact: None, expires: None, ..Register::of("alice").later() }, udp(6000));
    assert_eq!((status(&fetched), contacts(&fetched).len()), (200, 1));
    assert_eq!(at.lab.sent(crate::testing::LMS).len(), told);
}

#[test]
fn an_overtaken_register_fails_whole() {
    let at = Fixture::new();
    at.register(&Register::of("alice").later().later(), udp(5070));
    assert_eq!(status(&at.register(&Register::of("alice"), udp(5070))), 500);
}

#[test]
fn rfc3327_5_3_a_path_is_taken_from_a_trusted_edge_and_from_nobody_else() {
    let at = Fixture::new();
    let register = with(Register::of("alice"), Name::Path, "<sip:edge.primary.example;lr>");
    assert_eq!(status(&at.serve(&register.request(), udp(5070))), 403);
    assert_eq!(status(&at.serve(&register.request(), tls("stranger.example"))), 403);
    let accepted = at.register(&register, tls(EDGE));
    assert_eq!(
        (status(&accepted), accepted.header(Name::Path)),
        (200, Some(&b"<sip:edge.primary.example;lr>"[..]))
    );
}
