//! `[[acm.allow]]` and `[[acm.partner.handle]]`.

use kit::{
    config::{Named, Table},
    document_rules::like,
};
use xml_schemas::ids::McServiceId;

/// Step 2: who may ask whom for what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AllowRule {
    /// Its name, in records of decisions.
    pub name: String,
    /// Who asks; `*` stands for any characters.
    pub user: String,
    /// For what, by `req-type`; empty: anything.
    pub flows: Vec<String>,
    /// Of which systems; empty: of any.
    pub partners: Vec<String>,
    /// Whether it may be asked.
    pub allow: bool,
}

/// Step 4: how what a partner asks is handled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HandleRule {
    /// Its name, in records of decisions.
    pub name: String,
    /// What is asked, by `req-type`; empty: anything.
    pub flows: Vec<String>,
    /// Who asks; `*` stands for any characters.
    pub initiator: String,
    /// How it is handled.
    pub by: Handling,
    /// Who handles it in place of whom the request names, where [`Handling::Person`] says so.
    pub person: Option<McServiceId>,
}

/// How a request is handled: by rule (TS 23.280 10.17.3.2) or by a person (10.17.3.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Handling {
    /// By rule: yes.
    Allow,
    /// By rule: no.
    Refuse,
    /// By whom the request names.
    Target,
    /// By the person of the rule.
    Person,
}

impl Named for Handling {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("allow", Self::Allow),
        ("refuse", Self::Refuse),
        ("target", Self::Target),
        ("person", Self::Person),
    ];
}

fn is_among(names: &[String], name: &str) -> bool {
    names.is_empty() || names.iter().any(|each| each == name)
}

impl AllowRule {
    /// Whether it is about such a request.
    #[must_use]
    pub fn is_about(&self, user: &McServiceId, flow: &str, partner: &str) -> bool {
        like(&self.user, user.as_str()) && is_among(&self.flows, flow) && is_among(&self.partners, partner)
    }
}

impl HandleRule {
    /// Whether it is about such a request.
    #[must_use]
    pub fn is_about(&self, initiator: &McServiceId, flow: &str) -> bool {
        like(&self.initiator, initiator.as_str()) && is_among(&self.flows, flow)
    }
}

pub(super) fn allow_rule(table: &Table<'_>) -> Option<AllowRule> {
    let name = table.or("name", "allow".to_owned());
    let user = table.required("user");
    let (flows, partners) = (table.or("flows", Vec::new()), table.or("partners", Vec::new()));
    let allow = table.or("allow", true);
    Some(AllowRule { name, user: user?, flows, partners, allow })
}

pub(super) fn handle_rule(table: &Table<'_>) -> Option<HandleRule> {
    let name = table.or("name", "handle".to_owned());
    let flows = table.or("flows", Vec::new());
    let initiator = table.or("initiator", "*".to_owned());
    let by = table.required("by");
    let person = table.optional("person");
    let by = by?;
    if (by == Handling::Person) != person.is_some() {
        table.error_at_value("by", "\"person\" belongs to by = \"person\", and to nothing else");
    }
    Some(HandleRule { name, flows, initiator, by, person })
}
