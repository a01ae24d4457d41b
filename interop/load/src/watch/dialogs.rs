//! What has come for each subscription.

use std::{
    cell::{Cell, RefCell},
    time::Instant,
};

use tokio::sync::Notify;

use crate::tally::Spread;

/// All subscriptions, by their number.
pub struct Dialogs {
    /// How many NOTIFYs each has had.
    told: RefCell<Vec<usize>>,
    /// When each had its last since the last change.
    last: RefCell<Vec<Option<Instant>>>,
    /// How many have had at least so many as is waited for.
    target: Cell<usize>,
    reached: Cell<usize>,
    refused: Cell<usize>,
    moved: Notify,
}

impl Dialogs {
    /// None of so many has been told anything.
    pub fn new(count: usize) -> Self {
        Self {
            told: RefCell::new(vec![0; count]),
            last: RefCell::new(vec![None; count]),
            target: Cell::new(1),
            reached: Cell::new(0),
            refused: Cell::new(0),
            moved: Notify::new(),
        }
    }

    /// A change is about to be made.
    pub fn begin(&self) {
        self.last.borrow_mut().fill(None);
    }

    /// A NOTIFY has come.
    pub fn notified(&self, number: usize) {
        let mut told = self.told.borrow_mut();
        let Some(count) = told.get_mut(number) else { return };
        *count += 1;
        if let Some(last) = self.last.borrow_mut().get_mut(number) {
            *last = Some(Instant::now());
        }
        if *count == self.target.get() {
            self.reached.set(self.reached.get() + 1);
            if self.reached.get() == told.len() {
                self.moved.notify_one();
            }
        }
    }

    /// A SUBSCRIBE was refused.
    pub fn refuse(&self) {
        self.refused.set(self.refused.get() + 1);
    }

    /// How many were.
    pub fn refused(&self) -> usize {
        self.refused.get()
    }

    /// Until every one has had so many NOTIFYs.
    pub async fn all_notified(&self, times: usize) {
        self.target.set(times);
        self.reached.set(self.told.borrow().iter().filter(|count| **count >= times).count());
        while self.reached.get() < self.told.borrow().len() {
            self.moved.notified().await;
        }
    }

    /// How long after `start` each had its last NOTIFY.
    pub fn spread(&self, start: Instant) -> Spread {
        let mut spread = Spread::default();
        for last in self.last.borrow().iter().flatten() {
            spread.add(last.saturating_duration_since(start));
        }
        spread
    }

    /// What is missing, in words.
    pub fn missing(&self) -> String {
        let all = self.told.borrow().len();
        let (reached, target, refused) = (self.reached.get(), self.target.get(), self.refused.get());
        format!("{reached} of {all} subscriptions have had {target} NOTIFYs; {refused} were refused")
    }
}
