//! What the clients of a terminal have in common.

use std::sync::Arc;

use kit::{Done, Profile, Trust};
use xml_schemas::ids::Psi;

use super::Device;
use crate::fault;

impl Device {
    /// A client of this terminal, by its function: it speaks for the user by way of the SIP core, and believes nobody else. `core` is
    /// the domain that the core's certificate proves, where it is not the name that it is reached by.
    ///
    /// # Errors
    /// [`kit::Stop::Fault`] where the user's public identity cannot stand in a message.
    pub(crate) fn profile(&self, function: &'static str, core: Option<Arc<str>>) -> Done<Profile> {
        let terminal = self.settings();
        let own = Psi::new(terminal.account.impu.as_str()).map_err(fault)?;
        let tls = terminal.core.tls.as_ref();
        Ok(Profile {
            core: Some(terminal.core.clone()),
            asserts: false,
            trust: Trust {
                core: core.or_else(|| tls.map(|peer| Arc::clone(&peer.domain))),
                core_address: tls.is_none().then_some(terminal.core.address),
                servers: Vec::new(),
            },
            ..Profile::new(Arc::clone(&terminal.name), function, own)
        })
    }
}
