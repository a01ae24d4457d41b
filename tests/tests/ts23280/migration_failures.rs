//! A thousand users migrate at once while gateways are killed and started again; and one whose servers are killed at each call of their
//! stores. In the end both systems say the same of everybody. TS 23.280 10.6.3.3

use std::{rc::Rc, time::Duration};

use clients::service::Journey;
use kit::carriage;
use mcx_tests::{Fault, Home, Played, Setup, TwoSystems, flows};
use sip::{Method, Name, Request};
use wire::Hop;
use xml_schemas::{
    body::{PocSettings, interconnection_info::McService, mcptt_info::AccessToken},
    ids::RequestId,
    migration::{Migrates, ProfileIndex, Publication},
};

use crate::{CORE_B, DAVE, GATEWAY_A, GATEWAY_B, MCS_A, MCS_B};

const MANY: usize = 1000;

/// Longer than anything is tried again.
const RECOVERY: Duration = Duration::from_secs(600);

const ABROAD: &str = "dave-abroad";
const PARTNER_ID: &str = "sip:dave-abroad@partner.example";

fn primary(number: usize) -> String {
    format!("sip:user{number}@primary.example")
}

fn partner(number: usize) -> String {
    format!("sip:visitor{number}@partner.example")
}

/// A thousand users of the primary system, all of whom may go; the SIP core of the partner's is a test's to play.
fn crowd() -> Setup {
    let absent = [CORE_B, "bob", "carol", "erin", ABROAD];
    let setup = absent.into_iter().fold(TwoSystems::new(), Setup::without);
    let setup = setup.with(Home::Primary, |config| {
        for number in 0..MANY {
            let (id, impu) = (primary(number), format!("sip:user{number}.imsi@primary.example"));
            let proof = "0".repeat(64);
            let account = format!(
                "username = \"user{number}\"\nidentities = [\"{impu}\"]\nha1-sha-256 = \"{proof}\"\n"
            );
            config.add("service.user", &format!("mc-service-id = \"{id}\"\nimpu = \"{impu}\"\n"));
            config.add("sip-core.users", &account);
        }
        let all = "user = \"sip:user*@primary.example\"\nprofiles = [3]\n";
        config.first("service.migration.partner.0.allow", all);
    });
    setup.with(Home::Partner, |config| {
        config.set("service.migration.partner.0.visitors", "any");
        config.remove("service.migration.partner.0.expected");
    })
}

/// Step 1 as the SIP core lets it pass: whether it was taken.
async fn publish(core: Rc<Played>, to: Hop, number: usize, token: String) -> bool {
    let client = format!("urn:uuid:{number}");
    let publication = Publication {
        service: McService::Mcptt,
        access_token: Some(AccessToken::new(token)),
        client_id: Some(client.clone()),
        profile: Some(ProfileIndex(3)),
        migrates: Some(Migrates {
            partner: Some(flows::user(&partner(number))),
            primary: flows::user(&primary(number)),
            request_id: RequestId::new(&format!("r-{number}")).ok(),
        }),
        settings: Some(PocSettings::of_client(client, Some(ProfileIndex(3)))),
    };
    let (content_type, body) = carriage::bodies(&publication.split(), &driver::SeededIds::new(number as u64));
    let (server, impu) =
        ("sip:mcptt_psi@partner.example", format!("sip:visitor{number}.imsi@partner.example"));
    let request = Request::new(Method::Publish, server)
        .header(Name::From, format!("<{impu}>;tag={number}"))
        .header(Name::To, format!("<{server}>"))
        .header(Name::CallId, format!("publication-{number}"))
        .header(Name::CSeq, "1 PUBLISH")
        .header(Name::PAssertedIdentity, format!("<{impu}>"))
        .header(Name::Event, "poc-settings")
        .header(Name::Expires, "86400")
        .body(&content_type, body);
    core.send(request, &to).await.is_ok_and(|answer| answer.status() == Some(200))
}

/// Of this user both systems say the same; whether he has migrated.
fn agreed(world: &TwoSystems, primary: &str, partner: &str, what: &str) -> bool {
    let books = Home::BOTH.map(|home| world.service(home).migrations().expect("configured"));
    let mark = books[0].mark(McService::Mcptt, &flows::user(primary));
    let visit = books[1].visit(McService::Mcptt, &flows::user(partner));
    assert!(visit.as_ref().is_none_or(|visit| !visit.is_asking()), "{what}: {partner} still asks");
    let is_there = visit.is_some_and(|visit| visit.is_admitted());
    let is_marked = mark.is_some_and(|mark| mark.is_confirmed && mark.partner == flows::user(partner));
    assert_eq!(is_marked, is_there, "{what}: the systems disagree about {primary}");
    is_there
}

fn nothing_is_left(world: &TwoSystems, what: &str) {
    for home in Home::BOTH {
        let books = world.service(home).migrations().expect("configured");
        assert!(!books.has_letters(), "{what}: {home:?} has still something to tell");
    }
}

/// These ask at once: of how many it was taken.
async fn ask(
    world: &mut TwoSystems,
    core: &Rc<Played>,
    numbers: impl Iterator<Item = usize>,
    meanwhile: impl AsyncFnOnce(&mut TwoSystems),
) -> usize {
    let to = world.service_of(Home::Partner);
    let begun: Vec<_> = numbers
        .map(|number| {
            let token = world.visitor_token(Home::Partner, &partner(number), &primary(number));
            tokio::task::spawn_local(publish(Rc::clone(core), to.clone(), number, token))
        })
        .collect();
    meanwhile(world).await;
    world.advance(RECOVERY).await;
    let mut taken = 0;
    for each in begun {
        taken += usize::from(each.await.unwrap());
    }
    taken
}

/// Those of the thousand who have not migrated; of everybody both systems say the same.
fn at_home(world: &TwoSystems) -> Vec<usize> {
    let is_at_home = |number: &usize| !agreed(world, &primary(*number), &partner(*number), "campaign");
    (0..MANY).filter(is_at_home).collect()
}

/// A thousand begin at once; meanwhile the gateways go and come as the test wants. Whoever got nowhere asks once more.
fn campaign(meanwhile: impl AsyncFnOnce(&mut TwoSystems), least: usize) {
    crowd().run(async move |world| {
        let core = Rc::new(world.play_core(Home::Partner));
        let taken = ask(world, &core, 0..MANY, meanwhile).await;
        let at_home = at_home(world);
        let migrated = MANY - at_home.len();
        assert!(taken >= least && migrated >= least, "{taken} were taken up, {migrated} have migrated");
        nothing_is_left(world, "campaign");
        let again = at_home.len();
        assert_eq!(
            ask(world, &core, at_home.into_iter(), async |_| ()).await,
            again,
            "nobody is turned away"
        );
        assert_eq!(self::at_home(world), [0_usize; 0], "everybody has migrated");
        nothing_is_left(world, "once more");
    });
}

#[test]
fn a_thousand_migrate_at_once() {
    campaign(async |_| (), MANY);
}

#[test]
fn a_thousand_migrate_while_the_primarys_gateway_is_killed_and_started_again() {
    campaign(
        async |world| {
            for pause in [1, 20, 200] {
                world.advance(Duration::from_millis(pause)).await;
                world.restart(GATEWAY_A).await;
            }
        },
        MANY / 2,
    );
}

#[test]
fn a_thousand_migrate_while_both_gateways_are_killed_for_some_seconds() {
    campaign(
        async |world| {
            world.advance(Duration::from_millis(3)).await;
            world.stop(GATEWAY_B).await;
            world.advance(Duration::from_millis(500)).await;
            world.stop(GATEWAY_A).await;
            world.advance(Duration::from_secs(4)).await;
            world.restart(GATEWAY_B).await;
            world.restart(GATEWAY_A).await;
        },
        MANY / 2,
    );
}

/// At once ask more than there is room for.
#[test]
fn step_2_no_more_are_admitted_than_there_is_room_for_however_many_ask_at_once() {
    const ROOM: usize = 7;
    let setup = crowd().with(Home::Partner, |config| {
        config.set("service.migration.partner.0.at-most", i64::try_from(ROOM).unwrap_or(i64::MAX));
    });
    setup.run(async move |world| {
        let core = Rc::new(world.play_core(Home::Partner));
        let taken = ask(world, &core, 0..100, async |_| ()).await;
        assert_eq!(taken, 100, "all are accepted for processing");
        let migrated = (0..100).filter(|number| agreed(world, &primary(*number), &partner(*number), "room"));
        assert_eq!(migrated.count(), ROOM);
        nothing_is_left(world, "room");
    });
}

fn journey() -> Journey {
    Journey { service: McService::Mcptt, primary: flows::user(DAVE), profile: ProfileIndex(3) }
}

/// He goes, and comes back; whoever is killed meanwhile is started again.
fn each_kill(server: &'static str) {
    let mut went = 0;
    for call in 0.. {
        let (mut was_killed, mut is_there) = (false, false);
        let what = format!("{server} killed at call {call}");
        TwoSystems::new().run(async |world| {
            let client = world.client(ABROAD).clone();
            client.log_on().await.expect("he has an account there");
            world.life_of(server).end_at(call);
            let service = client.service().expect("a service client").clone();
            let going = tokio::task::spawn_local(async move { service.migrate(&journey()).await });
            world.advance(Duration::from_secs(5)).await;
            was_killed = world.life_of(server).is_over();
            if was_killed {
                world.restart(server).await;
            }
            world.advance(Duration::from_secs(60)).await;
            let held = going.await.unwrap();
            world.advance(RECOVERY).await;
            is_there = agreed(world, DAVE, PARTNER_ID, &what);
            nothing_is_left(world, &what);
            drop(held);
        });
        went += usize::from(is_there);
        if !was_killed {
            assert!(call > 2 && is_there, "only {call} calls");
            assert!(went > 2, "of {call} whom a kill has met only {went} have migrated in the end");
            return;
        }
        assert!(call < 100, "the procedure does not end");
    }
}

#[test]
fn the_partners_server_killed_at_each_call_of_its_store_agrees_in_the_end() {
    each_kill(MCS_B);
}

#[test]
fn the_primarys_server_killed_at_each_call_of_its_store_agrees_in_the_end() {
    each_kill(MCS_A);
}

/// Of the writes of a migration each that is so many behind the one before goes wrong in turn.
fn each_write(fault: Fault, apart: usize) {
    for number in (0..).step_by(apart) {
        let (mut hit, mut is_there) = (None, false);
        TwoSystems::new().run(async |world| {
            let client = world.client(ABROAD).clone();
            client.log_on().await.expect("he has an account there");
            world.quiet().await;
            world.network().arm(Some((number, fault)));
            let service = client.service().expect("a service client").clone();
            let held = service.migrate(&journey()).await;
            hit = world.network().hit();
            world.advance(Duration::from_secs(60)).await;
            world.network().mend();
            world.advance(RECOVERY).await;
            let what = format!("write {number}, {fault:?} between {hit:?}");
            is_there = agreed(world, DAVE, PARTNER_ID, &what);
            nothing_is_left(world, &what);
            drop(held);
        });
        if hit.is_none() {
            assert!(number > 8 && is_there, "only {number} writes were made to fail");
            return;
        }
        assert!(number < 500, "the procedure does not end");
    }
}

#[test]
fn each_write_of_a_migration_breaks_in_turn() {
    each_write(Fault::Broken, 1);
}

#[test]
fn every_other_link_of_a_migration_goes_silent_in_turn() {
    each_write(Fault::Silent, 2);
}
