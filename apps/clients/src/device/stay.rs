//! Staying registered: TS 24.229 5.1.1.4.1, and over a stream that still is: RFC 5626 4.4.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use wire::Clock;

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

/// Refreshes the registration in time, and at once where its flow is gone.
async fn watch(device: Weak<Shared>, clock: Arc<dyn Clock>, expires: Duration) {
    let (mut wait, mut pause) = (until_refresh(expires), FIRST_WAIT);
    loop {
        let Some(keep_alive) = device.upgrade().map(|shared| shared.settings.keep_alive) else { return };
        let step = keep_alive.map_or(wait, |keep_alive| keep_alive.min(wait));
        clock.sleep(step).await;
        let Some(device) = device.upgrade().map(Device) else { return };
        if !device.is_kept_up() {
            return;
        }
        wait = wait.saturating_sub(step);
        if !wait.is_zero() && device.has_flow().await {
            continue;
        }
        match device.register().await {
            Ok(registered) => (wait, pause) = (until_refresh(registered.expires), FIRST_WAIT),
            Err(error) => {
                tracing::warn!(device = %device.settings().name, %error, "registration not refreshed");
                (wait, pause) = (pause, (pause * 2).min(LONGEST_WAIT));
            }
        }
    }
}
