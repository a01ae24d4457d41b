//! One task per connection: reads, frames, hands up, and writes what has gathered.
//! RFC 3261 clause 18.3 · RFC 5626 clause 3.5.1

mod overdue;

use std::{
    future::{Future as _, poll_fn},
    io,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use sip::{Frame, Framer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWrite as _},
    time::{Sleep, sleep_until},
};

use super::{answer::Route, core::Core, link::Link, run::Shard};
use crate::{net::Io, tls::why_broken};

/// Room for one read. A read that leaves room tells the runtime that nothing is left, so that it is not asked again.
const ROOM: usize = 16 << 10;
/// Reads before other tasks of the shard get their turn.
const READS: usize = 8;
/// Octets that wait for a peer to read them before nothing more is read from it.
const UNREAD: usize = 64 << 10;
/// How long a connection that is being closed may take to write what it holds.
const FAREWELL: Duration = Duration::from_secs(1);

/// Part of a message, and then the end of the stream (RFC 3261 clause 18.3).
const BROKEN_OFF: &str = "message broken off";
/// RFC 5280 clause 4.1.2.5.
const ENDED: &str = "the peer's certificate has ended";

struct Connection {
    shard: Rc<Shard>,
    link: Rc<Link>,
    io: Box<dyn Io>,
    framer: Framer,
    /// Since when a message is incomplete.
    incomplete: Option<Instant>,
    is_held_back: bool,
    /// By when the first message must have come, or a sign of life, by a connection that the peer opened.
    first: Option<Instant>,
    unflushed: bool,
    /// When a sign of life is due, on a connection that we keep alive.
    ping: Option<Instant>,
    /// By when the peer must have shown one, after ours.
    pong: Option<Instant>,
    alarm: Pin<Box<Sleep>>,
}

/// Serves the connection until it is closed, from either side, and says why where it was not by us. `first` is how long its first
/// message may take.
pub(super) async fn run(
    shard: Rc<Shard>,
    link: Rc<Link>,
    io: Box<dyn Io>,
    first: Option<Duration>,
) -> Option<String> {
    let limits = &shard.common.config.limits;
    tell(&link, "connection opened", "");
    let framer = Framer::new(limits.stream);
    let begun = shard.common.env.clock.now();
    // A node that nobody can connect to is reached by the connections that it opened, as long as they live.
    let is_kept = link.key.is_some() && shard.common.config.listeners.is_empty();
    let ping = is_kept.then(|| begun + limits.keep_alive);
    let alarm = Box::pin(sleep_until((begun + limits.idle).into()));
    let mut connection = Connection {
        shard,
        link,
        io,
        framer,
        incomplete: None,
        is_held_back: false,
        first: first.map(|first| begun + first),
        unflushed: false,
        ping,
        pong: None,
        alarm,
    };
    let first = connection.deadline();
    connection.alarm.as_mut().reset(first.into());
    let why = poll_fn(|cx| connection.poll(cx)).await;
    tell(&connection.link, "connection closed", &why);
    let is_ours = connection.link.closing().is_some();
    connection.shard.enter(|core| core.lost(&connection.link, &why));
    let _ = tokio::time::timeout(FAREWELL, poll_fn(|cx| connection.poll_farewell(cx))).await;
    (!is_ours).then_some(why)
}

/// `of` is the listener that the peer connected to, or the hop that we opened it to.
fn tell(link: &Link, what: &'static str, why: &str) {
    let arrival = link.arrival.borrow();
    let transport = arrival.transport.via_name();
    tracing::debug!(of = %arrival.listener, peer = %arrival.remote, transport, why, "{what}");
}

impl Connection {
    /// Resolves to why the connection ends.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<String> {
        self.link.attend(cx.waker());
        if let Err(error) = self.write(cx) {
            return Poll::Ready(why_broken(&error));
        }
        for _ in 0..READS {
            if let Some(why) = self.link.closing() {
                return Poll::Ready(why.to_string());
            }
            if self.hold_back() {
                let rested = self.rest(cx);
                if !self.hold_back() {
                    cx.waker().wake_by_ref();
                }
                return rested;
            }
            match self.read(cx) {
                Poll::Ready(Ok(0)) => return Poll::Ready(self.left("closed by the peer".to_owned())),
                Poll::Ready(Ok(_)) => self.frames(),
                Poll::Ready(Err(error)) => return Poll::Ready(self.left(why_broken(&error))),
                Poll::Pending => return self.rest(cx),
            }
        }
        cx.waker().wake_by_ref();
        self.rest(cx)
    }

    /// A peer that leaves in the middle of a message takes nothing with it but that.
    fn left(&self, why: String) -> String {
        if self.framer.pending() > 0 {
            self.shard.common.metrics.dropped(BROKEN_OFF);
        }
        why
    }

    /// Whether a peer that does not read is not read from either, so that what it asks for does not gather here. Only who
    /// accepted a connection holds back: were both ends to, each could wait for the other for ever.
    fn hold_back(&mut self) -> bool {
        let holds = self.link.key.is_none() && self.link.unwritten() > UNREAD;
        if self.is_held_back && !holds {
            // What has come in part could not go on meanwhile.
            let now = self.shard.common.env.clock.now();
            self.incomplete = self.incomplete.map(|_| now);
        }
        self.is_held_back = holds;
        holds
    }

    /// Everything that came has been handled: write what came of it, and look at the clock.
    fn rest(&mut self, cx: &mut Context<'_>) -> Poll<String> {
        if let Err(error) = self.write(cx) {
            return Poll::Ready(why_broken(&error));
        }
        while self.alarm.as_mut().poll(cx).is_ready() {
            self.keep_alive();
            match self.overdue() {
                Some(why) => return Poll::Ready(why.to_owned()),
                None => {
                    let next = self.deadline();
                    self.alarm.as_mut().reset(next.into());
                }
            }
        }
        match self.link.closing() {
            Some(why) => Poll::Ready(why.to_string()),
            None => Poll::Pending,
        }
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Self { framer, io, .. } = self;
        let buffer = framer.buffer();
        buffer.reserve(ROOM);
        pin!(io.read_buf(buffer)).poll(cx)
    }

    /// Hands up every message that is whole.
    fn frames(&mut self) {
        self.pong = None;
        let Self { shard, link, framer, .. } = self;
        let whole = shard.enter(|core| {
            link.last_used.set(core.now);
            if link.ends().is_some_and(|ends| ends <= core.now) {
                link.close(ENDED);
            }
            core.frames(link, framer)
        });
        if whole > 0 {
            self.first = None;
            self.link.has_moved();
        }
        if self.link.holds(self.framer.pending(), &self.shard.common.config.limits) {
            self.link.close("too much has come in part");
        }
        let now = self.link.last_used.get();
        let since = self.incomplete.filter(|_| whole == 0).unwrap_or(now);
        self.incomplete = (self.framer.pending() > 0).then_some(since);
        let due = self.deadline();
        if self.incomplete.is_some() && self.alarm.deadline() > due.into() {
            self.alarm.as_mut().reset(due.into());
        }
    }

    fn write(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while self.link.unwritten() > 0 {
            let Self { link, io, .. } = self;
            match link.write_out(|octets| Pin::new(io).poll_write(cx, octets)) {
                Poll::Ready(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(written)) => {
                    self.link.written(written);
                    self.unflushed = true;
                }
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => return Ok(()),
            }
        }
        if self.unflushed {
            match Pin::new(&mut self.io).poll_flush(cx) {
                Poll::Ready(flushed) => {
                    self.unflushed = false;
                    flushed?;
                }
                Poll::Pending => {}
            }
        }
        Ok(())
    }

    fn poll_farewell(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.write(cx).is_err() {
            return Poll::Ready(());
        }
        if self.link.unwritten() > 0 || self.unflushed {
            return Poll::Pending;
        }
        Pin::new(&mut self.io).poll_shutdown(cx).map(|_| ())
    }
}

impl Core {
    /// How many messages were whole.
    fn frames(&mut self, link: &Link, framer: &mut Framer) -> usize {
        let mut whole = 0;
        while link.is_usable() {
            match framer.next() {
                Ok(None) => break,
                Ok(Some(frame)) => {
                    whole += 1;
                    self.guarded(|core| core.frame(link, frame));
                }
                Err(malformed) => {
                    let arrival = link.arrival.borrow().clone();
                    let route = Route::of(&arrival);
                    self.refuse_malformed(framer.refused().as_ref(), malformed, &arrival, route);
                    if link.key.is_some() {
                        // Whom we sought out is a neighbour of ours: no stranger makes lines of this.
                        tracing::info!(hop = %arrival.listener, rule = %malformed, "connection dropped: what came by it is no SIP");
                    }
                    link.close("what came by it is no SIP");
                }
            }
        }
        whole
    }

    fn frame(&mut self, link: &Link, frame: Frame) {
        let arrival = link.arrival.borrow().clone();
        match frame {
            Frame::Message(message) => {
                if !link.is_begun.replace(true) && message.is_request() {
                    self.note_alias(link, &message, &arrival);
                }
                self.message(message, arrival);
            }
            Frame::KeepAlivePing => self.send(Route::of(&arrival), Bytes::from_static(b"\r\n")),
            Frame::Pong => link.has_ponged.set(true),
        }
    }
}
