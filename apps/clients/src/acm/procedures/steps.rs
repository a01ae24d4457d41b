//! The numbers that a client's steps have in each procedure.

use xml_schemas::acm::Kind;

/// Which step is which.
pub(super) struct Steps {
    /// The procedure's clause.
    pub clause: &'static str,
    /// The initiator's client asks.
    pub ask: u8,
    /// The request reaches the target's client.
    pub arrive: u8,
    /// The target decides, where that is a step of its own.
    pub decide: Option<u8>,
    /// The target's client answers.
    pub answer: u8,
    /// The response reaches the initiator's client.
    pub end: u8,
}

/// Those of a procedure.
pub(super) fn of(kind: Kind) -> Steps {
    let clause = kind.clause();
    match kind {
        Kind::GroupInformationProvision => {
            Steps { clause, ask: 1, arrive: 8, decide: None, answer: 9, end: 14 }
        }
        Kind::GroupMembershipUpdate
        | Kind::AddMigrationUsers
        | Kind::RemoveMigrationUsers
        | Kind::UserProfileUpdate => Steps { clause, ask: 1, arrive: 5, decide: Some(6), answer: 7, end: 10 },
    }
}
