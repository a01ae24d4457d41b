//! Staying registered: TS 24.229 5.1.1.4.1, and over a stream that still is: RFC 5626 4.4.

use std::{
    hash::{DefaultHasher, Hash, Hasher as _},
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use futures::future::{Either, select};
use wire::{BoxFuture, Clock, ConnectionId, Ids, WireError, World};

use super::{Device, RegisterError, Registered, Shared};

/// A registration of more than 1200 s is refreshed 600 s before it ends, any other at half its time.
fn until_refresh(expires: Duration) -> Duration {
    if expires > Duration::from_secs(1200) { expires - Duration::from_secs(600) } else { expires / 2 }
}

/// What waiting grows from, and to, while the core cannot be reached or keeps closing the stream.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// RFC 5626 4.5: anywhere between half of `bound` and all of it, so that a core which has lost many terminals at once does
/// not meet them at once.
fn scattered(bound: Duration, ids: &dyn Ids) -> Duration {
    let mut hasher = DefaultHasher::new();
    ids.token().hash(&mut hasher);
    let [low, high, ..] = hasher.finish().to_le_bytes();
    let half = bound / 2;
    half + half * u32::from(u16::from_le_bytes([low, high])) / u32::from(u16::MAX)
}

impl Device {
    /// Registers, and keeps the registration fresh until [`Device::deregister`] or until the terminal or its node is gone.
    /// After a refusal, an outage or the loss of its stream it registers anew, one to two seconds later first, a minute
    /// later at most.
    ///
    /// # Errors
    /// What became of the first REGISTER; nothing is kept up then.
    pub async fn stay_registered(&self) -> Result<Registered, RegisterError> {
        let first = self.register().await?;
        if !std::mem::replace(&mut self.0.session.lock().is_watched, true) {
            let World { clock, ids, tasks, .. } = &self.0.world;
            let watch = watch(Arc::downgrade(&self.0), Arc::clone(clock), Arc::clone(ids), first.expires);
            tasks.spawn(Box::pin(watch));
        }
        Ok(first)
    }

    /// Whether the registration is still wanted. Where it is not, the watch ends, and a later one may begin.
    fn is_kept_up(&self) -> bool {
        let mut session = self.0.session.lock();
        session.is_watched = session.is_wanted;
        session.is_wanted
    }
}

/// When the next REGISTER is due, and how it goes on where the core cannot be reached or keeps closing the stream.
struct Pace {
    /// Until the next REGISTER.
    wait: Duration,
    /// What is waited at most after the next failure.
    pause: Duration,
    /// Since when the terminal has been registered without a break; none while it is not.
    since: Option<Instant>,
    /// What is waited at most where the stream is lost once more.
    hold: Duration,
}

impl Pace {
    fn registered(&mut self, expires: Duration, now: Instant) {
        (self.wait, self.pause) = (until_refresh(expires), FIRST_WAIT);
        self.since.get_or_insert(now);
    }

    fn failed(&mut self, ids: &dyn Ids) {
        (self.wait, self.since) = (scattered(self.pause, ids), None);
        self.pause = (self.pause * 2).min(LONGEST_WAIT);
    }

    /// The stream has ended: later each time where streams do not last.
    fn lost(&mut self, now: Instant, ids: &dyn Ids) {
        if self.since.is_some_and(|since| now.duration_since(since) >= LONGEST_WAIT) {
            self.hold = FIRST_WAIT;
        }
        (self.wait, self.since) = (scattered(self.hold, ids), None);
        self.hold = (self.hold * 2).min(LONGEST_WAIT);
    }
}

/// Refreshes the registration in time, and soon where its flow is gone.
async fn watch(device: Weak<Shared>, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>, expires: Duration) {
    let (wait, pause, hold) = (until_refresh(expires), FIRST_WAIT, FIRST_WAIT);
    let mut pace = Pace { wait, pause, since: Some(clock.now()), hold };
    loop {
        let is_registered = pace.since.is_some();
        let Some(flow) = device.upgrade().map(|shared| shared.flow(is_registered)) else { return };
        let step = flow.keep_alive.map_or(pace.wait, |keep_alive| keep_alive.min(pace.wait));
        let has_ended = matches!(select(clock.sleep(step), flow.ended).await, Either::Right(_));
        let Some(device) = device.upgrade().map(Device) else { return };
        if !device.is_kept_up() {
            return;
        }
        // Whoever sent something may have registered over another stream meanwhile.
        let is_lost = has_ended && device.0.session.lock().connection == flow.stream;
        if is_lost {
            pace.lost(clock.now(), &*ids);
        } else if !has_ended {
            pace.wait = pace.wait.saturating_sub(step);
        }
        if !pace.wait.is_zero() && (has_ended || device.has_flow().await) {
            continue;
        }
        match device.register().await {
            Ok(registered) => pace.registered(registered.expires, clock.now()),
            // The terminal's own node ends, and with it all that it could be reached by.
            Err(RegisterError::Unreachable(WireError::Closed)) => return,
            Err(error) => {
                tracing::warn!(device = %device.settings().name, %error, "registration not refreshed");
                pace.failed(&*ids);
            }
        }
    }
}

/// The stream that the registration stands on, as it is watched.
struct Flow {
    stream: Option<ConnectionId>,
    /// How often it is tried.
    keep_alive: Option<Duration>,
    ended: BoxFuture<'static, ()>,
}

impl Shared {
    /// Of a terminal that is not registered there is none.
    fn flow(&self, is_registered: bool) -> Flow {
        let stream = self.session.lock().connection.filter(|_| is_registered);
        let ended = match stream {
            Some(stream) => self.world.wire.ended(stream),
            None => Box::pin(std::future::pending()),
        };
        Flow { stream, keep_alive: self.settings.keep_alive.filter(|_| is_registered), ended }
    }
}
