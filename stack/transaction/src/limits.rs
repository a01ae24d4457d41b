//! How much a table may hold.

use std::fmt;

/// The bounds of one table of transactions. Beyond them nothing is forgotten: new transactions are refused. Of a table of
/// server transactions one peer may hold half, so that it cannot use up what is there for all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Transactions, counting those that only wait for late copies.
    pub transactions: usize,
    /// Bytes of keys, requests and responses that are kept for them.
    pub bytes: usize,
}

impl Limits {
    /// What one peer may hold.
    pub(crate) fn half(self) -> Self {
        Self { transactions: self.transactions.div_ceil(2), bytes: self.bytes.div_ceil(2) }
    }
}

impl Default for Limits {
    /// 600,000 transactions: over 32 seconds of timer J, some 9,000 requests a second of one peer on one shard. 512 MiB.
    fn default() -> Self {
        Self { transactions: 600_000, bytes: 512 << 20 }
    }
}

/// The table is full. A request is answered 503 with Retry-After (RFC 3261 21.5.4), without state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Overload;

impl fmt::Display for Overload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the table of transactions is full")
    }
}

impl std::error::Error for Overload {}

/// Why no transaction was begun. The user is handed back.
#[derive(PartialEq, Eq, Debug)]
pub struct Refused<U>(pub Overload, pub U);
