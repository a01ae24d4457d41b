//! From the configuration file to [`Config`].

use std::{collections::HashSet, sync::Arc, time::Duration};

use kit::{
    Impu, OwnServer,
    config::{HopConfig, Listen, Table, TlsProfiles},
    publication::Lifetimes,
};
use xml_schemas::ids::{FunctionalAlias, McServiceId, Psi};

use super::{Alias, Config, User};

/// How long an alias is held where nobody says.
const LIFETIME: Duration = Duration::from_secs(3600);

/// Nobody is asked to activate an alias anew more often.
const SHORTEST: Duration = Duration::from_secs(60);

impl Config {
    /// Reads `[aliases]`. Every mistake is reported at its place.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let name: Option<String> = table.required("name");
        let psi: Option<Psi> = table.required("psi");
        let listen = Listen::read_all(table, profiles);
        let core = table.required_table("core", |core| HopConfig::read(core, profiles));
        let servers = table.tables("server", |each| own_server(each, profiles));
        let users: Vec<User> = table.tables("user", user);
        let own = psi.as_ref().map(|psi| psi.domain().to_owned());
        let aliases = table.tables("alias", |each| alias(each, own.as_deref(), &users));
        let longest = table.or("lifetime", LIFETIME).max(SHORTEST);
        let subscriptions = table.within("subscriptions", 1..=1_000_000, 10_000);
        let subscription_octets = table.within("subscription-octets", 1..=1 << 40, 64 << 20);
        let ends_with_log_off = table.or("ends-with-log-off", true);
        let name = name?;
        let replica: Option<String> = table.optional("replica");
        Some(Self {
            psi: psi?,
            listen,
            core: core?,
            servers,
            users,
            aliases,
            lifetimes: Lifetimes { default: longest, longest, shortest: SHORTEST },
            subscriptions,
            subscription_octets,
            ends_with_log_off,
            replica: replica.unwrap_or_else(|| name.clone()),
            name,
        })
    }
}

fn own_server(table: &Table<'_>, profiles: &TlsProfiles) -> Option<OwnServer> {
    let psi = table.required("psi");
    let hop = HopConfig::read(table, profiles)?;
    Some(OwnServer { identity: Arc::from(hop.identity.as_str()), psi: psi?, hop: hop.hop() })
}

fn user(table: &Table<'_>) -> Option<User> {
    let (id, impu): (Option<McServiceId>, Option<Impu>) =
        (table.required("mc-service-id"), table.required("impu"));
    Some(User { id: id?, impu: impu? })
}

fn alias(table: &Table<'_>, own: Option<&str>, known: &[User]) -> Option<Alias> {
    let id: Option<FunctionalAlias> = table.required("id");
    if let (Some(id), Some(own)) = (&id, own)
        && id.domain() != own
    {
        table.error_at("id", "the alias is not of the domain of \"psi\"");
    }
    let users: HashSet<McServiceId> = table.or("users", Vec::new()).into_iter().collect();
    if users.iter().any(|user| !known.iter().any(|known| known.id == *user)) {
        table.error_at("users", "\"users\" names somebody who is no [[aliases.user]]");
    }
    let limit = table.within("limit", 1..=10_000, 1);
    let take_over = table.or("take-over", false);
    Some(Alias { id: id?, users, limit, take_over })
}
