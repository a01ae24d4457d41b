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

/// A client by the name under which it holds aliases: its ID as an XML name, the `id` of a tuple (RFC 3863 clause 4.1.2).
#[must_use]
pub fn client_name(client: &str) -> String {
    client.replace(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')), "-")
}

/// Whether two names are of one client, however each is written: as its ID, as an XML name, without what all UUIDs begin with.
#[must_use]
pub fn is_same_client(one: &str, other: &str) -> bool {
    let plain = |name: &str| {
        let name = client_name(name).to_ascii_lowercase();
        name.strip_prefix("urn-uuid-").map(str::to_owned).unwrap_or(name)
    };
    one == other || plain(one) == plain(other)
}

#[cfg(test)]
mod tests;
