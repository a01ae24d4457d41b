//! What steps are called.

/// Group information provision.
const GROUP_INFORMATION: &str = "10.17.4.2";
/// Users for migration.
const USERS: &str = "10.17.5.2";
/// User profile update.
const PROFILE: &str = "10.17.7.2";

/// A few words of ours for a step, where every entity that takes it does the same.
#[must_use]
pub fn words(clause: &str, number: u8) -> &'static str {
    match (clause, number) {
        ("10.9.3.10.2", 1) => "a requester asks its own location management server",
        ("10.9.3.10.2", 2) => "may the requester ask for each target?",
        ("10.9.3.10.2", 3) => "the primary's location management server asks the partner's",
        ("10.9.3.10.2", 4) => "may each target's location be told to the requesting system?",
        ("10.9.3.10.2", 5) => "the locations are brought up to date (10.9.3.2)",
        ("10.9.3.10.2", 6) => "the partner's location management server reports to the primary's",
        ("10.9.3.10.2", 7) => "the requester gets the report",
        ("10.9.3.2", 1) => "the target's location management client is asked",
        ("10.9.3.2", 2) => "the user is asked for permission",
        ("10.9.3.2", 3) => "the client reports, and what is known of the target is brought up to date",
        ("10.2.7.2", 1) => "the primary's group management server provides the group, as its policy has it",
        ("10.2.7.2", 2) => "the partner's policy modifies the group",
        ("10.2.7.2", 3) | ("10.2.7.3", 5) => "the modified group is stored beside what was provided",
        ("10.2.7.2", 4) | ("10.2.7.3", 6) => "MC service servers that subscribed are notified",
        ("10.2.7.2", 5) => "the partner says that the group is received and stored",
        ("10.2.7.3", 1) => "an MC service server asks its own group management server",
        ("10.2.7.3", 2) => "the partner's group management server asks the primary's",
        ("10.2.7.3", 3) => "the primary's group management server provides the group, as its policy has it",
        ("10.2.7.3", 4) => "the partner's policy modifies the group",
        ("10.6.3.3", 1) => "the client asks to work here, with both IDs and the profile",
        ("10.6.3.3", 2) => "is the user expected from that system?",
        ("10.6.3.3", 3) => "the partner's MC service server asks the primary's",
        ("10.6.3.3", 6) => "may the user migrate there with that profile?",
        ("10.6.3.3", 7) => "the user is marked as migrated, and the system recorded",
        ("10.6.3.3", 8) => "the primary's MC service server answers the partner's",
        ("10.6.3.3", 11) => "the client is told: migrated, and authorized here",
        (GROUP_INFORMATION, number) => group_information(number),
        (USERS | PROFILE, number) => users(number),
        _ => "",
    }
}

/// The same for a step that the text cuts into parts, each taken by somebody else.
#[must_use]
pub fn words_of_part(clause: &str, number: u8, part: char) -> &'static str {
    match (clause, number, part) {
        (GROUP_INFORMATION, 4, 'a') => "(4a) the partner's ACM server verifies and stores the request",
        (GROUP_INFORMATION, 4, 'b') => "(4b) the primary is told that the request is stored, or in process",
        (USERS | PROFILE, 4, 'a') => "the partner's ACM server verifies and stores the request",
        (USERS | PROFILE, 4, 'b') => "the primary is told that the request is stored, or in process",
        (GROUP_INFORMATION, 7, 'a') => "(7a) the client of the one who is asked is told that a request waits",
        (GROUP_INFORMATION, 7, 'b') => "(7b) his client asks what waits",
        (GROUP_INFORMATION, 13, 'a') => "(13a) the initiator's client is told that a response waits",
        (GROUP_INFORMATION, 13, 'b') => "(13b) his client asks what waits",
        _ => words(clause, number),
    }
}

/// What the procedures of administration begin with (TS 23.280 10.17).
fn asked(number: u8) -> &'static str {
    match number {
        1 => "a user asks his own ACM server",
        2 => "may he ask that?",
        3 => "the primary's ACM server hands it on to the partner's",
        4 => "the partner's ACM server verifies and stores it, and says so",
        _ => "",
    }
}

fn group_information(number: u8) -> &'static str {
    match number {
        5 => "the initiator logs off",
        6 => "the one who is asked logs on",
        7 => "his client is notified, and asks what waits",
        8 => "the stored request reaches his client",
        9 => "he answers",
        10 => "the partner's ACM server returns the response",
        11 => "the primary's ACM server stores it",
        12 => "the initiator logs on",
        13 => "his client is notified, and asks what waits",
        14 => "the response reaches the initiator",
        _ => asked(number),
    }
}

fn users(number: u8) -> &'static str {
    match number {
        5 => "the request reaches the client of the one who is asked",
        6 => "he decides",
        7 => "he answers",
        8 => "the partner's ACM server returns the response",
        9 => "the primary's ACM server stores it",
        10 => "the response reaches the initiator",
        _ => asked(number),
    }
}
