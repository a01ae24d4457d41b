//! A configuration that was read again while its entities run.

use std::{sync::PoisonError, time::SystemTime};

use driver::{SystemClock, tls::inspect};

use super::{
    Prepared, System, groups, identity,
    node::{Certificates, Profiles},
};
use crate::{
    Failure,
    config::{Change, SystemConfig},
};
use xml_schemas::Timestamp;

impl System {
    /// Takes up a configuration that was read again, as far as that can be done while connections stay: certificates, keys, anchors
    /// and revocation lists; partners; users and rules. Reads no file. Hands back what else has changed, which waits for the next start.
    ///
    /// # Errors
    /// Nothing is replaced where anything cannot be used. That a certificate of ours has expired is no reason, unless it would
    /// take the place of another that holds.
    pub(crate) fn reload(&self, config: &SystemConfig, prepared: Prepared) -> Result<Vec<Change>, Failure> {
        let profiles = prepared.profiles;
        let certificates = profiles.certificates();
        {
            let shown = self.certificates.lock().unwrap_or_else(PoisonError::into_inner);
            are_better(&shown, &certificates, SystemClock::shared().wall())?;
        }
        self.reload_tls(&profiles)?;
        *self.certificates.lock().unwrap_or_else(PoisonError::into_inner) = certificates;
        if let (Some(running), Some(partners)) = (&self.gateway, prepared.gateway) {
            running.replace_partners(partners);
        }
        if let Some((running, read, partners)) = both(&self.locations, &config.locations, prepared.locations)
        {
            ::locations::replace(running, read.clone(), partners);
        }
        if let Some((running, read, partners)) = both(&self.groups, &config.groups, prepared.groups) {
            groups::replace(running, read, partners);
        }
        if let Some((running, read, partners)) = both(&self.service, &config.service, prepared.service) {
            running.replace_users(read.users.clone());
            running.replace_migration(read, partners);
        }
        if let Some((running, read, partners)) = both(&self.acm, &config.acm, prepared.acm) {
            running.replace(read.clone(), partners);
        }
        self.replace_own(config)?;
        let mut waiting = self.text.waiting(&config.text);
        let others = self.contents.waiting(&config.contents);
        waiting.extend(others);
        waiting.sort();
        waiting.dedup();
        Ok(waiting)
    }

    /// Says what of a configuration that was taken up keeps users of the store out.
    pub(crate) async fn look_at_users(&self, config: &SystemConfig) {
        if let (Some(running), Some(read)) = (&self.identity, &config.identity) {
            identity::warn_of_shadowed(read, running.users()).await;
        }
    }

    fn reload_tls(&self, profiles: &Profiles) -> Result<(), Failure> {
        for entity in &self.entities {
            let fault = |why| Failure::start(&entity.name, why);
            entity.node.as_ref().map_or(Ok(()), |node| node.reload_tls(&profiles.all())).map_err(fault)?;
            entity.http.as_ref().map_or(Ok(()), |http| http.reload_tls(&profiles.all())).map_err(fault)?;
        }
        Ok(())
    }

    /// Of those who have no partners of their own.
    fn replace_own(&self, config: &SystemConfig) -> Result<(), Failure> {
        if let (Some(running), Some(read)) = (&self.configuration, &config.configuration) {
            let replaced = ::configuration::replace(running, read);
            replaced.map_err(|why| Failure::start(&read.name, why))?;
        }
        if let (Some(running), Some(read)) = (&self.identity, &config.identity) {
            running.replace(read);
        }
        if let (Some(running), Some(read)) = (&self.aliases, &config.aliases) {
            running.replace(read);
        }
        if let (Some(running), Some((_, read))) = (&self.core, &config.sip_core) {
            running.replace_users(read.users.clone());
        }
        Ok(())
    }
}

/// A certificate that has expired is put into use by mistake alone: what is shown until now stays.
fn are_better(shown: &Certificates, new: &Certificates, now: SystemTime) -> Result<(), Failure> {
    let ended = |pem: &String| {
        let ends = inspect::own(pem).ok()?.proves.not_after;
        (ends < now).then_some(ends)
    };
    for (profile, pem) in new {
        let is_no_worse = |shown: &String| shown == pem || ended(shown).is_some();
        if let Some(ends) = ended(pem).filter(|_| !shown.get(profile).is_some_and(is_no_worse)) {
            let ends = Timestamp::from(ends);
            let why = format!("the certificate that is new there has expired: it held until {ends}");
            return Err(Failure::start(&format!("[tls.{profile}]"), why));
        }
    }
    Ok(())
}

/// An entity that runs and is configured still, with its partners as they were read.
fn both<'s, E, C, P>(
    running: &'s Option<E>,
    read: &'s Option<C>,
    partners: Option<P>,
) -> Option<(&'s E, &'s C, P)> {
    Some((running.as_ref()?, read.as_ref()?, partners?))
}
