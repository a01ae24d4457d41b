//! The entities of a configuration, started one after the other.

use std::sync::Arc;

use ::audit::Chain;
use driver::Env;
use kit::Metrics;
use store::Store;

use super::{
    Running, System, acm, aliases,
    audit::{Chains, Kept, others},
    client, configuration, gateway, groups, identity, locations,
    node::Profiles,
    service, sip_core,
};
use crate::{Failure, config::SystemConfig};

/// What every entity is started with.
struct Ground<'g> {
    config: &'g SystemConfig,
    profiles: &'g Profiles,
    metrics: Metrics,
    env: &'g Env,
    chains: Chains,
}

impl Ground<'_> {
    fn kept(&self, store: &Arc<dyn Store>) -> Kept<'_> {
        Kept { store: Arc::clone(store), key: self.config.audit.key.as_ref(), chains: &self.chains }
    }
}

impl System {
    /// Servers first: each has what it asks for as it begins, and the gateway lets nobody in before somebody is there to serve
    /// him. A configuration of entities that keep something has a store.
    pub(super) async fn start_entities(
        &mut self,
        config: &SystemConfig,
        profiles: &Profiles,
        store: Option<Arc<dyn Store>>,
        env: &Env,
    ) -> Result<(), Failure> {
        let metrics = Metrics::default();
        env.metrics.register(|registry| metrics.register(registry));
        let ground = Ground { config, profiles, metrics, env, chains: Chains::default() };
        if let Some(store) = &store {
            // Whoever takes its tokens fetches its keys at once.
            self.start_identity(&ground, store).await?;
            self.start_core(&ground, store).await?;
            self.start_configuration(&ground, store).await?;
            self.start_groups(&ground, store).await?;
            self.start_aliases(&ground, store).await?;
            self.start_acm(&ground, store).await?;
        }
        self.start_locations(&ground)?;
        if let Some(store) = &store {
            self.start_service(&ground, store).await?;
        }
        if let Some(acm) = &self.acm {
            // Partners keep the end of its log, which keeps those of the others.
            acm.witnesses(others(&ground.chains, acm.log().map_or("", Chain::id)));
        }
        self.start_clients(&ground)?;
        self.start_gateway(&ground)
    }

    async fn start_identity(&mut self, on: &Ground<'_>, store: &Arc<dyn Store>) -> Result<(), Failure> {
        if let Some(identity) = &on.config.identity {
            let (running, http) = identity::start(identity, on.profiles, on.kept(store), on.env).await?;
            let (table, name) = ("identity".to_owned(), identity.name.clone());
            self.entities.push(Running { table, name, node: None, http: Some(http), gate: None });
            self.identity = Some(running);
        }
        Ok(())
    }

    async fn start_core(&mut self, on: &Ground<'_>, store: &Arc<dyn Store>) -> Result<(), Failure> {
        if let Some((listen, core)) = &on.config.sip_core {
            let (running, handle) = sip_core::start(listen, core, on.profiles, store.clone(), on.env).await?;
            self.add("sip-core", &core.name, handle, None);
            self.core = Some(running);
        }
        Ok(())
    }

    async fn start_configuration(&mut self, on: &Ground<'_>, store: &Arc<dyn Store>) -> Result<(), Failure> {
        if let Some(configuration) = &on.config.configuration {
            let (running, handle, http) =
                configuration::start(configuration, on.profiles, &on.metrics, on.kept(store), on.env).await?;
            self.add("configuration", &configuration.name, handle, Some(running.gate()));
            self.speaks("configuration", Some(http));
            self.configuration = Some(running);
        }
        Ok(())
    }

    async fn start_groups(&mut self, on: &Ground<'_>, store: &Arc<dyn Store>) -> Result<(), Failure> {
        if let Some(groups) = &on.config.groups {
            let (running, handle, http) =
                groups::start(groups, on.profiles, &on.metrics, on.kept(store), on.env).await?;
            self.add("groups", &groups.name, handle, Some(running.gate()));
            self.speaks("groups", Some(http));
            self.groups = Some(running);
        }
        Ok(())
    }

    async fn start_aliases(&mut self, on: &Ground<'_>, store: &Arc<dyn Store>) -> Result<(), Failure> {
        if let Some(aliases) = &on.config.aliases {
            let kept = on.kept(store);
            let (running, handle) = aliases::start(aliases, on.profiles, &on.metrics, kept, on.env).await?;
            self.add("aliases", &aliases.name, handle, Some(running.gate()));
            self.aliases = Some(running);
        }
        Ok(())
    }

    async fn start_acm(&mut self, on: &Ground<'_>, store: &Arc<dyn Store>) -> Result<(), Failure> {
        if let Some(acm) = &on.config.acm {
            let kept = on.kept(store);
            let (running, handle, http) = acm::start(acm, on.profiles, &on.metrics, kept, on.env).await?;
            self.add("acm", &acm.name, handle, Some(running.gate()));
            self.speaks("acm", http);
            self.acm = Some(running);
        }
        Ok(())
    }

    fn start_locations(&mut self, on: &Ground<'_>) -> Result<(), Failure> {
        if let Some(locations) = &on.config.locations {
            let (running, handle) = locations::start(locations, on.profiles, &on.metrics, on.env)?;
            self.add("locations", &locations.name, handle, Some(running.gate()));
            self.locations = Some(running);
        }
        Ok(())
    }

    async fn start_service(&mut self, on: &Ground<'_>, store: &Arc<dyn Store>) -> Result<(), Failure> {
        if let Some(service) = &on.config.service {
            let (running, handle, http) =
                service::start(service, on.profiles, &on.metrics, on.kept(store), on.env).await?;
            self.add("service", &service.name, handle, Some(running.gate()));
            self.speaks("service", http);
            self.service = Some(running);
        }
        Ok(())
    }

    fn start_clients(&mut self, on: &Ground<'_>) -> Result<(), Failure> {
        for client in &on.config.clients {
            let (running, handle) = client::start(client, on.profiles, &on.metrics, on.env)?;
            let gate = running.location().gate();
            self.add(&format!("client.{}", running.name), &running.name.clone(), handle, Some(gate));
            self.clients.push((running, client.log_on));
        }
        Ok(())
    }

    fn start_gateway(&mut self, on: &Ground<'_>) -> Result<(), Failure> {
        if let Some(gateway) = &on.config.gateway {
            let (running, handle, http) = gateway::start(gateway, on.profiles, on.env)?;
            self.gateway = Some(running);
            self.add("gateway", &gateway.name, handle, None);
            self.speaks("gateway", http);
        }
        Ok(())
    }
}
