//! What is made of a configuration before anything runs, or takes it up while it runs.

use super::{acm, gateway, groups, locations, node::Profiles, service};
use crate::{Failure, config::SystemConfig};

/// The files that a configuration names, read, and what is made of them. What `check` refuses, and a start and a reload, is one list.
pub(crate) struct Prepared {
    pub(super) profiles: Profiles,
    pub(super) gateway: Option<Vec<::gateway::Partner>>,
    pub(super) locations: Option<Vec<kit::Partner>>,
    pub(super) groups: Option<Vec<kit::Partner>>,
    pub(super) service: Option<Vec<kit::Partner>>,
    pub(super) acm: Option<Vec<kit::Partner>>,
}

impl Prepared {
    /// Waits for files: not for whoever serves others meanwhile.
    pub(crate) fn of(config: &SystemConfig) -> Result<Self, Failure> {
        let profiles = Profiles::load(config)?;
        profiles.check()?;
        for (table, name, listen) in config.listeners() {
            profiles.node(&name, [listen]).map_err(|why| Failure::start(&table, why))?;
        }
        config.gateway.as_ref().map_or(Ok(()), gateway::check)?;
        Ok(Self {
            profiles,
            gateway: config.gateway.as_ref().map(gateway::partners).transpose()?,
            locations: config.locations.as_ref().map(locations::partners).transpose()?,
            groups: config.groups.as_ref().map(groups::partners).transpose()?,
            service: config.service.as_ref().map(service::partners).transpose()?,
            acm: config.acm.as_ref().map(acm::partners).transpose()?,
        })
    }
}
