//! Requests to functional aliases: active on one client, on several, on none. Clients, SIP cores, functional
//! alias controlling servers, ACM servers and gateways of both systems. TS 23.280 10.17.7.2 step 4

use std::time::Duration;

use clients::acm::Answer;
use mcx_tests::{Home, Setup, TwoSystems, ladder};
use xml_schemas::{
    acm::{Addressee, Outcome},
    ids::FunctionalAlias,
};

use crate::administration::{Ear, answered, asks_of, decides_as, fire, given, logs_off};

pub fn role(home: Home) -> FunctionalAlias {
    FunctionalAlias::new(&format!("sip:dispatcher@{}", home.domain())).unwrap()
}

/// From now on he holds his system's role, perhaps in another's stead.
pub async fn activates(world: &TwoSystems, home: Home, who: &str) {
    let client = world.client(who).aliases().expect("a client of aliases");
    client.activate(&[role(home)], false).await.unwrap();
    world.quiet().await;
}

/// Alice asks whoever holds the partner's role.
async fn asks(world: &TwoSystems) {
    asks_of(world, Addressee::Alias(role(Home::Partner)), None, fire(world)).await.unwrap();
}

/// Users who activate functional aliases.
pub fn with_roles(setup: Setup) -> Setup {
    Home::BOTH.into_iter().fold(setup, |setup, home| {
        setup.with(home, move |config| {
            for user in config.keys("client") {
                config
                    .set(&format!("client.{user}.alias-server"), format!("sip:alias_psi@{}", home.domain()));
            }
        })
    })
}

fn run(test: impl AsyncFnOnce(&mut TwoSystems)) {
    with_roles(TwoSystems::new().administration()).run(test);
}

#[test]
fn c10_17_alias_active_on_one_client_is_given_the_request_and_answers() {
    run(async |world| {
        world.recording().ladder().clear();
        activates(world, Home::Partner, "carol").await;
        let (mut alice, mut bob) = (Ear::of(world, "alice"), Ear::of(world, "bob"));
        let mut carol = Ear::of(world, "carol");
        asks(world).await;
        assert!(bob.heard().is_empty(), "he does not hold it");
        let request = given(world, "carol", &mut carol).await;
        decides_as(world, "carol", &request, Answer::yes()).await;
        let response = answered(world, "alice", &mut alice).await;
        assert_eq!(*response.outcome(), Outcome::Success);
        assert_eq!(response.heading().handler.id.as_str(), "sip:carol@partner.example");
        world.quiet().await;
        ladder::is_golden("acm_alias_one", &world.ladder());
    });
}

/// Bob, by two terminals: the second has registered last, and is what anything for him is tried at first.
#[test]
fn c10_17_alias_active_on_two_clients_of_a_user_is_one_of_them_and_the_other_when_that_one_leaves() {
    let setup = TwoSystems::new().administration().with(Home::Partner, |config| {
        config.copy("client.bob", "client.field");
        for (name, number) in [("bob", 1), ("field", 2)] {
            config
                .set(
                    &format!("client.{name}.client-id"),
                    format!("urn:uuid:00000000-0000-4000-8000-00000000000{number}"),
                )
                .set(
                    &format!("client.{name}.instance"),
                    format!("urn:uuid:00000000-0000-4000-8000-00000000001{number}"),
                );
        }
    });
    with_roles(setup).run(async |world| {
        for terminal in ["bob", "field"] {
            activates(world, Home::Partner, terminal).await;
        }
        world.recording().ladder().clear();
        let mut alice = Ear::of(world, "alice");
        let [mut bob, mut field] = ["bob", "field"].map(|terminal| Ear::of(world, terminal));
        asks(world).await;
        given(world, "bob", &mut bob).await;
        assert!(field.heard().is_empty(), "exactly one of them, and that was the first");
        logs_off(world, "bob").await;
        let request = given(world, "field", &mut field).await;
        decides_as(world, "field", &request, Answer::yes()).await;
        let response = answered(world, "alice", &mut alice).await;
        assert_eq!(response.heading().handler.id.as_str(), "sip:bob@partner.example");
        world.quiet().await;
        ladder::is_golden("acm_alias_two_clients", &world.ladder());
    });
}

#[test]
fn c10_17_alias_active_on_several_gives_it_to_one_and_to_the_other_when_that_one_leaves() {
    run(async |world| {
        for who in ["bob", "carol"] {
            activates(world, Home::Partner, who).await;
        }
        world.recording().ladder().clear();
        let (mut alice, mut bob) = (Ear::of(world, "alice"), Ear::of(world, "bob"));
        let mut carol = Ear::of(world, "carol");
        asks(world).await;
        given(world, "bob", &mut bob).await;
        assert!(carol.heard().is_empty(), "exactly one of them, and he was the first");
        logs_off(world, "bob").await;
        let request = given(world, "carol", &mut carol).await;
        decides_as(world, "carol", &request, Answer::yes()).await;
        let response = answered(world, "alice", &mut alice).await;
        assert_eq!(response.heading().handler.id.as_str(), "sip:carol@partner.example");
        world.quiet().await;
        ladder::is_golden("acm_alias_several", &world.ladder());
    });
}

#[test]
fn c10_17_alias_active_on_none_waits_for_the_next_activation() {
    run(async |world| {
        world.recording().ladder().clear();
        let (mut alice, mut bob) = (Ear::of(world, "alice"), Ear::of(world, "bob"));
        asks(world).await;
        world.advance(Duration::from_secs(20 * 60)).await;
        assert!(bob.heard().is_empty(), "nobody is given it");
        activates(world, Home::Partner, "bob").await;
        let request = given(world, "bob", &mut bob).await;
        decides_as(world, "bob", &request, Answer::yes()).await;
        let response = answered(world, "alice", &mut alice).await;
        assert_eq!(*response.outcome(), Outcome::Success);
        world.quiet().await;
        ladder::is_golden("acm_alias_none", &world.ladder());
    });
}
