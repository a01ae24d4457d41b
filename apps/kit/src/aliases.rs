//! Functional aliases of the own system, as its functional alias controlling server tells who holds them.
//! TS 23.280 clauses 8.1.5 and 10.17.7.2 (preconditions) · TS 24.379 clause 9A
//!
//! A server that needs to know keeps a [`View`] and [`follow`]s the controlling server: one subscription brings every alias, first
//! all of them and then what changes. Nothing is kept over a restart: the first NOTIFY brings it back. While the controlling server
//! cannot be reached, what was told last counts, for as long as whoever keeps the view says ([`View::age`]).

mod follow;
mod view;

pub use follow::{EVENT, LIFETIME, Source, follow, told};
pub use view::{Holder, Moved, View};

#[cfg(test)]
mod tests;
