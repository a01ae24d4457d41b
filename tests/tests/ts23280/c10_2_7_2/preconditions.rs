//! Where one does not hold, the partner stores nothing, and its refusal is told.

use http::{Method, StatusCode};
use kit::Cause;
use mcx_tests::{Home, Setup, Topology, TwoSystems};

use super::CLAUSE;
use crate::{GATEWAY_A, GMS_B, groups::share};

/// The group is defined and does not arrive; why, as the primary's administrator sees it.
fn refused(setup: Setup, expected: &'static str) {
    setup.run(async |world| {
        let fire = world.fire();
        assert_eq!(world.define(&fire).await.unwrap().status(), StatusCode::CREATED);
        world.quiet().await;
        assert_eq!(share(world).await["last"], expected);
        nothing_there(world).await;
    });
}

async fn nothing_there(world: &TwoSystems) {
    assert_eq!((world.stored(Home::Partner).await, world.offered(Home::Partner).await), (None, None));
    let taken = world.steps(CLAUSE).into_iter().filter(|(_, step)| *step > 2);
    assert_eq!(taken.collect::<Vec<_>>(), []);
}

#[test]
fn precondition_provide_the_group_is_defined_in_its_primary_system() {
    TwoSystems::new().run(async |world| {
        let (administrator, group) = (world.administrator(Home::Primary), world.group());
        let path = format!("/mcx/groups/shares/partner.example/{group}");
        let refused = administrator.send(Method::PUT, &path, bytes::Bytes::new()).await.unwrap();
        assert_eq!(refused.status(), StatusCode::NOT_FOUND);
        assert_eq!(Cause::from_fields(refused.headers()), Some(Cause::UnknownGroup));
        nothing_there(world).await;
    });
}

#[test]
fn precondition_provide_members_are_defined_in_the_partner_system() {
    TwoSystems::new().run(async |world| {
        let own = crate::groups::without_members_of(&world.fire(), "partner.example");
        world.define(&own).await.unwrap();
        world.quiet().await;
        assert_eq!(share(world).await, serde_json::Value::Null);
        nothing_there(world).await;
    });
}

#[test]
fn precondition_provide_the_address_of_the_partners_server_is_configured() {
    refused(
        TwoSystems::new().with(Home::Primary, |config| {
            config.remove("groups.partner.0.xcap-root");
        }),
        Cause::NoAddress.name(),
    );
}

#[test]
fn precondition_provide_the_primary_is_authorized_by_itself() {
    TwoSystems::new()
        .with(Home::Primary, |config| {
            config.set("groups.partner.0.may-be-provided", false);
        })
        .run(async |world| {
            let fire = world.fire();
            world.define(&fire).await.unwrap();
            world.quiet().await;
            nothing_there(world).await;
        });
}

#[test]
fn precondition_provide_the_primary_is_authorized_by_the_partner() {
    refused(
        TwoSystems::new().with(Home::Partner, |config| {
            config.set("groups.partner.0.may-provide", false);
        }),
        Cause::NotPermitted.name(),
    );
}

#[test]
fn precondition_provide_both_gateways_have_agreed_to_it() {
    for (home, key) in [(Home::Primary, "outbound"), (Home::Partner, "inbound")] {
        TwoSystems::new()
            .with(home, move |config| {
                let only = vec!["GET org.openmobilealliance.groups"];
                config.set(&format!("gateway.partner.0.xcap.{key}"), only);
            })
            .run(async |world| {
                let fire = world.fire();
                world.define(&fire).await.unwrap();
                world.quiet().await;
                nothing_there(world).await;
                assert_eq!(share(world).await["state"], "refused");
            });
    }
}

#[test]
fn a_partner_that_cannot_be_reached_is_provided_when_it_can() {
    for topology in [Topology::Hidden, Topology::Direct] {
        TwoSystems::new().topology(topology).run(async |world| {
            let near = if topology == Topology::Hidden { GATEWAY_A } else { crate::GMS_A };
            let far = if topology == Topology::Hidden { crate::GATEWAY_B } else { GMS_B };
            world.cut(near, far);
            let fire = world.fire();
            world.define(&fire).await.unwrap();
            world.quiet().await;
            nothing_there(world).await;
            world.network().mend();
            world.advance(std::time::Duration::from_secs(900)).await;
            assert_eq!(world.stored(Home::Partner).await, Some(crate::groups::adapted(&fire)));
        });
    }
}
