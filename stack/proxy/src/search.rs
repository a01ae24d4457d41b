//! How long the target that is being tried may be silent before the next one is.
//! RFC 3261 clauses 16.6 and 17.1.2.2 · RFC 4320 clauses 4.1 and 4.2
//!
//! A request other than INVITE has to be answered before timer F of whoever sent it, which is as long as our own. To wait
//! for ours would leave no time for a second target. A server that is there has said 100 at the latest when timer E has
//! grown to T2 (RFC 4320 4.1), so that who is silent for longer is not there.

use std::time::Duration;

/// Targets that are tried for one request, the first among them: with more, none would have the time that RFC 4320 gives it.
pub const TARGETS: usize = 8;

/// For each of so many targets, where `whole` is timer F and `most` is T2: the time is shared so that the last one, too, can
/// still answer.
#[must_use]
pub fn patience(targets: usize, most: Duration, whole: Duration) -> Duration {
    let shares = u32::try_from(targets.saturating_add(1)).unwrap_or(u32::MAX);
    most.min(whole / shares)
}

#[cfg(test)]
mod tests;
