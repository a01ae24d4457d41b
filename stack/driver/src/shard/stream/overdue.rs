//! How long a connection may go on as it is, and when it is looked at next.
//! RFC 5626 clauses 3.5.1 and 4.4.1

use std::time::{Duration, Instant};

use super::{Connection, ENDED};

/// How long a peer may take to answer a sign of life (RFC 5626 clause 4.4.1).
const PONG: Duration = Duration::from_secs(10);

/// RFC 3261 has no such time; a client that connects has something to say.
const SILENT: &str = "no first message";

impl Connection {
    /// RFC 5626 clause 3.5.1: a double CRLF, which the other end answers with one.
    pub(super) fn keep_alive(&mut self) {
        let now = self.shard.common.env.clock.now();
        if self.ping.is_some_and(|due| due <= now) {
            self.link.write(b"\r\n\r\n");
            // Whoever has never answered one may not know them, as nobody has agreed on them.
            self.pong = self.link.has_ponged.get().then(|| now + PONG);
            self.ping = Some(now + self.shard.common.config.limits.keep_alive);
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        let limits = &self.shard.common.config.limits;
        let idle = self.link.last_used.get() + limits.idle;
        let now = self.shard.common.env.clock.now();
        // A connection that is silent but in use is looked at again after another such time.
        let idle = if idle <= now { now + limits.idle } else { idle };
        let idle = self.ping.map_or(idle, |due| idle.min(due));
        let idle = self.pong.map_or(idle, |due| idle.min(due));
        let idle = self.link.ends().map_or(idle, |ends| idle.min(ends));
        let idle = self.first.map_or(idle, |due| idle.min(due));
        let incomplete = self.incomplete.filter(|_| !self.is_held_back);
        incomplete.map_or(idle, |since| idle.min(since + limits.incomplete))
    }

    pub(super) fn overdue(&self) -> Option<&'static str> {
        let limits = &self.shard.common.config.limits;
        let now = self.shard.common.env.clock.now();
        if self.link.ends().is_some_and(|ends| ends <= now) {
            return Some(ENDED);
        }
        if self.pong.is_some_and(|due| due <= now) {
            return Some("no answer to a sign of life");
        }
        if self.first.is_some_and(|due| due <= now) {
            self.shard.common.metrics.dropped(SILENT);
            return Some(SILENT);
        }
        let is_late = |since: Instant| since + limits.incomplete <= now;
        if !self.is_held_back && self.incomplete.is_some_and(is_late) {
            return Some("a message took too long to arrive");
        }
        let is_idle = self.link.last_used.get() + limits.idle <= now;
        (is_idle && !self.link.is_in_use()).then_some("idle")
    }
}
