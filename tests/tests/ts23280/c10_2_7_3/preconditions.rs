//! Where one does not hold, who asked is told why, and nothing is stored.

use http::{Method, StatusCode, header};
use kit::Cause;
use mcx_tests::{Home, Setup, TwoSystems};

use super::steps::ask;
use crate::{GATEWAY_A, GATEWAY_B, groups::without_members_of};

fn refused(setup: Setup, status: StatusCode, cause: Cause) {
    setup.on_request().run(async move |world| {
        let fire = world.fire();
        world.define(&fire).await.unwrap();
        let answer = ask(world).await;
        assert_eq!((answer.status(), Cause::from_fields(answer.headers())), (status, Some(cause)));
        assert_eq!((world.stored(Home::Partner).await, world.offered(Home::Partner).await), (None, None));
    });
}

#[test]
fn precondition_request_the_group_is_defined_in_its_primary_system() {
    TwoSystems::new().on_request().run(async |world| {
        let answer = ask(world).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert_eq!(Cause::from_fields(answer.headers()), Some(Cause::UnknownGroup));
    });
}

#[test]
fn precondition_request_a_user_of_the_partner_is_a_member() {
    TwoSystems::new().on_request().run(async |world| {
        let own = without_members_of(&world.fire(), "partner.example");
        world.define(&own).await.unwrap();
        let answer = ask(world).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        assert_eq!(Cause::from_fields(answer.headers()), Some(Cause::NoMember));
        assert_eq!(world.stored(Home::Partner).await, None);
    });
}

#[test]
fn precondition_request_the_address_of_the_primarys_server_is_configured() {
    let setup = TwoSystems::new().with(Home::Partner, |config| {
        config.remove("groups.partner.0.xcap-root");
    });
    refused(setup, StatusCode::NOT_FOUND, Cause::NoAddress);
}

#[test]
fn precondition_request_the_partner_is_authorized_by_itself() {
    let setup = TwoSystems::new().with(Home::Partner, |config| {
        config.set("groups.partner.0.may-be-asked", false);
    });
    refused(setup, StatusCode::FORBIDDEN, Cause::NotPermitted);
}

#[test]
fn precondition_request_the_partner_is_authorized_by_the_primary() {
    let setup = TwoSystems::new().with(Home::Primary, |config| {
        config.set("groups.partner.0.may-request", false);
    });
    refused(setup, StatusCode::FORBIDDEN, Cause::NotPermitted);
}

#[test]
fn precondition_request_who_asks_is_an_mc_service_server_of_the_partner() {
    TwoSystems::new().on_request().run(async |world| {
        let fire = world.fire();
        world.define(&fire).await.unwrap();
        world.quiet().await;
        let (bob, path) = (world.group_client(Home::Partner, crate::BOB), world.group_path());
        let answer = bob.send(Method::GET, &path, bytes::Bytes::new()).await.unwrap();
        assert!(answer.status().is_client_error(), "{answer:?}");
        assert_eq!(world.offered(Home::Partner).await, None);
    });
}

#[test]
fn a_primary_that_cannot_be_reached_is_answered_503_and_the_group_arrives_later() {
    TwoSystems::new().on_request().run(async |world| {
        let fire = world.fire();
        world.define(&fire).await.unwrap();
        world.quiet().await;
        world.cut(GATEWAY_A, GATEWAY_B);
        let answer = ask(world).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key(header::RETRY_AFTER));
        world.network().mend();
        world.advance(std::time::Duration::from_secs(300)).await;
        assert_eq!(world.stored(Home::Partner).await, Some(crate::groups::adapted(&fire)));
    });
}

#[test]
fn precondition_request_nobody_asks_for_a_user_who_is_not_service_authorized() {
    TwoSystems::new().profiles().on_request().run(async |world| {
        let fire = world.fire();
        world.define(&fire).await.unwrap();
        // Erin is a member and never logs on.
        world.name_group(Home::Partner, crate::ERIN).await;
        world.advance(std::time::Duration::from_secs(60)).await;
        assert_eq!(world.steps(super::CLAUSE), []);
        assert_eq!(world.stored(Home::Partner).await, None);
    });
}
