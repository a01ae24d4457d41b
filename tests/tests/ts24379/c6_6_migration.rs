//! 6.6 for migration: bodies are signed and encrypted between the MC service servers of both systems, through gateways that have no
//! key, and between each server and a user's terminal.

use clients::service::{Journey, NotMigrated};
use kit::Cause;
use mcx_tests::{Home, Setup, TwoSystems, flows};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::RequestId,
    migration::{Correlation, MigrationServiceAuthorizationRequest, ProfileIndex},
};

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

/// As the partner's gateway sees it, which has no key.
#[test]
fn between_servers_nobody_on_the_way_reads_whether_a_user_may_migrate() {
    const THERE: &str = "sip:mcptt_psi@partner.example";
    const HERE: &str = "sip:mcptt_psi@primary.example";
    for (sending, is_clear) in [("sign", true), ("sign-and-encrypt", false)] {
        let secrets = Secrets::new();
        let mut agreed = secrets.agreed("30000001", 1);
        let table = agreed.as_table_mut().expect("a table");
        table.insert("send".to_owned(), sending.into());
        table.insert("required".to_owned(), false.into());
        let setup = passing(TwoSystems::new().without_system(Home::Partner));
        between_servers(setup, Home::Primary, agreed).run(async move |world| {
            let partner = world.play_border(Home::Partner);
            let asked = MigrationServiceAuthorizationRequest {
                correlation: Correlation::named(RequestId::new("m1").expect("is one")),
                service: McService::Mcptt,
                partner: flows::user("sip:dave-abroad@partner.example"),
                primary: flows::user("sip:dave@primary.example"),
                profile: ProfileIndex(3),
            };
            let border = world.border_of(Home::Primary);
            let sent = partner.send(partner.message(&asked, THERE, HERE), &border).await.expect("answered");
            assert_eq!(sent.status(), Some(200));
            world.quiet().await;
            let received = partner.received();
            let all = received.iter().map(|octets| String::from_utf8_lossy(octets));
            let answer = all.into_iter().find(|text| text.contains("migration-auth-result"));
            let answer = answer.expect("the primary system answers");
            assert_eq!(answer.contains("<mcpttBoolean>true</mcpttBoolean>"), is_clear, "{answer}");
            assert_eq!(answer.contains("<migration-auth-result type=\"Encrypted\">"), !is_clear, "{answer}");
            for clear in ["sip:dave-abroad@partner.example", "sip:dave@primary.example", "m1"] {
                assert!(answer.contains(clear), "gateways go by {clear}: {answer}");
            }
        });
    }
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
