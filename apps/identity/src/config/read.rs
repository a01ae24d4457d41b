//! From the configuration file to [`Config`].

use std::{collections::HashSet, time::Duration};

use kit::{
    config::{HttpLimits, HttpListen, Table, TlsProfiles},
    lock_out::LockOut,
    tokens::IssuerConfig,
};

use xml_schemas::ids::McServiceId;

use super::{AllocatedId, Client, Config, Hashing, KeyTimes, Lifetimes, Partner};
use crate::{
    password, redirect, scopes,
    users::{Ids, User},
    web::paths,
};

impl Config {
    /// Reads `[identity]`. Every mistake is reported at its place.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let name: Option<String> = table.required("name");
        let issuer = issuer(table);
        let domains: Option<Vec<String>> = table.required("domains");
        if domains.as_ref().is_some_and(Vec::is_empty) {
            table.error_at_value("domains", "\"domains\" must name at least one");
        }
        let http = HttpListen::read_all(table, profiles, &[]);
        if http.is_empty() {
            table.error("[identity] needs at least one [[identity.http]]");
        }
        let usual = Self::new(
            name.clone().unwrap_or_default(),
            issuer.clone().unwrap_or_default(),
            domains.clone().unwrap_or_default(),
        );
        let read = Self {
            audience: table.or("audience", usual.audience.clone()),
            http_limits: HttpLimits::read(table),
            lifetimes: table.table("lifetimes", |each| Some(Lifetimes::read(each))).unwrap_or_default(),
            keys: table.table("keys", |each| Some(KeyTimes::read(each))).unwrap_or_default(),
            hashing: table.table("hashing", |each| Some(Hashing::read(each))).unwrap_or_default(),
            lock_out: table.table("lock-out", |each| Some(LockOut::read(each))).unwrap_or_default(),
            clients: clients(table),
            partners: partners(table, profiles, &usual),
            acm_servers: table.or("acm-servers", Vec::new()),
            removed_leave: table.or("removed-leave", usual.removed_leave),
            revoked_to: table.or("revoked-to", Vec::new()),
            users: users(table, &usual),
            http,
            ..usual
        };
        if read.audience.is_empty() {
            table.error_at_value("audience", "\"audience\" must name at least one");
        }
        let is_users = |id: &McServiceId| read.users.iter().any(|user| user.ids.all().any(|own| own == id));
        let given = read.partners.iter().flat_map(|partner| &partner.allocated);
        if let Some(both) = given.map(|each| &each.id).find(|id| is_users(id)) {
            table.error(format!("\"{both}\" is allocated to a visitor, and a user has it"));
        }
        name.and(issuer).and(domains).map(|_| read)
    }
}

/// RFC 8414 2: an https URI without query and fragment.
fn issuer(table: &Table<'_>) -> Option<String> {
    let text: String = table.required("issuer")?;
    let uri = text.parse::<http::Uri>().ok();
    let is_bare = |uri: &http::Uri| uri.path() == "/" && uri.query().is_none() && !text.ends_with('/');
    let right = uri.is_some_and(|uri| uri.scheme_str() == Some("https") && is_bare(&uri));
    if !right || text.contains('#') {
        let why = format!("\"issuer\" must be an https URI of nothing but a host, not \"{text}\"");
        table.error_at_value("issuer", why);
        return None;
    }
    Some(text)
}

fn positive(table: &Table<'_>, key: &'static str, usual: Duration) -> Duration {
    let read = table.or(key, usual);
    if read < Duration::from_secs(1) {
        table.error_at_value(key, format!("\"{key}\" must be a second or more"));
        return usual;
    }
    read
}

impl Lifetimes {
    fn read(table: &Table<'_>) -> Self {
        let usual = Self::default();
        let read = Self {
            login: positive(table, "login-page", usual.login),
            code: positive(table, "code", usual.code),
            access: positive(table, "access-token", usual.access),
            refresh: positive(table, "refresh-token", usual.refresh),
            log_in: positive(table, "log-in", usual.log_in),
            security: positive(table, "security-token", usual.security),
        };
        if read.code > Duration::from_secs(600) {
            table.error_at_value("code", "\"code\" must be at most ten minutes (RFC 6749 4.1.2)");
        }
        if read.access > Duration::from_secs(86_400) {
            table.error_at_value("access-token", "\"access-token\" must be at most a day");
        }
        read
    }
}

impl KeyTimes {
    fn read(table: &Table<'_>) -> Self {
        let usual = Self::default();
        let rotation = positive(table, "rotation", usual.rotation);
        let ahead = positive(table, "ahead", usual.ahead);
        if ahead >= rotation {
            table.error_at_value("ahead", "\"ahead\" must be shorter than \"rotation\"");
        }
        Self { rotation, ahead }
    }
}

impl Hashing {
    fn read(table: &Table<'_>) -> Self {
        let usual = Self::default();
        Self {
            memory: table.within("memory", 8..=password::MOST_MEMORY, usual.memory),
            passes: table.within("passes", 1..=password::MOST_PASSES, usual.passes),
            threads: table.within("threads", 0..=64, usual.threads),
            waiting: table.within("waiting", 1..=4_096, usual.waiting),
        }
    }
}

fn clients(table: &Table<'_>) -> Vec<Client> {
    let mut ids = HashSet::new();
    table.tables("client", |each| {
        let id: Option<String> = each.required("id");
        let redirect_uris: Option<Vec<String>> = each.required("redirect-uris");
        let scopes = known_scopes(each, Vec::new());
        for uri in redirect_uris.iter().flatten().filter(|uri| !redirect::is_usable(uri)) {
            let why = format!("\"{uri}\" is no absolute URI without a fragment, over https, on a loopback address, or of an application's own scheme");
            each.error_at_value("redirect-uris", why);
        }
        if redirect_uris.as_ref().is_some_and(Vec::is_empty) {
            let told = "\"redirect-uris\" names none: nobody can be sent back to this application, and so nobody logs in by it";
            each.warn_at_value("redirect-uris", told);
        }
        if id.as_ref().is_some_and(|id| !ids.insert(id.clone())) {
            each.error_at_value("id", "another client has this ID");
        }
        Some(Client { id: id?, redirect_uris: redirect_uris?, scopes })
    })
}

fn known_scopes(table: &Table<'_>, usual: Vec<String>) -> Vec<String> {
    let read: Vec<String> = table.or("scopes", usual);
    for scope in read.iter().filter(|scope| !scopes::is_known(scope)) {
        table.error_at_value("scopes", format!("\"{scope}\" is no scope that is known here"));
    }
    read
}

fn partners(table: &Table<'_>, profiles: &TlsProfiles, own: &Config) -> Vec<Partner> {
    let (mut names, mut allocated) = (HashSet::new(), HashSet::new());
    table.tables("partner", |each| {
        let name: Option<String> = each.required("name");
        let domains: Option<Vec<String>> = each.required("domains");
        let visitors: Vec<String> = each.or("visitors", Vec::new());
        let has_keys = each.has("jwks") || each.has("jwks-uri");
        if !visitors.is_empty() && !has_keys {
            each.error_at_value("visitors", "a partner whose users come here needs \"jwks\" or \"jwks-uri\"");
        }
        // RFC 7523 3: an assertion names us, by our issuer identifier or by our token endpoint.
        let audience = vec![own.issuer.clone(), own.endpoint(paths::TOKEN)];
        let read = if has_keys { IssuerConfig::read(each, audience, profiles) } else { None };
        let mut resources = each.or("resources", Vec::new());
        let may_visit = each.or("may-visit", Vec::new());
        let scopes = known_scopes(each, scopes::of_visitors());
        let given = each.tables("visitor", |visitor| allocation(visitor, own, &mut allocated));
        let (name, domains) = (name?, domains?);
        let domains: Vec<String> = domains.iter().map(|domain| domain.to_ascii_lowercase()).collect();
        if let Some(domain) = domains.iter().find(|domain| own.is_own_domain(domain)) {
            each.error_at_value("domains", format!("\"{domain}\" is a domain of the own MC system"));
        }
        if !names.insert(name.clone()) {
            each.error_at_value("name", "another partner has this name");
        }
        resources.insert(0, name.clone());
        Some(Partner {
            name,
            issuer: read,
            domains,
            resources,
            may_visit,
            visitors,
            scopes,
            allocated: given,
        })
    })
}

/// Where no domain is named, that is the mistake, and not what each ID lies in.
fn may_lie_in(own: &Config, domain: &str) -> bool {
    own.domains.is_empty() || own.is_own_domain(domain)
}

/// Nobody else, user or visitor, has that MC service ID; users of the store are looked at when it is used.
fn allocation(table: &Table<'_>, own: &Config, taken: &mut HashSet<McServiceId>) -> Option<AllocatedId> {
    let (primary, id) = (table.required("primary"), table.required::<McServiceId>("id"));
    let read = AllocatedId { primary: primary?, id: id? };
    if !may_lie_in(own, read.id.domain()) {
        table.error_at_value("id", "an MC service ID must lie in a domain of the own MC system");
    }
    if !taken.insert(read.id.clone()) {
        table.error_at_value("id", "another visitor has this MC service ID");
    }
    Some(read)
}

fn users(table: &Table<'_>, own: &Config) -> Vec<User> {
    let mut names = HashSet::new();
    table.tables("user", |each| {
        let name: Option<String> = each.required("name");
        let password: Option<String> = each.required("password");
        let every = each.optional("mc-service-id");
        let mcptt = each.optional("mcptt-id").or_else(|| every.clone());
        let mcvideo = each.optional("mcvideo-id").or_else(|| every.clone());
        let mcdata = each.optional("mcdata-id").or(every);
        let locked = each.or("locked", false);
        if let Some(why) = password.as_deref().and_then(|hash| password::check(hash).err()) {
            each.error_at_value(
                "password",
                format!("\"password\" must be a hash of argon2id, as \"mcx users hash\" prints it: {why}"),
            );
        }
        if name.as_ref().is_some_and(|name| !names.insert(name.clone())) {
            each.error_at_value("name", "another user has this name");
        }
        let ids = Ids { mcptt, mcvideo, mcdata };
        let user = User { ids, locked, ..User::new(name?, password?) };
        if let Err(why) = user.check(|domain| may_lie_in(own, domain)) {
            each.error(why);
        }
        Some(user)
    })
}

#[cfg(test)]
mod tests;
