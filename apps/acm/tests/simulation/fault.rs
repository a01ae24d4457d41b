//! Stores, and servers beside, that do not do what they have to: the simulation sees each of them.

use store::Change;

/// What is wrong with every store of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Nothing is wrong, and the run is as one with a fault that needs a crowd.
    Nothing,
    /// A commit is acknowledged before it is on the disk: a process that ends takes the last ones with it.
    EarlyWord,
    /// Nobody looks whether what a commit was made for still holds.
    NoConditions,
    /// Now and then what a partner has still to be told is not kept with the act that it tells of.
    NoLetter,
    /// Now and then what is still to be done is not kept with the decision.
    NoWork,
    /// It is not kept which decision about a user comes before which.
    NoNext,
    /// The servers beside take what comes late as if it were said now.
    LateWords,
    /// Now and then a request is not kept for those whom it waits for.
    NoWaiting,
    /// Now and then a case stays as it was, whatever else the commit says.
    OldCase,
    /// Now and then what has been told, or done, stays to be told or done.
    NoDeletion,
    /// Now and then an act is kept without its entry in the audit log.
    NoEntry,
}

impl Fault {
    pub const ALL: [Self; 10] = [
        Self::EarlyWord,
        Self::NoConditions,
        Self::NoLetter,
        Self::NoWork,
        Self::NoNext,
        Self::LateWords,
        Self::NoWaiting,
        Self::OldCase,
        Self::NoDeletion,
        Self::NoEntry,
    ];

    /// Whether it shows only where several processes carry out what is about one user.
    pub fn needs_a_crowd(self) -> bool {
        matches!(self, Self::Nothing | Self::NoNext | Self::LateWords)
    }

    /// Of so many such changes one gets lost.
    pub fn share(self) -> u64 {
        if self == Self::NoNext { 1 } else { 8 }
    }

    /// Whether it is such a change that gets lost.
    pub fn drops(self, change: &Change) -> bool {
        let of = |key: &[u8], kinds: &[&str]| kinds.iter().any(|kind| key.starts_with(kind.as_bytes()));
        match change {
            Change::Put { key, .. } => match self {
                Self::NoLetter => of(key, &["acm/letter/"]),
                Self::NoWork => of(key, &["acm/work/"]),
                Self::NoNext => of(key, &["acm/next/"]),
                Self::NoWaiting => of(key, &["acm/wait/", "acm/role/"]),
                Self::OldCase => of(key, &["acm/case/"]),
                Self::NoEntry => super::log::is_entry(key),
                Self::Nothing | Self::EarlyWord | Self::NoConditions | Self::NoDeletion | Self::LateWords => {
                    false
                }
            },
            Change::Delete { key } => self == Self::NoDeletion && of(key, &["acm/letter/", "acm/work/"]),
        }
    }
}
