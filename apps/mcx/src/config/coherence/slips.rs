//! Hosts of own servers, and identities of terminals, in what is almost a domain of the own MC system.

use kit::config::{HostPort, Table, nearest_within};
use xml_schemas::ids::{McServiceId, Psi};

use super::{sides::is_in, systems};

/// So many edits make a slip: `south.example` is no slip of `north.example`.
const EDITS: usize = 1;

pub(super) fn check(root: &Table<'_>) {
    let mut own = systems::own(root);
    root.again("gateway", |gateway| {
        own.extend(gateway.optional::<Vec<String>>("domains").into_iter().flatten());
    });
    root.all_again(&mut |table| {
        if is_hop(table) {
            host(table, &own);
        }
    });
    root.named_again("client", terminal);
}

/// A hop to a server of the own system. Those of partners are looked at beside what is said of them.
fn is_hop(table: &Table<'_>) -> bool {
    let path = table.path();
    let is_listener = path.ends_with("listen") || (path.ends_with(".http") && path.matches('.').count() == 1);
    !is_listener && !path.contains("partner") && table.has("address") && table.has("tls")
}

fn host(hop: &Table<'_>, own: &[String]) {
    let key = if hop.has("identity") { "identity" } else { "name" };
    let Some(HostPort { host, .. }) = hop.optional::<HostPort>(key) else { return };
    if let Some(meant) = slip(&host, own.iter().map(String::as_str)) {
        let told = format!("\"{key}\" has \"{host}\", in no domain of ours; did you mean \"{meant}\"?");
        hop.warn_at_value(key, &told);
    }
}

/// The domain that a host was most likely meant to be in.
fn slip<'d>(host: &str, mut domains: impl Iterator<Item = &'d str> + Clone) -> Option<&'d str> {
    if domains.clone().any(|domain| is_in(host, domain)) {
        return None;
    }
    domains.find(|domain| nearest_within(systems::tail(host, domain), [*domain], EDITS).is_some())
}

/// A public user identity may be of an IMS whose domain is another one; the location management server of a user is of his MC system.
fn terminal(client: &Table<'_>) {
    let Some(id) = client.optional::<McServiceId>("mc-service-id") else { return };
    let user = id.domain();
    if let Some(impu) = client.optional::<kit::Impu>("impu")
        && slip(impu.domain(), std::iter::once(user)).is_some()
    {
        let told = format!(
            "\"impu\" is of \"{}\", and \"mc-service-id\" of \"{user}\": is one of them a slip?",
            impu.domain()
        );
        client.warn_at_value("impu", &told);
    }
    if let Some(server) = client.optional::<Psi>("location-server")
        && !is_in(server.domain(), user)
        && !is_in(user, server.domain())
    {
        let told = format!(
            "\"location-server\" is of \"{}\", and \"mc-service-id\" of \"{user}\": it knows its own users alone",
            server.domain()
        );
        client.warn_at_value("location-server", &told);
    }
}
