//! Rules about users and groups. Who a partner's users are is for the partner to know; ours may be in the store, so that one whom the
//! file does not have is told of only where his name is almost that of one whom it has.

use kit::config::{Table, did_you_mean, nearest};

use super::{Partner, Systems};

/// How identities begin.
const SCHEMES: [&str; 3] = ["sip:", "sips:", "tel:"];

/// Whom a rule is about.
#[derive(Clone, Copy)]
enum Whose<'p> {
    Ours,
    Theirs(&'p Partner),
    Anybodys,
}

/// The MC service IDs of all users whom the file has.
pub(super) fn users(root: &Table<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for section in ["locations", "service", "groups", "configuration", "aliases", "acm", "identity"] {
        root.again(section, |table| {
            table.again("user", |user| {
                for key in ["mc-service-id", "mcptt-id", "mcvideo-id", "mcdata-id"] {
                    all.extend(user.optional::<String>(key));
                }
            });
        });
    }
    all
}

/// `[groups]`.
pub(super) fn groups(table: &Table<'_>, systems: &Systems, users: &[String]) {
    for key in ["administrators", "creators"] {
        systems.list(table, key, Whose::Ours, users);
    }
    each_partner(table, |each, _| {
        systems.list(each, "groups", Whose::Anybodys, &[]);
        for rules in ["provide", "accept"] {
            each.again(rules, |rule| systems.one(rule, "group", Whose::Anybodys, &[]));
        }
    });
}

/// `[acm]`.
pub(super) fn acm(table: &Table<'_>, systems: &Systems, users: &[String]) {
    systems.list(table, "interconnection-groups", Whose::Anybodys, &[]);
    table.again("users", |each| systems.one(each, "template", Whose::Ours, &[]));
    table.again("allow", |rule| {
        systems.one(rule, "user", Whose::Ours, users);
        systems.named(rule, "partners");
    });
    each_partner(table, |each, partner| {
        each.again("handle", |rule| systems.one(rule, "initiator", Whose::Theirs(partner), &[]));
    });
}

/// `[service.migration]`.
pub(super) fn migration(table: &Table<'_>, systems: &Systems, users: &[String]) {
    each_partner(table, |each, partner| {
        systems.list(each, "expected", Whose::Theirs(partner), &[]);
        each.again("allow", |rule| systems.one(rule, "user", Whose::Ours, users));
    });
}

/// `[configuration.group-server]`, which has no partners of its own: those of the file's other servers.
pub(super) fn group_server(table: &Table<'_>, known: &[String]) {
    let known = || known.iter().map(String::as_str);
    for name in table.optional::<Vec<String>>("partners").into_iter().flatten() {
        let hint = did_you_mean(&name, known());
        if !hint.is_empty() && !known().any(|known| known.eq_ignore_ascii_case(&name)) {
            let told = format!("\"partners\" names an unknown MC system \"{name}\"{hint}");
            table.warn_at_value("partners", &told);
        }
    }
}

fn each_partner(table: &Table<'_>, mut check: impl FnMut(&Table<'_>, &Partner)) {
    table.again("partner", |each| {
        if let Some(partner) = Partner::read(each) {
            check(each, &partner);
        }
    });
}

impl Systems {
    fn list(&self, table: &Table<'_>, key: &'static str, whose: Whose<'_>, users: &[String]) {
        for pattern in table.optional::<Vec<String>>(key).into_iter().flatten() {
            self.pattern(table, key, &pattern, whose, users);
        }
    }

    fn one(&self, table: &Table<'_>, key: &'static str, whose: Whose<'_>, users: &[String]) {
        if let Some(pattern) = table.optional::<String>(key) {
            self.pattern(table, key, &pattern, whose, users);
        }
    }

    /// A pattern, `*` standing for any characters, of users or groups of these systems.
    fn pattern(
        &self,
        table: &Table<'_>,
        key: &'static str,
        pattern: &str,
        whose: Whose<'_>,
        users: &[String],
    ) {
        if is_nobody(pattern) {
            let wrong = format!(
                "\"{key}\" has what nobody is called: identities begin with \"sip:\", or another scheme"
            );
            return table.error_at_value(key, wrong);
        }
        let Some(domain) = domain_of(pattern).filter(|_| self.is_whole) else { return };
        let is_among = |domains: &[String]| domains.iter().any(|known| known.eq_ignore_ascii_case(domain));
        if !self.domains().any(|known| known.eq_ignore_ascii_case(domain)) {
            let hint = did_you_mean(domain, self.domains());
            let wrong = format!("\"{key}\" names an unknown MC system \"{domain}\" in \"{pattern}\"{hint}");
            return table.error_at_value(key, wrong);
        }
        let (wanted, them) = match whose {
            Whose::Ours => (&self.own, "our own system"),
            Whose::Theirs(partner) => (&partner.domains, partner.name.as_str()),
            Whose::Anybodys => return,
        };
        if !is_among(wanted) {
            let wrong = format!("\"{key}\" is about {them}, and \"{pattern}\" is nobody there");
            return table.error_at_value(key, wrong);
        }
        if pattern.contains('*') || users.iter().any(|user| user == pattern) {
            return;
        }
        // Of one domain all are alike by their ends.
        let local = |user: &'_ str| user.split('@').next().unwrap_or_default().to_owned();
        let locals: Vec<String> = users.iter().map(|user| local(user)).collect();
        if let Some(meant) = nearest(&local(pattern), locals.iter().map(String::as_str)) {
            let told = format!(
                "\"{key}\" names \"{pattern}\", no user of this file; did you mean \"{meant}@{domain}\"?"
            );
            table.warn_at_value(key, &told);
        }
    }

    /// Partners go by their names in a rule.
    fn named(&self, table: &Table<'_>, key: &'static str) {
        let known = || self.partners.iter().map(|partner| partner.name.as_str());
        for name in table.optional::<Vec<String>>(key).into_iter().flatten() {
            if self.is_whole && !known().any(|known| known == name) {
                let hint = did_you_mean(&name, known());
                let wrong = format!("\"{key}\" names an unknown MC system \"{name}\"{hint}");
                table.error_at_value(key, wrong);
            }
        }
    }
}

/// Whether no URI is like this pattern.
fn is_nobody(pattern: &str) -> bool {
    let begins = pattern.split('*').next().unwrap_or_default().to_ascii_lowercase();
    !pattern.contains(':') && !SCHEMES.iter().any(|scheme| scheme.starts_with(&begins))
}

/// The domain that a pattern writes out; none where it may be any.
fn domain_of(pattern: &str) -> Option<&str> {
    let (_, host) = pattern.rsplit_once('@')?;
    let end = host.find([';', '?', ':']).unwrap_or(host.len());
    host.get(..end).filter(|host| !host.is_empty() && !host.contains('*') && !host.starts_with('['))
}
