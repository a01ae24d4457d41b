//! The time of day is put right while something waits by it: TS 23.280 clauses 10.2.7.2 and 10.2.7.3.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use std::time::Duration;

use http::Method;
use kit::testing::WebEnd;
use two_servers::{A, B, FIRE, From, World, fire};
use wire::WireError;

const ADMIN: From<'_> = From::User("sip:admin@a.example");

/// Everything that waits is begun within a minute, as after a restart, however far ahead the clock was.
#[test]
fn c10_2_7_2_a_clock_that_is_put_back_holds_up_no_provision_and_no_withdrawal() {
    let world = World::new();
    for (method, priority) in [(Method::PUT, Some(7)), (Method::DELETE, None)] {
        world.cut(WebEnd::Fails(WireError::Timeout));
        let changed = match priority {
            Some(priority) => world.define(FIRE, &fire(priority)),
            None => world.delete(A, ADMIN, FIRE),
        };
        assert!(changed.status().is_success(), "{changed:?}");
        world.wait(10);
        world.connect();
        let before = world.sent(&method);
        world.lab.put_back(Duration::from_secs(7200));
        world.wait(61);
        assert!(world.sent(&method) > before, "{method}");
        assert_eq!(world.offered(B, FIRE), priority.map(fire), "{method}");
    }
}
