use kit::{digest::Algorithm, testing::End};
use sip::{Contact, Message, Method, Name, Request, WwwAuthenticate};

use crate::{
    config::Registration,
    testing::{ALICE, EDGE, Fixture, LMS, Register, config, request, seconds, tcp, tls, udp},
};

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
fn rfc3261_10_3_step_3_nobody_registers_without_credentials() {
    let at = Fixture::new();
    assert_eq!(status(&at.serve(&Register::of("alice").request(), udp(5070))), 401);
    assert_eq!(at.core.registered(), (0, 0));
}

#[test]
fn rfc8760_2_4_sha_256_is_offered_alone_unless_configured_otherwise() {
    let offered = |response: Message| -> Vec<String> {
        let challenges = response.all::<WwwAuthenticate<'_>>().map(Result::unwrap);
        challenges.map(|c| String::from_utf8_lossy(c.get("algorithm").unwrap()).into_owned()).collect()
    };
    let at = Fixture::new();
    assert_eq!(offered(at.serve(&Register::of("alice").request(), udp(5070))), ["SHA-256"]);
    let algorithms = vec![Algorithm::Sha256, Algorithm::Md5];
    let mut both = config();
    both.registration = Registration { algorithms, ..both.registration };
    let at = Fixture::with(both);
    assert_eq!(offered(at.serve(&Register::of("alice").request(), udp(5070))), ["SHA-256", "MD5"]);
    let md5 = Register { algorithm: Algorithm::Md5, ..Register::of("alice") };
    assert_eq!(status(&at.register(&md5, udp(5070))), 200);
}

#[test]
fn a_wrong_password_and_an_unknown_user_are_answered_alike() {
    let at = Fixture::new();
    let wrong = Register { password: "guess", ..Register::of("alice") };
    let unknown = Register { user: "mallory", ..Register::of("alice") };
    for register in [wrong, unknown] {
        let refused = at.register(&register, udp(5070));
        let challenge = refused.typed::<WwwAuthenticate<'_>>().unwrap().unwrap();
        assert_eq!((status(&refused), challenge.get("stale")), (401, None));
    }
}

#[test]
fn rfc7616_3_4_5_a_replayed_request_is_challenged_as_stale() {
    let at = Fixture::new();
    let challenged = at.serve(&Register::of("alice").request(), udp(5070));
    let first = Register::of("alice").answering(&challenged, 1);
    assert_eq!(status(&at.serve(&first, udp(5070))), 200);
    let replayed = at.serve(&first, udp(6666));
    let challenge = replayed.typed::<WwwAuthenticate<'_>>().unwrap().unwrap();
    assert_eq!((status(&replayed), challenge.get("stale")), (401, Some(&b"true"[..])));
    let next = Register::of("alice").later().answering(&challenged, 2);
    assert_eq!(status(&at.serve(&next, udp(5070))), 200, "the nonce itself is still good");
}

#[test]
fn rfc7616_3_3_an_old_nonce_is_stale_and_not_a_wrong_password() {
    let at = Fixture::new();
    let challenged = at.serve(&Register::of("alice").request(), udp(5070));
    at.lab.advance(seconds(300));
    let late = at.serve(&Register::of("alice").answering(&challenged, 1), udp(5070));
    let challenge = late.typed::<WwwAuthenticate<'_>>().unwrap().unwrap();
    assert_eq!((status(&late), challenge.get("stale")), (401, Some(&b"true"[..])));
}

#[test]
fn credentials_that_cannot_be_read_are_a_bad_request() {
    let at = Fixture::new();
    let without_qop = "Digest username=\"alice\", realm=\"primary.example\", nonce=\"n\", uri=\"sip:primary.example\", response=\"r\"";
    let refused =
        at.serve(&Register::of("alice").request().header(Name::Authorization, without_qop), udp(5070));
    assert_eq!(status(&refused), 400);
    assert!(refused.reason().starts_with(b"Authorization"));
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
fn rfc7616_3_4_6_credentials_for_another_uri_are_no_credentials_here() {
    let at = Fixture::new();
    let elsewhere = Register { digest_uri: "sip:partner.example", ..Register::of("alice") };
    assert_eq!(status(&at.register(&elsewhere, udp(5070))), 400);
    let by_address = Register { digest_uri: "sip:127.0.0.1:5061", ..Register::of("alice") };
    assert_eq!(status(&at.register(&by_address, udp(5070))), 200, "it knows us by address only");
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

#[test]
fn bindings_are_kept_before_they_are_promised() {
    let at = Fixture::new();
    at.disk.set_capacity(0);
    let refused = at.register(&Register::of("alice"), udp(5070));
    assert_eq!(
        (status(&refused), refused.header(Name::RetryAfter)),
        (503, Some(&b"5"[..])),
        "RFC 3261 21.5.4"
    );
    assert_eq!(at.core.registered(), (0, 0));
    at.disk.set_capacity(u64::MAX);
    assert_eq!(status(&at.register(&Register::of("alice").later(), udp(5070))), 200, "without a restart");
}

#[test]
fn bindings_survive_a_restart_without_their_streams() {
    let at = Fixture::new();
    at.register(&Register::of("alice"), udp(5070));
    at.register(&Register::of("bob"), tcp(1));
    let at = at.restart(seconds(10), End::Response(sip::Response::new(200)));
    assert_eq!(at.core.registered(), (2, 2));
    let service = "sip:lms_psi@primary.example";
    let message = |from: &str| -> Request { request(Method::Message, service, from) };
    assert_eq!(at.refused(&message(ALICE), &udp(5070)), None, "a source of datagrams is as good as before");
    assert_eq!(
        at.refused(&message(crate::testing::BOB), &tcp(1)),
        Some(403),
        "a stream of an earlier run is no proof"
    );
}

/// A store in which somebody else was first, so many times.
struct Contended(store::Redb, std::sync::atomic::AtomicUsize);

impl store::Store for Contended {
    fn get(&self, key: &[u8]) -> wire::BoxFuture<'_, Result<Option<store::Record>, store::Fault>> {
        self.0.get(key)
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> wire::BoxFuture<'_, Result<Vec<store::Entry>, store::Fault>> {
        self.0.scan(prefix, after, limit)
    }

    fn commit(&self, batch: store::Batch) -> wire::BoxFuture<'_, Result<store::Version, store::CommitError>> {
        use std::sync::atomic::Ordering::Relaxed;
        if self.1.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok() {
            let conflict = store::Conflict { key: bytes::Bytes::new() };
            return Box::pin(async move { Err(conflict.into()) });
        }
        self.0.commit(batch)
    }

    fn watch(
        &self,
        prefix: &[u8],
    ) -> futures::stream::BoxStream<'static, Result<store::Event, store::Fault>> {
        self.0.watch(prefix)
    }
}

#[test]
fn rfc3261_10_3_step_7_an_update_that_came_second_is_computed_anew() {
    for (conflicts, expected) in [(3, 200), (100, 503)] {
        let at = Fixture::new();
        let disk =
            store::Redb::open_in_memory(store::Disk::new(), store::Clock::still(std::time::UNIX_EPOCH))
                .unwrap();
        let store = std::sync::Arc::new(Contended(disk, conflicts.into()));
        let core = crate::testing::open_over(&at.lab, &at.config, store);
        let at = Fixture { core, ..at };
        assert_eq!(status(&at.register(&Register::of("alice"), udp(5070))), expected);
    }
}

#[test]
fn a_user_who_is_taken_out_while_the_core_runs_is_registered_no_more_and_the_servers_are_told() {
    let at = Fixture::new();
    assert_eq!(status(&at.register(&Register::of("alice"), udp(5070))), 200);
    assert_eq!(status(&at.register(&Register::of("bob"), udp(5071))), 200);
    let told = at.lab.sent(LMS).len();

    let bob = config().users.named("bob").cloned();
    at.core.replace_users(bob.into_iter().collect());
    at.lab.run();
    assert_eq!(at.core.registered(), (1, 1));
    let notice = at.lab.sent(LMS).pop().unwrap();
    assert_eq!((at.lab.sent(LMS).len(), notice.header(Name::Expires)), (told + 1, Some(&b"0"[..])));
    let again = at.serve(&Register::of("alice").request(), udp(5070));
    assert_eq!(status(&at.serve(&Register::of("alice").answering(&again, 1), udp(5070))), 401);

    at.core.replace_users(config().users);
    assert_eq!(status(&at.register(&Register::of("alice"), udp(5070))), 200, "and may come back");
}
