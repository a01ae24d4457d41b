//! Who waits here for the answer of a primary system.

use std::collections::HashMap;

use futures::channel::oneshot;
use parking_lot::Mutex;

use super::{Migrations, Who};

#[derive(Default)]
pub(super) struct Waiting(Mutex<Waits>);

#[derive(Default)]
struct Waits {
    last: u64,
    /// With the number of each wait.
    of: HashMap<Who, (u64, oneshot::Sender<()>)>,
}

/// Waits for the answer of a primary system, until it is dropped.
pub(in crate::migration) struct Wait<'m> {
    waiting: &'m Waiting,
    who: Who,
    number: u64,
    pub(in crate::migration) answer: oneshot::Receiver<()>,
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let mut waits = self.waiting.0.lock();
        if waits.of.get(&self.who).is_some_and(|(number, _)| *number == self.number) {
            waits.of.remove(&self.who);
        }
    }
}

impl Migrations {
    /// Waits for the answer about this visitor. Whoever waited before waits no more.
    pub(in crate::migration) fn wait_for(&self, who: Who) -> Wait<'_> {
        let (sender, answer) = oneshot::channel();
        let mut waits = self.waiting.0.lock();
        waits.last += 1;
        let number = waits.last;
        waits.of.insert(who.clone(), (number, sender));
        drop(waits);
        Wait { waiting: &self.waiting, who, number, answer }
    }

    /// Whether somebody here waits for the answer about this visitor.
    pub(in crate::migration) fn is_awaited(&self, who: &Who) -> bool {
        self.waiting.0.lock().of.contains_key(who)
    }

    /// The answer has come.
    pub(in crate::migration) fn has_answer(&self, who: &Who) {
        let waiting = self.waiting.0.lock().of.remove(who);
        if let Some((_, waiting)) = waiting {
            // Whoever waited may have given up.
            let _ = waiting.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use xml_schemas::{body::interconnection_info::McService, ids::McServiceId};

    use super::*;

    #[test]
    fn nothing_is_left_of_a_wait_that_is_over_and_a_later_one_goes_on() {
        let waiting = Waiting::default();
        let who = (McService::Mcptt, McServiceId::new("sip:v@b.example").expect("valid"));
        let wait = |number| {
            let (sender, answer) = oneshot::channel();
            waiting.0.lock().of.insert(who.clone(), (number, sender));
            Wait { waiting: &waiting, who: who.clone(), number, answer }
        };
        let (first, second) = (wait(1), wait(2));
        drop(first);
        assert!(waiting.0.lock().of.contains_key(&who), "the later one goes on");
        drop(second);
        assert!(waiting.0.lock().of.is_empty());
    }
}
