//! Users who work elsewhere, and replicas. TS 23.280 10.6.2

use super::*;
use crate::migration::{Mark, Written};

/// What a procedure comes to that waits for nobody.
fn done<T: Send + 'static>(lab: &Lab, work: impl Future<Output = T> + Send + 'static) -> T {
    let (sender, mut receiver) = futures::channel::oneshot::channel();
    lab.world("mcs1").tasks.spawn(Box::pin(async move {
        let _ = sender.send(work.await);
    }));
    lab.run();
    receiver.try_recv().expect("is not dropped").expect("has ended")
}

/// The mark of step 7, as its procedure keeps it.
fn goes_away(lab: &Lab, server: &McServiceServer) {
    let cx = server.0.cx().clone();
    let mark = Mark {
        service: xml_schemas::body::interconnection_info::McService::Mcptt,
        primary: alice(),
        system: "partner.example".into(),
        partner: id("sip:m1@partner.example"),
        profile: xml_schemas::migration::ProfileIndex(3),
        since: 0,
        renewed: 0,
        until: None,
        request_id: None,
        is_confirmed: true,
        former: None,
    };
    let write = async move { migration::write(&cx, migration::Changes::new().put_mark(mark, None)).await };
    assert!(matches!(done(lab, write), Ok(Written::Done(_))));
}

fn is_authorized(lab: &Lab, server: &McServiceServer, user: &McServiceId) -> bool {
    server.0.cx().is_authorized(user, lab.world("mcs1").clock.wall())
}

#[test]
fn c10_6_2_who_has_migrated_is_authorized_there_and_not_at_home() {
    let lab = Lab::new();
    let server = migrating(&lab, config::Returning::Welcome);
    log_on(&lab, &server);
    assert!(is_authorized(&lab, &server, &alice()));
    goes_away(&lab, &server);
    assert!(!is_authorized(&lab, &server, &alice()));
    assert_eq!(server.authorizations().away(&alice()).as_deref(), Some("partner.example"));
    log_on(&lab, &server);
    assert!(!is_authorized(&lab, &server, &alice()), "what goes on being refreshed is no return");
    assert_eq!(server.logged_on(), [alice()]);
}

#[test]
fn c10_6_2_a_new_log_on_at_home_is_a_return() {
    let lab = Lab::new();
    let server = migrating(&lab, config::Returning::Welcome);
    log_on(&lab, &server);
    goes_away(&lab, &server);
    lab.advance(Duration::from_secs(600));
    log_on(&lab, &server);
    assert!(is_authorized(&lab, &server, &alice()));
    assert_eq!(server.authorizations().away(&alice()), None);
}

#[test]
fn c10_6_2_or_is_refused_until_the_migration_is_over_by_the_switch() {
    let lab = Lab::new();
    let server = migrating(&lab, config::Returning::Refuse);
    goes_away(&lab, &server);
    let refused = || {
        let request = third_party("sip:alice.imsi@primary.example", 600);
        let answer = lab.deliver(&*server.service(), &request, arrival("inner", CORE)).expect("is answered");
        (answer.status(), Cause::from_response(&answer))
    };
    assert_eq!(refused(), (Some(403), Cause::MigratedAway));
    let ended = server.clone();
    done(&lab, async move { ended.revoke_migration(&alice()).await }).expect("is kept");
    log_on(&lab, &server);
    assert!(is_authorized(&lab, &server, &alice()));
}

/// What a server is told by which the SIP core sends on what alice does not take, being logged off.
fn arrives(
    lab: &Lab,
    server: &McServiceServer,
    method: Method<'static>,
    from: &str,
) -> (Option<u16>, Cause, String) {
    arrives_at(lab, server, (method, "sip:alice.imsi@primary.example"), from)
}

/// The same at another Request-URI.
fn arrives_at(
    lab: &Lab,
    server: &McServiceServer,
    (method, uri): (Method<'static>, &str),
    from: &str,
) -> (Option<u16>, Cause, String) {
    let request = Request::new(method, uri)
        .header(Name::From, "<sip:acm_psi@primary.example>;tag=1")
        .header(Name::To, "<sip:alice.imsi@primary.example>")
        .header(Name::CallId, "c")
        .header(Name::CSeq, format!("1 {method}"))
        .body("text/plain", "whatever it is");
    let answer = lab.deliver(&*server.service(), &request, arrival("inner", from)).expect("is answered");
    let warning = answer.header(Name::Warning).map(|text| String::from_utf8_lossy(text).into_owned());
    (answer.status(), Cause::from_response(&answer), warning.unwrap_or_default())
}

#[test]
fn c10_6_3_what_arrives_at_home_for_who_has_migrated_is_told_so_and_where_by_the_switch() {
    use migration::Arriving;
    for (arriving, expected, names) in [
        (Arriving::Refuse, (Some(403), Cause::MigratedAway), false),
        (Arriving::Tell, (Some(403), Cause::MigratedAway), true),
        (Arriving::Ignore, (Some(480), Cause::LoggedOff), false),
    ] {
        let lab = Lab::new();
        let clock = lab.world("store").clock;
        let store = Redb::open_in_memory(Disk::new(), store::Clock::new(move || clock.wall())).unwrap();
        let migration = Some(MigrationConfig { arriving, ..MigrationConfig::default() });
        let server = server_with(&lab, config::Returning::Welcome, Arc::new(store), migration);
        for method in [Method::Message, Method::Options] {
            let (status, cause, _) = arrives(&lab, &server, method, CORE);
            assert_eq!((status, cause), (Some(480), Cause::LoggedOff), "he is at home");
        }
        goes_away(&lab, &server);
        for method in [Method::Message, Method::Options] {
            let (status, cause, warning) = arrives(&lab, &server, method, CORE);
            assert_eq!((status, cause), expected, "{method}");
            assert_eq!(warning.contains("partner.example"), names, "{warning}");
        }
        let stranger = arrives(&lab, &server, Method::Message, "lms1.core.partner.example");
        assert_ne!(stranger.1, Cause::MigratedAway, "nobody but the own SIP core is told");
    }
}

#[test]
fn c10_6_3_what_arrives_for_whoever_cannot_be_read_is_never_taken_for_the_servers_own() {
    let lab = Lab::new();
    let server = migrating(&lab, config::Returning::Welcome);
    goes_away(&lab, &server);
    for method in [Method::Message, Method::Options] {
        for uri in
            ["sip:alice.imsi@primary.example;user=phone", "sip:alice.imsi@primary.example:5070", "tel:+34911"]
        {
            let (status, cause, _) = arrives_at(&lab, &server, (method, uri), CORE);
            assert_eq!((status, cause), (Some(480), Cause::LoggedOff), "{method} {uri}");
        }
    }
    for own in ["sip:mcptt_psi@primary.example", "sip:mcs1.core.primary.example"] {
        let (status, ..) = arrives_at(&lab, &server, (Method::Options, own), CORE);
        assert_eq!(status, Some(200), "RFC 3261 11.2: {own}");
    }
}

#[test]
fn replicas_over_one_store_follow_each_other() {
    let lab = Lab::new();
    let clock = lab.world("store").clock;
    let store = Redb::open_in_memory(Disk::new(), store::Clock::new(move || clock.wall())).unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    let one = server_over(&lab, config::Returning::Welcome, Arc::clone(&store));
    let other = server_over(&lab, config::Returning::Welcome, store);
    log_on(&lab, &one);
    assert_eq!(other.logged_on(), [alice()]);
    assert!(is_authorized(&lab, &other, &alice()));
    assert_eq!(registers(&lab, &other, "sip:alice.imsi@primary.example", 0, CORE), 200);
    assert!(one.logged_on().is_empty());
}
