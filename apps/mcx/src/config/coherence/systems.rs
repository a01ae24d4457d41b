//! MC systems, their users and groups, as rules name them: each is of a system that the section knows, and of the one that the rule
//! is about.

mod rules;
mod servers;

use kit::config::Table;
use xml_schemas::ids::Psi;

use super::{Facts, sides::same};
pub(super) use servers::tail;

/// Sections that know the own domains, and partners.
const SECTIONS: [&str; 3] = ["locations", "groups", "acm"];

pub(super) fn check(root: &Table<'_>, facts: &Facts<'_>) {
    let users = rules::users(root);
    let mut theirs = Vec::new();
    for section in SECTIONS {
        root.again(section, |table| {
            let systems = Systems::read(table, own_of(table));
            theirs.extend(systems.partners.iter().flat_map(|partner| partner.domains.clone()));
            servers::of_partners(root, table, &systems);
            match section {
                "groups" => rules::groups(table, &systems, &users),
                "acm" => rules::acm(table, &systems, &users),
                _ => {}
            }
        });
    }
    root.again("service", |service| {
        let own = own_of_service(service);
        service.again("migration", |table| {
            let systems = Systems::read(table, own.clone());
            servers::of_partners(root, table, &systems);
            rules::migration(table, &systems, &users);
        });
    });
    root.again("configuration", |table| {
        table.again("group-server", |each| rules::group_server(each, &theirs));
    });
    servers::of_acm(root, facts);
}

/// The MC systems of a section.
struct Systems {
    own: Vec<String>,
    partners: Vec<Partner>,
    /// Every one could be read: one that is not among them is unknown.
    is_whole: bool,
}

struct Partner {
    name: String,
    domains: Vec<String>,
}

impl Systems {
    fn read(table: &Table<'_>, own: Vec<String>) -> Self {
        let (mut partners, mut is_whole) = (Vec::new(), !own.is_empty());
        table.again("partner", |each| {
            let read = Partner::read(each);
            is_whole &= read.is_some();
            partners.extend(read);
        });
        Self { own, partners, is_whole }
    }

    fn domains(&self) -> impl Iterator<Item = &str> + Clone {
        let theirs = self.partners.iter().flat_map(|partner| &partner.domains);
        self.own.iter().chain(theirs).map(String::as_str)
    }
}

impl Partner {
    fn read(table: &Table<'_>) -> Option<Self> {
        let name: String = table.optional("name")?;
        let domains = match table.has("domains") {
            true => table.optional("domains")?,
            false => vec![name.clone()],
        };
        Some(Self { name, domains })
    }
}

/// What a section says of the own domains: `domains`, or that of its service identity.
fn own_of(table: &Table<'_>) -> Vec<String> {
    if table.has("domains") {
        return table.optional("domains").unwrap_or_default();
    }
    table.optional::<Psi>("psi").iter().map(|psi| psi.domain().to_owned()).collect()
}

fn own_of_service(service: &Table<'_>) -> Vec<String> {
    let mut said = Vec::new();
    service.again("authorization", |table| said = table.optional("domains").unwrap_or_default());
    if said.is_empty() { own_of(service) } else { said }
}

/// The domains of the own MC system, as all sections that know them say.
pub(super) fn own(root: &Table<'_>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut add = |own: Vec<String>| {
        for domain in own {
            if !all.iter().any(|known| same(known, &domain)) {
                all.push(domain);
            }
        }
    };
    for section in ["locations", "groups", "configuration", "acm"] {
        root.again(section, |table| add(own_of(table)));
    }
    root.again("service", |table| add(own_of_service(table)));
    all
}
