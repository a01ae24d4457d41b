//! What outlives a transaction: dialogs (RFC 3261 12), subscriptions (RFC 6665) and publications (RFC 3903).
//!
//! Pure machines, one file each: time comes in as an argument, what is to be done goes out. Whatever must survive a
//! restart is plain data that serialises; deadlines are wall-clock times for the same reason.
//!
//! | Machine | Role | Clause |
//! |---|---|---|
//! | [`Dialog`] | both | RFC 3261 12 |
//! | [`notifier::Subscription`] | notifier | RFC 6665 4.2 |
//! | [`subscriber::Subscription`] | subscriber | RFC 6665 4.1 |
//! | [`compositor::Publication`] | event state compositor | RFC 3903 6 |
//! | [`publisher::Publication`] | event publication agent | RFC 3903 4 |

pub mod compositor;
mod dialog;
pub mod notifier;
pub mod publisher;
mod reason;
pub mod subscriber;

pub use dialog::{Dialog, Id, OutOfOrder, Unusable};
pub use reason::Reason;
