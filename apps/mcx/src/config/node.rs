//! Where an entity listens.

use kit::config::{Listen, Table, TlsProfiles};

/// The node of an entity.
#[derive(Clone, Default, Debug)]
pub struct NodeConfig {
    /// Its listeners; a client has none and receives over the connections that it opens.
    pub listen: Vec<Listen>,
}

impl NodeConfig {
    /// Reads `[[ENTITY.listen]]`, at least one.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Self {
        Self { listen: Listen::read_all(table, profiles) }
    }
}
