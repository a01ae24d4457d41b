//! `[acm.limits]`: how much may be open, or wait, at once, so that no partner and no user fills a server.
//!
//! ```toml
//! [acm.limits]
//! open-per-partner = 100000                      # requests of one partner without an end
//! open-per-initiator = 10000                     # those of one initiator, of a partner's or of our own
//! refused-per-partner = 100000                   # requests of one partner that were refused as they came, while they are known
//! ended-per-partner = 1000000                    # requests of one partner that have ended since, while they are kept
//! ended-per-initiator = 200000                   # those of one initiator, of a partner's or of our own
//! letters-per-partner = 100000                   # messages that one partner has still to accept
//! works-at-once = 16                             # decisions about one partner's requests, carried out at once
//! ```

use kit::config::Table;

/// How much may be open, or wait, at once, and of how much that has ended it is known what became of it; a request counts as one for
/// each 4 KiB of it that has begun, and, where it has ended, for as many of its answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Requests of one partner that have not come to an end.
    pub per_partner: usize,
    /// Those of one initiator, of a partner's or of our own.
    pub per_initiator: usize,
    /// Requests of one partner that were refused as they came, for as long as they are known.
    pub refused: usize,
    /// Requests of one partner that have ended since, for as long as they are kept.
    pub closed_per_partner: usize,
    /// Those of one initiator, of a partner's or of our own.
    pub closed_per_initiator: usize,
    /// Messages that one partner has still to accept.
    pub letters: usize,
    /// Decisions about one partner's requests that are carried out at once.
    pub works: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_partner: 100_000,
            per_initiator: 10_000,
            refused: 100_000,
            closed_per_partner: 1_000_000,
            closed_per_initiator: 200_000,
            letters: 100_000,
            works: 16,
        }
    }
}

/// More than any store holds.
const MOST: usize = 100_000_000;

impl Limits {
    /// Reads them from `[acm]`.
    pub(super) fn read(table: &Table<'_>) -> Self {
        let usual = Self::default();
        let read = table.table("limits", |limits| {
            Some(Self {
                per_partner: limits.within("open-per-partner", 1..=MOST, usual.per_partner),
                per_initiator: limits.within("open-per-initiator", 1..=MOST, usual.per_initiator),
                refused: limits.within("refused-per-partner", 1..=MOST, usual.refused),
                closed_per_partner: limits.within("ended-per-partner", 1..=MOST, usual.closed_per_partner),
                closed_per_initiator: limits.within(
                    "ended-per-initiator",
                    1..=MOST,
                    usual.closed_per_initiator,
                ),
                letters: limits.within("letters-per-partner", 1..=MOST, usual.letters),
                works: limits.within("works-at-once", 1..=1_000, usual.works),
            })
        });
        read.unwrap_or(usual)
    }
}
