//! What a verification says.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Head;

/// What became of a verification.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// The chain, by its name.
    pub name: String,
    /// How many entries were read.
    pub entries: u64,
    /// How many signed ends were compared: the last, those kept on the way, those that partners kept.
    pub heads: u64,
    /// How many receipts and signed ends of partners were checked.
    pub witnesses: u64,
    /// How many entries have been committed with their act and wait for their place.
    pub waiting: usize,
    /// Whether the end is signed. Where not, nothing here tells of a chain that was written anew.
    pub is_signed: bool,
    /// Where it says that it ends.
    pub end: Option<Head>,
    /// What is wrong, in the order in which it was found.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Something that is not as it was written, and where.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "finding")]
pub enum Finding {
    /// The record that says where the chain ends is missing or cannot be read.
    NoEnd,
    /// An entry is not the one that was written.
    Altered {
        /// Its number.
        seq: u64,
    },
    /// Entries are missing.
    Missing {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// An entry stands in another's place.
    Moved {
        /// Where it stands.
        seq: u64,
        /// Where it was written.
        was: u64,
    },
    /// Something lies among the entries that is none.
    Stray,
    /// The chain ends before an end that was signed or recorded.
    Truncated {
        /// The last entry that is there.
        last: u64,
        /// The last that there was.
        was: u64,
        /// Who says so.
        by: Witness,
    },
    /// The links fit, but not to an end that was signed: the chain was written anew somewhere in between.
    Rewritten {
        /// Up to here it is what was signed.
        after: u64,
        /// From here at the latest it is not.
        at: u64,
        /// Who says so.
        by: Witness,
    },
    /// A signed end does not carry its signature.
    Forged {
        /// Of which entry it is the end.
        seq: u64,
        /// Who kept it.
        by: Witness,
    },
    /// An end is signed with a key that is not trusted.
    UnknownKey {
        /// Of which entry it is the end.
        seq: u64,
    },
    /// What a partner has signed in this chain is not signed with a key of his.
    UnknownPartnerKey {
        /// The entry that holds it.
        seq: u64,
    },
    /// The end was signed once, and is not any more.
    Unsigned,
    /// A partner's receipt in this chain is not of what was sent, or is not signed by him.
    BadReceipt {
        /// The entry that holds it.
        seq: u64,
    },
    /// A partner's signed end in this chain is not signed by him, or contradicts one that he gave before.
    BadPartnerHead {
        /// The entry that holds it.
        seq: u64,
    },
}

/// Who knows where the chain ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Witness {
    /// The record of its end.
    End,
    /// A signed end that was kept on the way.
    Checkpoint,
    /// A partner.
    Partner,
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::End => "the record of its end",
            Self::Checkpoint => "an end that was signed on the way",
            Self::Partner => "an end that a partner kept",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEnd => f.write_str("the record of the chain's end is missing or cannot be read"),
            Self::Altered { seq } => write!(f, "entry {seq} is not as it was written"),
            Self::Missing { from, to } if from == to => write!(f, "entry {from} is missing"),
            Self::Missing { from, to } => write!(f, "entries {from} to {to} are missing"),
            Self::Moved { seq, was } => write!(f, "in the place of entry {seq} stands entry {was}"),
            Self::Stray => f.write_str("something lies among the entries that is none"),
            Self::Truncated { last, was, by } => {
                write!(f, "the chain ends with entry {last}, and by {by} it had entry {was}")
            }
            Self::Rewritten { after, at, by } => {
                write!(f, "by {by}, the chain was written anew between entry {after} and entry {at}")
            }
            Self::Forged { seq, by } => write!(f, "{by} at entry {seq} does not carry its signature"),
            Self::UnknownKey { seq } => {
                write!(f, "the end at entry {seq} is signed with a key that is not trusted")
            }
            Self::UnknownPartnerKey { seq } => {
                write!(f, "what a partner has signed in entry {seq} is not signed with a key of his")
            }
            Self::Unsigned => f.write_str("the record of the chain's end has lost its signature"),
            Self::BadReceipt { seq } => {
                write!(f, "the receipt in entry {seq} is not of what was sent, or not the partner's")
            }
            Self::BadPartnerHead { seq } => {
                write!(f, "the partner's end in entry {seq} is not his, or contradicts one before")
            }
        }
    }
}
