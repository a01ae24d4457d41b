//! Service authorization for migration to a partner MC system, from the client's question to its answer: SIP cores, MC service
//! servers and gateways of both systems.

use clients::service::{Credentials, Held, Journey, NotMigrated, Status};
use kit::Cause;
use mcx_tests::{Home, Setup, Topology, TwoSystems, flows, ladder};
use xml_schemas::{body::interconnection_info::McService, ids::McServiceId, migration::ProfileIndex};

use crate::{DAVE, GATEWAY_A, GATEWAY_B, MCS_A, MCS_B};

const CLAUSE: &str = "10.6.3.3";

/// Dave's terminal in `partner.example`.
const ABROAD: &str = "dave-abroad";
const PARTNER_ID: &str = "sip:dave-abroad@partner.example";

fn journey() -> Journey {
    Journey { service: McService::Mcptt, primary: flows::user(DAVE), profile: ProfileIndex(3) }
}

/// He registers at the partner's SIP core, and asks.
async fn travels(world: &TwoSystems, journey: &Journey) -> Result<Held, NotMigrated> {
    let client = world.client(ABROAD);
    client.log_on().await.expect("he has an account there");
    world.quiet().await;
    world.recording().ladder().clear();
    let service = client.service().expect("a service client");
    if journey.primary != flows::user(DAVE) {
        // A token for whom he says he is: the servers, not the token, have to refuse.
        let token = world.token(Home::Partner, PARTNER_ID, Some(journey.primary.as_str()));
        service.show(Credentials { user: flows::user(PARTNER_ID), access_token: Some(token) });
    }
    let outcome = service.migrate(journey).await;
    world.quiet().await;
    outcome
}

fn cause(outcome: Result<Held, NotMigrated>) -> Option<Cause> {
    match outcome {
        Ok(_) | Err(NotMigrated::Unanswered) => None,
        Err(NotMigrated::NotTaken(stop)) => Some(stop.cause()),
        Err(NotMigrated::Refused(refusal)) => refusal.code.and_then(Cause::from_code),
    }
}

fn status(world: &TwoSystems) -> Status {
    world.client(ABROAD).service().expect("a service client").status()
}

/// Where the primary system has him marked.
fn marked(world: &TwoSystems) -> Option<String> {
    let mark = world.service(Home::Primary).migrations().expect("configured");
    mark.mark(McService::Mcptt, &flows::user(DAVE)).map(|mark| mark.system)
}

/// Whether the partner system serves him.
fn is_admitted(world: &TwoSystems) -> bool {
    let visits = world.service(Home::Partner).migrations().expect("configured");
    visits.visit(McService::Mcptt, &flows::user(PARTNER_ID)).is_some_and(|visit| visit.is_admitted())
}

fn is_served_at_home(world: &TwoSystems) -> bool {
    world.service(Home::Primary).logged_on().contains(&flows::user(DAVE))
        && world.service(Home::Primary).authorizations().away(&flows::user(DAVE)).is_none()
}

fn whole(topology: Topology, name: &'static str, steps: &'static [(&'static str, u8)]) {
    TwoSystems::new().topology(topology).run(async |world| {
        assert!(is_served_at_home(world));
        let held = travels(world, &journey()).await.expect("both systems say yes");
        assert_eq!(status(world), Status::Migrated);
        assert_eq!(marked(world).as_deref(), Some("partner.example"), "step 7");
        let seen = world.steps(CLAUSE);
        assert_eq!(seen.iter().map(|(who, step)| (who.as_str(), *step)).collect::<Vec<_>>(), steps);
        ladder::is_golden(name, &world.ladder());
        // That the partner has accepted the yes is kept a moment later.
        world.advance(std::time::Duration::from_secs(1)).await;
        assert!(is_admitted(world) && !is_served_at_home(world), "10.6.2: there, and nowhere else");
        drop(held);
    });
}

/// Through both gateways.
const THROUGH: &[(&str, u8)] = &[
    (ABROAD, 1),
    (MCS_B, 1),
    (MCS_B, 2),
    (MCS_B, 3),
    (GATEWAY_B, 4),
    (GATEWAY_A, 5),
    (MCS_A, 6),
    (MCS_A, 7),
    (MCS_A, 8),
    (GATEWAY_A, 9),
    (GATEWAY_B, 10),
    (MCS_B, 11),
    (ABROAD, 11),
];

#[test]
fn steps_1_to_11_from_client_to_client_through_gateways_that_hide() {
    whole(Topology::Hidden, "migration_hidden", THROUGH);
}

#[test]
fn steps_1_to_11_from_client_to_client_through_gateways_that_do_not_hide() {
    whole(Topology::Open, "migration_open", THROUGH);
}

#[test]
fn note_3_without_topology_hiding_the_servers_talk_to_each_other() {
    let direct = &[
        (ABROAD, 1),
        (MCS_B, 1),
        (MCS_B, 2),
        (MCS_B, 3),
        (MCS_A, 6),
        (MCS_A, 7),
        (MCS_A, 8),
        (MCS_B, 11),
        (ABROAD, 11),
    ];
    whole(Topology::Direct, "migration_direct", direct);
}

/// Nobody has anything of a migration that was refused.
fn refused(setup: Setup, journey: Journey, expected: Cause) {
    setup.run(async move |world| {
        assert_eq!(cause(travels(world, &journey).await), Some(expected));
        assert!(matches!(status(world), Status::Refused(_)));
        assert_eq!(marked(world), None);
        assert!(!is_admitted(world) && is_served_at_home(world));
    });
}

fn at(home: Home, path: &'static str, value: impl Into<toml::Value> + 'static) -> Setup {
    TwoSystems::new().with(home, move |config| {
        config.set(path, value);
    })
}

/// The partner system believes a visitor who he is at home, whomever his token names.
fn by_his_own_word(setup: Setup) -> Setup {
    setup.with(Home::Partner, |config| {
        config.set("service.migration.require-primary-id", false);
    })
}

#[test]
fn step_2_a_user_whom_nobody_expects_is_told_so_and_his_system_is_not_asked() {
    let nobody = at(Home::Partner, "service.migration.partner.0.expected", Vec::<String>::new());
    nobody.run(async |world| {
        assert_eq!(cause(travels(world, &journey()).await), Some(Cause::NotExpected));
        assert!(!world.steps(CLAUSE).iter().any(|(_, step)| *step == 3));
        assert_eq!(marked(world), None);
    });
}

#[test]
fn step_6_a_user_who_may_not_migrate_there_is_told_so() {
    let none = TwoSystems::new().with(Home::Primary, |config| {
        config.remove("service.migration.partner.0.allow");
    });
    refused(none, journey(), Cause::MayNotMigrate);
}

#[test]
fn step_6_a_profile_that_is_not_for_that_system_is_told_so() {
    refused(TwoSystems::new(), Journey { profile: ProfileIndex(4), ..journey() }, Cause::WrongProfile);
}

#[test]
fn step_6_a_user_whom_his_system_does_not_know_is_told_so() {
    let anybody = at(Home::Partner, "service.migration.partner.0.visitors", "any");
    let anybody = anybody.with(Home::Partner, |config| {
        config.remove("service.migration.partner.0.expected");
    });
    let primary = McServiceId::new("sip:nobody@primary.example").unwrap();
    refused(by_his_own_word(anybody), Journey { primary, ..journey() }, Cause::UnknownUser);
}

#[test]
fn step_3_a_system_that_nobody_has_an_agreement_with_is_told_so() {
    let primary = McServiceId::new("sip:dave@elsewhere.example").unwrap();
    refused(by_his_own_word(TwoSystems::new()), Journey { primary, ..journey() }, Cause::UnknownPartner);
}

#[test]
fn steps_4_and_5_a_flow_outside_the_agreement_does_not_pass_either_gateway() {
    let only = || vec!["location-information-request"];
    for (home, path) in
        [(Home::Partner, "gateway.partner.0.outbound"), (Home::Primary, "gateway.partner.0.inbound")]
    {
        refused(at(home, path, only()), journey(), Cause::NotPermitted);
    }
}

#[test]
fn step_4_a_primary_system_that_cannot_be_reached_is_told_apart_from_one_that_is_silent() {
    TwoSystems::new().run(async |world| {
        world.cut(GATEWAY_A, GATEWAY_B);
        assert_eq!(cause(travels(world, &journey()).await), Some(Cause::PartnerUnreachable));
        assert!(marked(world).is_none() && !is_admitted(world));
    });
    let silent = at(Home::Primary, "gateway.partner.0.outbound", vec!["location-information-report"]);
    silent.run(async |world| {
        assert_eq!(cause(travels(world, &journey()).await), Some(Cause::TimedOut));
        assert!(world.steps(CLAUSE).contains(&(MCS_A.to_owned(), 8)), "the answer does not pass its gateway");
        assert!(marked(world).is_none() && !is_admitted(world));
    });
}

#[test]
fn note_1_credentials_of_another_user_of_another_system_and_none_are_told_apart() {
    let token = |file: &'static str| at(Home::Partner, "client.dave-abroad.access-token", file);
    refused(token("tls/bob.token"), journey(), Cause::OtherUser);
    refused(token("../primary/tls/dave.token"), journey(), Cause::BadToken);
    let none = TwoSystems::new().with(Home::Partner, |config| {
        config.remove("client.dave-abroad.access-token");
    });
    refused(none, journey(), Cause::NoToken);
}

#[test]
fn note_1_credentials_for_another_server_and_of_an_issuer_that_speaks_for_others_are_told_apart() {
    let lab = |key: &'static str, value: &'static str| {
        TwoSystems::new().with(Home::Partner, move |config| {
            config.set(&format!("service.issuer.0.{key}"), vec![value]);
        })
    };
    refused(lab("audience", "another server"), journey(), Cause::WrongAudience);
    refused(lab("domains", "elsewhere.example"), journey(), Cause::ForeignToken);
}

#[test]
fn a_visitor_who_leaves_is_taken_back_at_home() {
    TwoSystems::new().run(async |world| {
        let held = travels(world, &journey()).await.expect("both systems say yes");
        held.give_back().await;
        world.advance(std::time::Duration::from_secs(5)).await;
        assert!(marked(world).is_none() && !is_admitted(world));
    });
}
