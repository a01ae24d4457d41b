//! TS 24.379, clause by clause: the MC gateway server, between real neighbours.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "tests fail loudly")]

mod c6_6;
mod c6_6_migration;
mod c6_8_2;
mod c6_8_3;
mod leaks;
mod subscriptions;

use kit::Cause;
use sip::{Message, Name};

const ALICE: &str = "sip:alice@primary.example";
const BOB: &str = "sip:bob@partner.example";
const OURS: &str = "sip:lms_psi@primary.example";
const THEIRS: &str = "sip:lms_psi@partner.example";
const LMS_A: &str = "lms1.core.primary.example";

/// What a response refuses with.
fn refusal(answer: &Message) -> (Option<u16>, Cause) {
    (answer.status(), Cause::from_response(answer))
}

fn text(message: &Message, name: Name) -> String {
    String::from_utf8_lossy(message.header(name).unwrap_or_default()).into_owned()
}

/// Whether the Warning says the numbered text 179 (TS 24.379 4.4.2).
fn says_179(answer: &Message) -> bool {
    text(answer, Name::Warning).contains("179 service not authorized with the interconnected system")
}
