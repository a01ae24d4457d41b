//! Staying registered: TS 24.229 5.1.1.4.1, and over a stream that still is: RFC 5626 4.4.

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use futures::future::{Either, select};
use wire::{BoxFuture, Clock, ConnectionId};

use super::{Device, RegisterError, Registered, Shared};

/// A registration of more than 1200 s is refreshed 600 s before it ends, any other at half its time.
fn until_refresh(expires: Duration) -> Duration {
    if expires > Duration::from_secs(1200) { expires - Duration::from_secs(600) } else { expires / 2 }
}

/// What waiting grows from, and to, while the core cannot be reached.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

impl Device {
    /// Registers, and keeps the registration fresh until [`Device::deregister`] or until the terminal is gone. A refusal or an
    /// outage is tried again, after a second first and a minute at most; a stream that is lost is registered anew as
    /// soon as that is known.
    ///
    /// # Errors
    /// What became of the first REGISTER; nothing is kept up then.
    pub async fn stay_registered(&self) -> Result<Registered, RegisterError> {
        let first = self.register().await?;
        if !std::mem::replace(&mut self.0.session.lock().is_watched, true) {
            let watch = watch(Arc::downgrade(&self.0), Arc::clone(&self.0.world.clock), first.expires);
            self.0.world.tasks.spawn(Box::pin(watch));
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
    /// What is waited after the next failure.
    pause: Duration,
    /// Since when the terminal has been registered without a break; none while it is not.
    since: Option<Instant>,
    /// What is waited where the stream is lost once more.
    hold: Duration,
}

impl Pace {
    fn registered(&mut self, expires: Duration, now: Instant) {
        (self.wait, self.pause) = (until_refresh(expires), FIRST_WAIT);
        self.since.get_or_insert(now);
    }

    fn failed(&mut self) {
        (self.wait, self.pause, self.since) = (self.pause, (self.pause * 2).min(LONGEST_WAIT), None);
    }

    /// The stream has ended: at once the first time, and later each time where streams do not last.
    fn lost(&mut self, now: Instant) {
        let has_lasted = self.since.is_some_and(|since| now.duration_since(since) >= LONGEST_WAIT);
        self.wait = if has_lasted { Duration::ZERO } else { self.hold };
        self.hold = (self.wait * 2).clamp(FIRST_WAIT, LONGEST_WAIT);
        self.since = None;
    }
}

/// Refreshes the registration in time, and at once where its flow is gone.
async fn watch(device: Weak<Shared>, clock: Arc<dyn Clock>, expires: Duration) {
    let (wait, pause, hold) = (until_refresh(expires), FIRST_WAIT, Duration::ZERO);
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
            pace.lost(clock.now());
        } else if !has_ended {
            pace.wait = pace.wait.saturating_sub(step);
        }
        if !pace.wait.is_zero() && (has_ended || device.has_flow().await) {
            continue;
        }
        match device.register().await {
            Ok(registered) => pace.registered(registered.expires, clock.now()),
            Err(error) => {
                tracing::warn!(device = %device.settings().name, %error, "registration not refreshed");
                pace.failed();
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
