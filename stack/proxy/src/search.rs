//! How long the target that is being tried may be silent before the next one is.
//! RFC 3261 clauses 16.6 and 17.1.2.2 · RFC 4320 clauses 4.1 and 4.2
//!
//! A request other than INVITE has to be answered before timer F of whoever sent it, which is as long as our own: to wait
//! for ours would leave no time for a second target. A procedure that awaits more than the answer has less time still. So
//! three copies of a datagram, at 0, 0.5 and 1.5 s (timer E), have to bring something; a stream has had as long by then.

use std::time::Duration;

/// How long a target may be silent at most.
const PATIENCE: Duration = Duration::from_secs(2);

/// Targets that are tried for one request, the first among them.
pub const TARGETS: usize = 8;

/// For each of so many targets, where `whole` is timer F: the time is shared so that the last one, too, can still answer.
#[must_use]
pub fn patience(targets: usize, whole: Duration) -> Duration {
    let shares = u32::try_from(targets.saturating_add(1)).unwrap_or(u32::MAX);
    PATIENCE.min(whole / shares)
}

#[cfg(test)]
mod tests;
