//! Migration between systems whose clocks are apart, of which TS 23.280 10.6.3 says nothing: each promise is held by the clock of who
//! gave it. What crosses is the security token of TS 33.180 B.7, and the client hears why it does not count.

use std::time::Duration;

use clients::{
    identity::{Issued, NotIssued},
    service::{Credentials, Held, Journey, NotMigrated},
};
use kit::Cause;
use mcx_tests::{Home, Setup, TwoSystems, flows};
use xml_schemas::{body::interconnection_info::McService, migration::ProfileIndex};

use crate::DAVE;

const ABROAD: &str = "dave-abroad";
const PARTNER_ID: &str = "sip:dave-abroad@partner.example";

const MINUTE: i64 = 60;

fn apart(seconds: i64) -> Setup {
    TwoSystems::new().clock(Home::Partner, seconds)
}

/// Dave logs in at home, and gets the partner's tokens for it.
async fn tokens(world: &mut TwoSystems) -> Result<Issued, NotIssued> {
    let (home, there) =
        (world.identity_client(Home::Primary, "dave"), world.identity_client(Home::Partner, ABROAD));
    let own = home.log_in("dave", &world.password("dave")).await.expect("he knows his password");
    let security = home.exchange(&own.access_token, &world.issuer(Home::Partner)).await.expect("he may go");
    there.assert(&security).await
}

/// He asks with what he was given.
async fn travels(world: &TwoSystems, credentials: Option<Credentials>) -> Result<Held, NotMigrated> {
    let client = world.client(ABROAD);
    client.log_on().await.expect("he has an account there");
    let service = client.service().expect("a service client");
    if let Some(credentials) = credentials {
        service.show(credentials);
    }
    let journey = Journey { service: McService::Mcptt, primary: flows::user(DAVE), profile: ProfileIndex(3) };
    let outcome = service.migrate(&journey).await;
    world.advance(Duration::from_secs(1)).await;
    outcome
}

/// Both systems say that he has migrated, or both that he has not.
fn is_there(world: &TwoSystems) -> bool {
    let books = Home::BOTH.map(|home| world.service(home).migrations().expect("configured"));
    let is_marked = books[0].mark(McService::Mcptt, &flows::user(DAVE)).is_some_and(|mark| mark.is_confirmed);
    let visit = books[1].visit(McService::Mcptt, &flows::user(PARTNER_ID));
    assert_eq!(is_marked, visit.is_some_and(|visit| visit.is_admitted()), "the systems disagree");
    is_marked
}

/// An assertion of ours says when it ends and not when it begins; so a partner whose clock is slow takes it, and one whose clock is fast
/// does as long as it lasts.
#[test]
fn minutes_apart_whoever_is_fast_a_user_migrates_with_the_tokens_of_both_systems() {
    for seconds in [-15 * MINUTE, -25, 25, 9 * MINUTE] {
        apart(seconds).identity().run(async |world| {
            let issued = tokens(world).await.unwrap_or_else(|why| panic!("{seconds}: {why}"));
            let user = issued.user.expect("the partner says who he is there");
            let credentials = Credentials { user, access_token: Some(issued.access_token) };
            let held = travels(world, Some(credentials)).await.expect("both systems say yes");
            assert!(is_there(world), "{seconds}");
            world.advance(Duration::from_secs(120)).await;
            assert!(is_there(world), "{seconds}: and goes on to");
            held.give_back().await;
            world.advance(Duration::from_secs(5)).await;
            assert!(!is_there(world), "{seconds}: until he leaves");
        });
    }
}

#[test]
fn a_partner_whose_clock_is_fast_by_more_than_an_assertion_lasts_says_that_it_has_expired() {
    apart(11 * MINUTE).identity().run(async |world| {
        let refused = tokens(world).await.map(|_| ()).expect_err("its time is over there");
        assert!(refused.to_string().contains("the assertion has expired"), "{refused}");
        assert!(matches!(refused, NotIssued::Refused { code, .. } if code == "invalid_grant"));
        assert!(!is_there(world));
    });
}

/// With a token of an hour that the partner's issuer gave by a clock that agrees with the primary system's.
async fn travels_with_a_token_of_an_hour(world: &TwoSystems) -> Option<Cause> {
    let token = world.token_of_an_hour(Home::Partner, PARTNER_ID);
    let credentials = Credentials { user: flows::user(PARTNER_ID), access_token: Some(token) };
    match travels(world, Some(credentials)).await {
        Ok(held) => {
            drop(held);
            None
        }
        Err(NotMigrated::NotTaken(stop)) => Some(stop.cause()),
        Err(other) => panic!("{other}"),
    }
}

fn of_an_hour(seconds: i64) -> Setup {
    apart(seconds).with(Home::Partner, |config| {
        config.set("service.migration.require-primary-id", false);
    })
}

#[test]
fn at_step_1_a_token_counts_by_the_clock_of_the_server_and_the_client_hears_why_not() {
    let cases = [
        (0, None),
        (-25, None),
        (25 + 60 * MINUTE, None),
        (-5 * MINUTE, Some(Cause::TokenNotYet)),
        (62 * MINUTE, Some(Cause::TokenExpired)),
    ];
    for (seconds, expected) in cases {
        of_an_hour(seconds).run(async |world| {
            assert_eq!(travels_with_a_token_of_an_hour(world).await, expected, "{seconds}");
            assert_eq!(is_there(world), expected.is_none(), "{seconds}");
        });
    }
}

#[test]
fn hours_apart_each_system_keeps_to_its_own_clock_and_both_agree_to_the_end() {
    for seconds in [-180 * MINUTE, 180 * MINUTE] {
        apart(seconds).run(async |world| {
            let held = travels(world, None).await.expect("both systems say yes");
            assert!(is_there(world), "{seconds}");
            let books = Home::BOTH.map(|home| world.service(home).migrations().expect("configured"));
            let mark = books[0].mark(McService::Mcptt, &flows::user(DAVE)).expect("is marked");
            let visit = books[1].visit(McService::Mcptt, &flows::user(PARTNER_ID)).expect("is here");
            let apart = i128::from(visit.since) - i128::from(mark.since);
            assert!((apart - i128::from(seconds) * 1_000).abs() < 2_000, "{apart}: each by its own clock");
            world.advance(Duration::from_secs(7_200)).await;
            assert!(is_there(world), "{seconds}: neither has ended it by the other's clock");
            world.service(Home::Primary).revoke_migration(&flows::user(DAVE)).await.expect("is kept");
            world.advance(Duration::from_secs(5)).await;
            assert!(!is_there(world), "{seconds}: it is over in both");
            drop(held);
        });
    }
}
