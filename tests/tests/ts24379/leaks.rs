//! What leaves a system that hides its topology names nothing of its inside: not in requests, not in responses, not in
//! certificates. 6.8.2 step 3, as a property of every octet.

mod certificates;
mod http;
mod procedure;
mod property;

/// Names, addresses and ports behind the border of the primary system, and the users' identities at its SIP core.
const INSIDE: [&str; 11] = [
    "core.primary",
    "lms1",
    "mcs1",
    "gms1",
    "sip-core",
    "tester",
    "device",
    "10.0.1.",
    ":5060",
    ":5062",
    ".imsi",
];

/// The first thing of the inside that these octets name.
fn named(octets: &[u8]) -> Option<(&'static str, String)> {
    let text = String::from_utf8_lossy(octets).to_ascii_lowercase();
    INSIDE.into_iter().find(|name| text.contains(name)).map(|name| (name, text))
}
