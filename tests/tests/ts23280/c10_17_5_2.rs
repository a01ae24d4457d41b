//! Users for migration: whom the partner's administrator accepts can migrate at once, and whom he sends away no longer. ACM servers,
//! identity management servers and MC service servers of both systems.

use clients::{
    acm::{Answer, Wish},
    identity::Issued,
    service::{Credentials, Held, Journey, NotMigrated},
};
use kit::Cause;
use mcx_tests::{Home, Setup, TwoSystems, flows, ladder};
use xml_schemas::{
    acm::{Admission, Outcome, ProfileContent, Response, UserProfile},
    body::interconnection_info::McService,
    migration::ProfileIndex,
};

use crate::{DAVE, administration::arranged};

/// Dave's terminal in `partner.example`, and who he is there.
const ABROAD: &str = "dave-abroad";
const PARTNER_ID: &str = "sip:dave-abroad@partner.example";

/// The partner expects nobody but whom its ACM server says.
pub fn expecting_nobody() -> Setup {
    // His profile is none of what is looked at here.
    let setup = TwoSystems::new().identity().profiles().administration().with(Home::Primary, |config| {
        config.set("service.migration.check-profiles", false);
    });
    setup.with(Home::Partner, |config| {
        let nobody = Vec::<String>::new;
        config
            .set("identity.partner.0.visitors", nobody())
            .set("service.migration.partner.0.expected", nobody());
    })
}

/// Alice asks that dave may migrate, or may no longer; bob says yes.
pub async fn add(world: &TwoSystems) -> Response {
    arranged(world, Wish::AddUsers(vec![flows::user(DAVE)]), Answer::yes()).await
}

async fn remove(world: &TwoSystems) -> Response {
    arranged(world, Wish::RemoveUsers(vec![flows::user(DAVE)]), Answer::yes()).await
}

/// Dave logs in at home, and gets the partner's tokens for it, if he does.
async fn tokens(world: &mut TwoSystems) -> Option<Issued> {
    let (home, there) =
        (world.identity_client(Home::Primary, "dave"), world.identity_client(Home::Partner, ABROAD));
    let own = home.log_in("dave", &world.password("dave")).await.expect("he knows his password");
    let security = home.exchange(&own.access_token, &world.issuer(Home::Partner)).await.expect("he may go");
    there.assert(&security).await.ok()
}

/// He registers at the partner's SIP core, and asks.
async fn travels(world: &TwoSystems, issued: &Issued) -> Result<Held, Option<Cause>> {
    let client = world.client(ABROAD);
    client.log_on().await.expect("he has an account there");
    let service = client.service().expect("a service client");
    let user = issued.user.clone().expect("the partner says who he is there");
    service.show(Credentials { user, access_token: Some(issued.access_token.clone()) });
    let journey = Journey { service: McService::Mcptt, primary: flows::user(DAVE), profile: ProfileIndex(3) };
    let outcome = service.migrate(&journey).await;
    world.quiet().await;
    outcome.map_err(|why| match why {
        NotMigrated::Unanswered => None,
        NotMigrated::NotTaken(stop) => Some(stop.cause()),
        NotMigrated::Refused(refusal) => refusal.code.and_then(Cause::from_code),
    })
}

fn is_admitted(world: &TwoSystems) -> bool {
    let visits = world.service(Home::Partner).migrations().expect("configured");
    visits.visit(McService::Mcptt, &flows::user(PARTNER_ID)).is_some_and(|visit| visit.is_admitted())
}

#[test]
fn c10_17_5_2_an_accepted_user_migrates_at_once_and_a_removed_one_no_longer() {
    expecting_nobody().run(async |world| {
        world.give_template(Home::Partner).await;
        assert!(tokens(world).await.is_none(), "nobody expects him");
        let Response::AddMigrationUsers(response) = add(world).await else { panic!("another response") };
        assert_eq!(response.result, Outcome::Success);
        let [user] = &response.users[..] else { panic!("{response:?}") };
        let Admission::Admitted { partner, profiles } = &user.admission else { panic!("{user:?}") };
        assert_eq!(partner.as_str(), PARTNER_ID, "step 8: who he is there");
        let [UserProfile { content: ProfileContent::Reference { uri, etag }, .. }] = &profiles[..] else {
            panic!("step 8: and his profile, {profiles:?}")
        };
        assert!(uri.ends_with("/users/sip:dave-abroad@partner.example/mcptt-user-profile-1.xml"), "{uri}");
        assert!(etag.is_some());
        assert!(world.profile_of(Home::Partner, PARTNER_ID).await.contains(PARTNER_ID), "it is his");

        let issued = tokens(world).await.expect("step 8: he is expected");
        let held = travels(world, &issued).await.expect("both systems say yes");
        assert!(is_admitted(world));
        held.give_back().await;
        world.advance(std::time::Duration::from_secs(30)).await;
        assert!(!is_admitted(world), "he has gone home");

        let Response::RemoveMigrationUsers(response) = remove(world).await else {
            panic!("another response")
        };
        assert_eq!(response.result, Outcome::Success);
        assert!(tokens(world).await.is_none(), "he gets no tokens any more");
        let refused = travels(world, &issued).await.err();
        assert_eq!(refused, Some(Some(Cause::NotExpected)), "nor do those that he has been given help him");
        assert!(!is_admitted(world));
    });
}

#[test]
fn c10_17_5_2_a_user_whom_the_person_refuses_is_not_expected() {
    expecting_nobody().run(async |world| {
        let wish = Wish::AddUsers(vec![flows::user(DAVE)]);
        let response = arranged(world, wish, Answer::no(Some("not in this season".into()))).await;
        assert!(matches!(response.outcome(), Outcome::Failure(_)), "{response:?}");
        assert!(tokens(world).await.is_none());
    });
}

#[test]
fn c10_17_5_2_ladder_from_the_request_to_the_identity_that_the_user_has_there() {
    expecting_nobody().run(async |world| {
        world.give_template(Home::Partner).await;
        world.quiet().await;
        world.recording().ladder().clear();
        add(world).await;
        world.quiet().await;
        ladder::is_golden("acm_users", &world.ladder());
    });
}
