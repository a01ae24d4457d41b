//! The privacy switch: a partner is told no more than the server that answers tells, whatever the gateway's own switch says.

use kit::config::Table;

/// Sections whose servers answer partners.
const SERVERS: [&str; 3] = ["locations", "groups", "acm"];

pub(super) fn check(root: &Table<'_>) {
    root.again("gateway", |gateway| gateway.again("partner", |partner| at_the_gateway_alone(root, partner)));
}

/// The gateway answers only what it refuses itself.
fn at_the_gateway_alone(root: &Table<'_>, partner: &Table<'_>) {
    let Some(name) = partner.optional::<String>("name").filter(|_| partner.optional("merge") == Some(true))
    else {
        return;
    };
    let mut telling = Vec::new();
    let mut look = |table: &Table<'_>| {
        table.again("partner", |each| {
            let is_the_same = each.optional::<String>("name").is_some_and(|other| other == name);
            if is_the_same && !each.optional("merge").unwrap_or(each.has("merge")) {
                telling.push(format!("[[{}]]", each.path()));
            }
        });
    };
    for section in SERVERS {
        root.again(section, &mut look);
    }
    root.again("service", |service| service.again("migration", &mut look));
    if !telling.is_empty() {
        let told = format!(
            "\"merge\" is about what the gateway itself answers; without one of its own, {} tells unknown from refused",
            telling.join(", ")
        );
        partner.warn_at_value("merge", &told);
    }
}
