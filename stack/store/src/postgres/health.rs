//! How the database is, as those who use it find.

use parking_lot::Mutex;

use crate::{Fault, Health};

type Tell = Box<dyn Fn(&Health) + Send>;

/// What was found last, and who is told when that changes.
#[derive(Default)]
pub(super) struct Beat(Mutex<(Option<Fault>, Option<Tell>)>);

impl Beat {
    pub(super) fn on_health(&self, tell: Tell) {
        let mut state = self.0.lock();
        tell(&state.0.clone().map_or(Health::Sound, Health::Broken));
        state.1 = Some(tell);
    }

    pub(super) fn sound(&self) {
        let mut state = self.0.lock();
        if state.0.take().is_some()
            && let Some(tell) = &state.1
        {
            tell(&Health::Sound);
        }
    }

    /// Each attempt that fails is told, as a count of faults wants it.
    pub(super) fn broken(&self, fault: &Fault) {
        let fault = fault.clone().at("the store is out of use");
        let mut state = self.0.lock();
        state.0 = Some(fault.clone());
        if let Some(tell) = &state.1 {
            tell(&Health::Broken(fault));
        }
    }
}
