//! 6.6 for migration: bodies are signed and encrypted between the MC service servers of both systems, through gateways that have no
//! key, and between each server and a user's terminal.

use clients::service::{Journey, NotMigrated};
use kit::Cause;
use mcx_tests::{Home, Setup, TwoSystems, flows};
use xml_schemas::{body::interconnection_info::McService, migration::ProfileIndex};

use crate::c6_6::{Secrets, passing};

const ABROAD: &str = "dave-abroad";
const IMPU: &str = "sip:dave-abroad.imsi@partner.example";

async fn travels(world: &TwoSystems) -> Result<(), Option<Cause>> {
    let client = world.client(ABROAD);
    client.log_on().await.map_err(|_| None)?;
    let journey = Journey {
        service: McService::Mcptt,
        primary: flows::user("sip:dave@primary.example"),
        profile: ProfileIndex(3),
    };
    let outcome = client.service().expect("a service client").migrate(&journey).await;
    outcome.map(drop).map_err(|why| match why {
        NotMigrated::NotTaken(stop) => Some(stop.cause()),
        NotMigrated::Refused(refusal) => refusal.code.and_then(Cause::from_code),
        NotMigrated::Unanswered => None,
    })
}

fn between_servers(setup: Setup, home: Home, agreed: toml::Value) -> Setup {
    setup.with(home, move |config| {
        config.set("service.migration.partner.0.protection", agreed);
    })
}

/// The partner's server shares this key with dave's terminal there.
fn with_client(setup: Setup, agreed: &toml::Value) -> Setup {
    let text = format!("impu = \"{IMPU}\"\nprotection = {agreed}\n");
    setup.with(Home::Partner, move |config| {
        config.add("service.client", &text);
    })
}

/// His terminal has this one.
fn of_client(setup: Setup, agreed: toml::Value) -> Setup {
    setup.with(Home::Partner, move |config| {
        config.set("client.dave-abroad.protection", agreed);
    })
}

#[test]
fn between_servers_a_user_migrates_with_bodies_signed_and_encrypted() {
    let secrets = Secrets::new();
    let setup = between_servers(passing(TwoSystems::new()), Home::Primary, secrets.agreed("30000001", 1));
    let setup = between_servers(setup, Home::Partner, secrets.agreed("30000001", 1));
    setup.run(async |world| {
        assert_eq!(travels(world).await, Ok(()));
    });
}

#[test]
fn between_servers_a_request_that_is_not_protected_as_agreed_is_refused_each_way_by_its_own_cause() {
    let wrong = [
        (Some(("30000002", 1)), Cause::UnknownKey),
        (Some(("30000001", 2)), Cause::ProtectionInvalid),
        (None, Cause::Unprotected),
    ];
    for (sends, cause) in wrong {
        let secrets = Secrets::new();
        let setup = between_servers(passing(TwoSystems::new()), Home::Primary, secrets.agreed("30000001", 1));
        let setup = match sends {
            Some((id, octet)) => between_servers(setup, Home::Partner, secrets.agreed(id, octet)),
            None => setup,
        };
        setup.run(async move |world| {
            assert_eq!(travels(world).await, Err(Some(cause)));
            let marks = world.service(Home::Primary).migrations().expect("configured").marks();
            assert!(marks.is_empty(), "nobody is marked");
        });
    }
}

#[test]
fn client_to_server_a_user_migrates_with_a_key_of_his_terminals() {
    let secrets = Secrets::new();
    let agreed = secrets.agreed("10000007", 7);
    let setup = of_client(with_client(TwoSystems::new(), &agreed), agreed.clone());
    setup.run(async |world| {
        assert_eq!(
            travels(world).await,
            Ok(()),
            "REGISTER, PUBLISH and the outcome are signed and encrypted"
        );
    });
}

#[test]
fn client_to_server_what_is_not_protected_as_agreed_is_refused() {
    let secrets = Secrets::new();
    let wrong = [
        (Some(secrets.agreed("10000008", 7)), Cause::UnknownKey),
        (Some(secrets.agreed("10000007", 8)), Cause::ProtectionInvalid),
        (None, Cause::Unprotected),
    ];
    for (has, cause) in wrong {
        let setup = with_client(TwoSystems::new(), &secrets.agreed("10000007", 7));
        let setup = match has {
            Some(agreed) => of_client(setup, agreed),
            None => setup,
        };
        setup.run(async move |world| {
            assert_eq!(travels(world).await, Err(Some(cause)));
        });
    }
}
