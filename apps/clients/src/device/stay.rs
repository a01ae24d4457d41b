//! Staying registered: TS 24.229 5.1.1.4.1.

use std::{sync::Arc, time::Duration};

use super::{Device, RegisterError, Registered};

/// A registration of more than 1200 s is refreshed 600 s before it ends, any other at half its time.
fn until_refresh(expires: Duration) -> Duration {
    if expires > Duration::from_secs(1200) { expires - Duration::from_secs(600) } else { expires / 2 }
}

/// What waiting grows to while the core cannot be reached.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

impl Device {
    /// Registers, and keeps the registration fresh until [`Device::deregister`] or until the terminal is gone. A refusal or an
    /// outage is tried again, after a second first and a minute at most.
    ///
    /// # Errors
    /// What became of the first REGISTER; nothing is kept up then.
    pub async fn stay_registered(&self) -> Result<Registered, RegisterError> {
        let first = self.register().await?;
        if !std::mem::replace(&mut self.0.session.lock().is_watched, true) {
            let (weak, clock) = (Arc::downgrade(&self.0), Arc::clone(&self.0.world.clock));
            let expires = first.expires;
            self.0.world.tasks.spawn(Box::pin(async move {
                let mut wait = until_refresh(expires);
                let mut pause = Duration::from_secs(1);
                loop {
                    clock.sleep(wait).await;
                    let Some(device) = weak.upgrade().map(Device) else { return };
                    if !device.is_kept_up() {
                        return;
                    }
                    match device.register().await {
                        Ok(registered) => (wait, pause) = (until_refresh(registered.expires), Duration::from_secs(1)),
                        Err(error) => {
                            tracing::warn!(device = %device.settings().name, %error, "registration not refreshed");
                            (wait, pause) = (pause, (pause * 2).min(LONGEST_WAIT));
                        }
                    }
                }
            }));
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
