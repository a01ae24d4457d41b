//! How long a connection may go on as it is.
//!
//! Nothing is timed request by request. A connection notes what it is doing; its task looks now and then whether that
//! has taken too long.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wire::Clock;

use super::{HttpLimits, head::Heads};
use crate::net::Io;

/// What a connection is doing, and since when.
pub(super) struct Pulse {
    clock: Arc<dyn Clock>,
    doing: Mutex<Doing>,
}

struct Doing {
    /// Requests that have not been answered.
    requests: usize,
    /// When the last was answered.
    answered: Instant,
    /// When the head that is arriving began, or began to be awaited.
    head: Option<Instant>,
    /// Whether something of it has come.
    has_begun: bool,
    /// Since when the peer takes nothing.
    blocked: Option<Instant>,
}

/// Why a connection is closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Overdue {
    /// Nobody is waiting for anything: it may end in good order.
    Idle,
    /// A head has not arrived in time.
    SlowHead,
    /// What waits for the peer has not been read in time.
    Unread,
    /// The peer's certificate has ended.
    Ended,
}

impl Overdue {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::SlowHead => "head too slow",
            Self::Unread => "unread",
            Self::Ended => "certificate ended",
        }
    }
}

impl Pulse {
    /// Of a connection on which a first head is awaited.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        let now = clock.now();
        let doing = Doing { requests: 0, answered: now, head: Some(now), has_begun: false, blocked: None };
        Arc::new(Self { clock, doing: Mutex::new(doing) })
    }

    /// A request has arrived; it is under way for as long as the answer lives.
    pub(super) fn begin(self: &Arc<Self>) -> Busy {
        let mut doing = self.doing.lock();
        doing.requests = doing.requests.saturating_add(1);
        (doing.head, doing.has_begun) = (None, false);
        Busy(self.clone())
    }

    fn has_read(&self) {
        let mut doing = self.doing.lock();
        if doing.requests == 0 {
            doing.has_begun = true;
            if doing.head.is_none() {
                doing.head = Some(self.clock.now());
            }
        }
    }

    /// Whether nothing has been asked that has not been answered, as far as it has come.
    pub(super) fn rests(&self) -> bool {
        let doing = self.doing.lock();
        doing.requests == 0 && !doing.has_begun
    }

    /// Whether part of a head has come and nothing is answered.
    pub(super) fn is_in_a_head(&self) -> bool {
        let doing = self.doing.lock();
        doing.requests == 0 && doing.has_begun
    }

    fn has_written(&self, is_blocked: bool) {
        let mut doing = self.doing.lock();
        match (is_blocked, doing.blocked) {
            (true, None) => doing.blocked = Some(self.clock.now()),
            (false, Some(_)) => doing.blocked = None,
            _ => {}
        }
    }

    /// What has taken too long, or how long to wait before looking again.
    pub(super) fn look(&self, limits: &HttpLimits) -> Result<Duration, Overdue> {
        let doing = self.doing.lock();
        let now = self.clock.now();
        let over = |since: Instant, limit| now.saturating_duration_since(since) >= limit;
        if doing.blocked.is_some_and(|since| over(since, limits.unread)) {
            return Err(Overdue::Unread);
        }
        if doing.requests == 0 {
            if doing.head.is_some_and(|since| over(since, limits.head_within)) {
                return Err(Overdue::SlowHead);
            }
            if over(doing.answered, limits.idle) {
                return Err(Overdue::Idle);
            }
        }
        let shortest = limits.head_within.min(limits.idle).min(limits.unread);
        Ok((shortest / 2).max(Duration::from_millis(1)))
    }
}

/// A request that has not been answered.
pub(super) struct Busy(Arc<Pulse>);

impl Drop for Busy {
    fn drop(&mut self) {
        let now = self.0.clock.now();
        let mut doing = self.0.doing.lock();
        doing.requests = doing.requests.saturating_sub(1);
        doing.answered = now;
    }
}

/// A stream that notes what passes, and through which only well-formed heads pass.
pub(super) struct Watched {
    io: Box<dyn Io>,
    /// What was read before it was known what is spoken.
    begun: Bytes,
    pulse: Arc<Pulse>,
    /// None where HTTP/2 is spoken, whose heads are frames and whose frames are not all of requests.
    heads: Option<Heads>,
}

impl Watched {
    pub(super) fn new(io: Box<dyn Io>, begun: Bytes, pulse: Arc<Pulse>, is_http2: bool) -> Self {
        Self { io, begun, pulse, heads: (!is_http2).then(Heads::default) }
    }

    fn read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.begun.is_empty() {
            return Pin::new(&mut self.io).poll_read(cx, buf);
        }
        buf.put_slice(&self.begun.split_to(self.begun.len().min(buf.remaining())));
        Poll::Ready(Ok(()))
    }

    fn noted<T>(&self, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.pulse.has_written(outcome.is_pending());
        outcome
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let outcome = self.read(cx, buf);
        let new = buf.filled_mut().get_mut(before..).filter(|new| !new.is_empty());
        if let Some((heads, new)) = self.heads.as_mut().zip(new) {
            heads.pass(new);
            self.pulse.has_read();
        }
        outcome
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.io).poll_write(cx, buf);
        self.noted(outcome)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.io).poll_flush(cx);
        self.noted(outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.io).poll_shutdown(cx);
        self.noted(outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.noted(outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

#[cfg(test)]
mod tests;
