//! Users, and rules about them: each name in a rule is one that the section knows.

use std::collections::HashSet;

use kit::config::{Named, Table, did_you_mean};
use xml_schemas::ids::McServiceId;

use super::super::{AskRule, Tell, TellRule, User, Whom};

/// The word for everybody.
const ANYONE: &str = "anyone";
/// What is written in its place.
const ALMOST_ANYONE: [&str; 7] = ["all", "any", "anybody", "everybody", "everyone", "somebody", "*"];

/// Whom a rule may speak of.
pub(super) struct Names {
    own: Vec<String>,
    /// The domains of interconnected MC systems.
    partners: Vec<String>,
    users: Vec<McServiceId>,
    /// Every system could be read: one that is not among them is unknown.
    is_whole: bool,
}

impl Names {
    /// What the section says of systems and users, also where something else is wrong with them.
    pub(super) fn read(table: &Table<'_>, own: &[String]) -> Self {
        let (mut partners, mut users, mut is_whole) = (Vec::new(), Vec::new(), !own.is_empty());
        table.again("partner", |partner| {
            let domains = partner.optional::<Vec<String>>("domains");
            let domains = domains.or_else(|| partner.optional("name").map(|name| vec![name]));
            is_whole &= domains.is_some();
            partners.extend(domains.into_iter().flatten());
        });
        table.again("user", |user| users.extend(user.optional("mc-service-id")));
        let lower = |names: &[String]| names.iter().map(|name| name.to_ascii_lowercase()).collect();
        Self { own: lower(own), partners: lower(&partners), users, is_whole }
    }

    fn is_own(&self, domain: &str) -> bool {
        self.own.iter().any(|own| own.eq_ignore_ascii_case(domain))
    }

    fn systems(&self) -> impl Iterator<Item = &str> {
        self.own.iter().chain(&self.partners).map(String::as_str)
    }

    /// The key's value: `anyone`, the domain of a system, or the MC service ID of a user.
    fn whom(&self, table: &Table<'_>, key: &'static str) -> Option<Whom> {
        let text: String = table.required(key)?;
        let read = match text.contains(':') {
            true => self.user(&text),
            false => self.system(&text),
        };
        read.map_err(|wrong| table.error_at_value(key, format!("\"{key}\" {wrong}"))).ok()
    }

    fn system(&self, text: &str) -> Result<Whom, String> {
        let domain = text.to_ascii_lowercase();
        if domain == ANYONE {
            return Ok(Whom::Anyone);
        }
        if ALMOST_ANYONE.contains(&domain.as_str()) {
            return Err(format!("names nobody by \"{text}\"; did you mean \"{ANYONE}\"?"));
        }
        if !self.is_whole || self.systems().any(|known| known == domain) {
            return Ok(Whom::System(domain));
        }
        let hint = did_you_mean(&domain, self.systems().chain([ANYONE]));
        Err(format!("names an unknown MC system \"{text}\"{hint}"))
    }

    fn user(&self, text: &str) -> Result<Whom, String> {
        let id = McServiceId::new(text).map_err(|error| error.to_string())?;
        let domain = id.domain();
        if self.is_whole && !self.systems().any(|known| known.eq_ignore_ascii_case(domain)) {
            let hint = did_you_mean(domain, self.systems());
            return Err(format!("names a user of an unknown MC system \"{domain}\"{hint}"));
        }
        // Who a partner's users are is for the partner to know.
        if self.is_own(domain) && !self.users.contains(&id) {
            let hint = did_you_mean(text, self.users.iter().map(McServiceId::as_str));
            return Err(format!("names an unknown user \"{text}\"{hint}"));
        }
        Ok(Whom::User(id))
    }
}

/// `[[locations.user]]`: users of our own, each with identities of its own.
pub(super) fn users(table: &Table<'_>, names: &Names) -> Vec<User> {
    let (mut ids, mut impus) = (HashSet::new(), HashSet::new());
    table.tables("user", |each| {
        let (id, impu) = (each.required("mc-service-id"), each.required("impu"));
        let share = each.tables("share", |rule| tell_rule(rule, names));
        let user = User { id: id?, impu: impu?, share };
        if !names.own.is_empty() && !names.is_own(user.id.domain()) {
            let (own, domain) = (names.own.join(", "), user.id.domain());
            let hint = did_you_mean(domain, names.own.iter().map(String::as_str));
            let wrong =
                format!("\"mc-service-id\" is of the MC system \"{domain}\", not of ours ({own}){hint}");
            each.error_at_value("mc-service-id", wrong);
        }
        if !ids.insert(user.id.clone()) {
            each.error_at_value("mc-service-id", "another user has this MC service ID");
        }
        if !impus.insert(user.impu.clone()) {
            each.error_at_value("impu", "another user has this public user identity");
        }
        Some(user)
    })
}

/// `[[locations.ask]]`.
pub(super) fn ask_rule(table: &Table<'_>, names: &Names) -> Option<AskRule> {
    let name = table.or("name", "ask".to_owned());
    let (requester, target) = (names.whom(table, "requester"), names.whom(table, "target"));
    let allow = table.required("allow");
    Some(AskRule { name, requester: requester?, target: target?, allow: allow? })
}

/// `[[locations.tell]]` and `[[locations.user.share]]`.
pub(super) fn tell_rule(table: &Table<'_>, names: &Names) -> Option<TellRule> {
    let name = table.or("name", "tell".to_owned());
    let requester = names.whom(table, "requester");
    let answer = table.required("answer");
    Some(TellRule { name, requester: requester?, answer: answer? })
}

impl Named for Tell {
    const NAMES: &'static [(&'static str, Self)] =
        &[("allow", Self::Allow), ("refuse", Self::Refuse), ("ask-user", Self::AskUser)];
}
