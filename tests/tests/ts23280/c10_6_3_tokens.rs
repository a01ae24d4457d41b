//! Migration with the tokens of both identity management servers: TS 33.180 B.7 before TS 23.280 10.6.3.3, and what becomes of it
//! where a token is revoked.

use std::time::Duration;

use clients::{
    identity::Issued,
    service::{Credentials, Held, Journey},
};
use identity::users::{Ids, User, Users};
use kit::{Cause, private::Private};
use mcx_tests::{Home, Setup, TwoSystems, flows};
use xml_schemas::{body::interconnection_info::McService, migration::ProfileIndex};

use crate::{ALICE, DAVE, MCS_B};

const ABROAD: &str = "dave-abroad";
const PARTNER_ID: &str = "sip:dave-abroad@partner.example";

/// The hash of some password.
const SOMETHING_HASHED: &str =
    "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

/// Within so long what is revoked is known, and has had its effect.
const KNOWN: Duration = Duration::from_secs(30);

/// Dave logs in at home, and gets the partner's tokens for it.
async fn tokens(world: &mut TwoSystems) -> Issued {
    let (home, there) =
        (world.identity_client(Home::Primary, "dave"), world.identity_client(Home::Partner, ABROAD));
    let own = home.log_in("dave", &world.password("dave")).await.expect("he knows his password");
    let security = home.exchange(&own.access_token, &world.issuer(Home::Partner)).await.expect("he may go");
    there.assert(&security).await.expect("he is expected")
}

/// He registers at the partner's SIP core, and asks with what he was given.
async fn travels(world: &mut TwoSystems) -> (Issued, Held) {
    let issued = tokens(world).await;
    let client = world.client(ABROAD);
    client.log_on().await.expect("he has an account there");
    let service = client.service().expect("a service client");
    let user = issued.user.clone().expect("the partner says who he is there");
    service.show(Credentials { user, access_token: Some(issued.access_token.clone()) });
    let journey = Journey { service: McService::Mcptt, primary: flows::user(DAVE), profile: ProfileIndex(3) };
    let held = service.migrate(&journey).await.expect("both systems say yes");
    world.quiet().await;
    (issued, held)
}

fn is_marked(world: &TwoSystems) -> bool {
    let marks = world.service(Home::Primary).migrations().expect("configured");
    marks.mark(McService::Mcptt, &flows::user(DAVE)).is_some()
}

fn is_admitted(world: &TwoSystems) -> bool {
    let visits = world.service(Home::Partner).migrations().expect("configured");
    visits.visit(McService::Mcptt, &flows::user(PARTNER_ID)).is_some_and(|visit| visit.is_admitted())
}

#[test]
fn ts33180_b_7_a_user_migrates_with_the_tokens_of_both_identity_management_servers() {
    TwoSystems::new().identity().run(async |world| {
        let (issued, held) = travels(world).await;
        assert_eq!(issued.user, Some(flows::user(PARTNER_ID)), "allocated beforehand, with his account");
        assert!(is_marked(world) && is_admitted(world));
        drop(held);
    });
}

#[test]
fn rfc7009_2_1_a_visitor_whose_token_is_revoked_is_served_no_more_within_thirty_seconds() {
    TwoSystems::new().identity().run(async |world| {
        let (issued, held) = travels(world).await;
        let there = world.identity_client(Home::Partner, ABROAD);
        there.revoke(&Private::new(issued.access_token.as_str().to_owned())).await.expect("is revoked");
        world.advance(KNOWN).await;
        assert!(!is_admitted(world), "his authorization has ended");
        assert!(!is_marked(world), "and with it his migration");
        drop(held);
    });
}

#[test]
fn rfc7009_2_1_what_a_revoked_token_authorized_ends_though_the_store_fails_meanwhile() {
    TwoSystems::new().identity().run(async |world| {
        let (issued, held) = travels(world).await;
        let there = world.identity_client(Home::Partner, ABROAD);
        // Long after the issuer has told of it, and nobody tells of it again.
        world.life_of(MCS_B).refuse(i64::MAX);
        there.revoke(&Private::new(issued.access_token.as_str().to_owned())).await.expect("is revoked");
        world.advance(2 * KNOWN).await;
        assert!(is_admitted(world), "what has not been kept has not happened");
        world.life_of(MCS_B).refuse(0);
        world.advance(KNOWN).await;
        assert!(!is_admitted(world) && !is_marked(world), "it was tried again");
        drop(held);
    });
}

/// As `mcx users` does it, at the home system's identity management server: an account that has dave's MC service ID.
async fn account(world: &TwoSystems) -> Users {
    let users = world.accounts(Home::Primary);
    let mut user = User::new("dave-in-the-store", SOMETHING_HASHED);
    user.ids = Ids::same(flows::user(DAVE));
    users.add(&user).await.expect("nobody has this name");
    users
}

#[test]
fn a_user_who_is_locked_at_home_is_migrated_no_more_and_does_not_migrate_again() {
    TwoSystems::new().identity().run(async |world| {
        let (_, held) = travels(world).await;
        let users = account(world).await;
        world.advance(KNOWN).await;
        assert!(is_marked(world) && is_admitted(world), "nothing has happened to him");
        assert!(users.lock("dave-in-the-store", true, world.now()).await.expect("is there"));
        world.advance(KNOWN).await;
        assert!(
            !is_marked(world) && !is_admitted(world),
            "his migration has ended with all that he was given"
        );
        held.give_back().await;

        let service = world.client(ABROAD).service().expect("a service client");
        let journey =
            Journey { service: McService::Mcptt, primary: flows::user(DAVE), profile: ProfileIndex(3) };
        let refused = service.migrate(&journey).await.map(|_| ()).unwrap_err().to_string();
        assert!(
            refused.contains(Cause::MayNotMigrate.text()),
            "by the token that the partner gave him: {refused}"
        );
        assert!(users.lock("dave-in-the-store", false, world.now()).await.expect("is there"));
        world.advance(KNOWN).await;
        let held = service.migrate(&journey).await.expect("he is locked no more");
        world.advance(KNOWN).await;
        assert!(is_marked(world) && is_admitted(world), "what was granted since counts");
        drop(held);
    });
}

/// Alice's terminal says which it is, and has no token of its own.
fn without_token(setup: Setup) -> Setup {
    setup.with(Home::Primary, |config| {
        config.remove("client.alice.access-token");
        config.set("client.alice.client-id", "urn:uuid:50f3b0a2-9c0e-4bd5-9a7e-1c2f0a6d7e11");
    })
}

#[test]
fn rfc7009_2_1_a_log_in_that_ends_takes_its_service_authorizations_with_it() {
    without_token(TwoSystems::new().identity()).run(async |world| {
        let is_authorized = |world: &TwoSystems| {
            let users = world.service(Home::Primary).users();
            users
                .into_iter()
                .find(|user| user.id == flows::user(ALICE))
                .is_some_and(|user| user.is_authorized)
        };
        let client = world.identity_client(Home::Primary, "alice");
        let issued = client.log_in("alice", &world.password("alice")).await.expect("she knows her password");
        let service = world.client("alice").service().expect("a service client");
        let token = Some(issued.access_token.clone());
        service.show(Credentials { user: flows::user(ALICE), access_token: token });
        assert!(!is_authorized(world), "she is only logged on");
        let held = service.authorize(None).await.expect("she is authorized");
        assert!(is_authorized(world));
        world.advance(KNOWN).await;
        assert!(is_authorized(world), "nothing has been revoked");
        client.revoke(&issued.refresh_token.expect("can be refreshed")).await.expect("is revoked");
        world.advance(KNOWN).await;
        assert!(!is_authorized(world), "what the log-in gave has ended");
        drop(held);
    });
}
