//! Log-on and log-off through the SIP core reach the servers: TS 24.229 5.4.1.7, TS 24.379 7.3.2.

use std::time::Duration;

use kit::Cause;
use mcx_tests::{Home, TwoSystems, causes, located};

use crate::{BOB, LMS_B};

#[test]
fn log_on_and_log_off_reach_the_servers() {
    TwoSystems::new().logged_off(Home::Partner, "bob").run(async |world| {
        let is_logged_on =
            || world.service(Home::Partner).logged_on().iter().any(|user| user.as_str() == BOB);
        assert!(!is_logged_on());
        assert_eq!(causes(&world.ask("alice", &[BOB]).await.unwrap()), [Some(Cause::LoggedOff)]);
        world.client("bob").log_on().await.unwrap();
        world.quiet().await;
        assert!(is_logged_on());
        assert_eq!(located(&world.ask("alice", &[BOB]).await.unwrap()), [BOB]);
        world.client("bob").log_off().await.unwrap();
        world.quiet().await;
        assert!(!is_logged_on());
        assert_eq!(causes(&world.ask("alice", &[BOB]).await.unwrap()), [Some(Cause::LoggedOff)]);
    });
}

#[test]
fn a_terminal_that_is_gone_is_logged_off_when_its_registration_ends() {
    TwoSystems::new().run(async |world| {
        world.stop("bob").await;
        world.advance(Duration::from_secs(3700)).await;
        assert_eq!(causes(&world.ask("alice", &[BOB]).await.unwrap()), [Some(Cause::LoggedOff)]);
    });
}

#[test]
fn a_terminal_stays_logged_on() {
    TwoSystems::new().run(async |world| {
        world.advance(Duration::from_secs(4 * 3600)).await;
        assert_eq!(located(&world.ask("alice", &[BOB]).await.unwrap()), [BOB]);
    });
}

#[test]
fn a_restarted_server_asks_for_users_of_whom_it_has_not_heard_yet() {
    TwoSystems::new().run(async |world| {
        world.restart(LMS_B).await;
        assert_eq!(located(&world.ask("alice", &[BOB]).await.unwrap()), [BOB], "the SIP core knows him");
        world.stop("bob").await;
        world.restart(LMS_B).await;
        assert_eq!(causes(&world.ask("alice", &[BOB]).await.unwrap()), [Some(Cause::LoggedOff)]);
    });
}
