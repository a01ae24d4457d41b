//! What our certificates are for, and what the file has them for.
//! RFC 5280 clause 4.2.1.12

use std::collections::HashMap;

use driver::tls::inspect::Usage;
use kit::config::Table;

use super::Facts;

/// What a profile is named for.
#[derive(Clone, Copy, Default, Debug)]
struct Uses {
    /// By listeners.
    answers: bool,
    /// By hops. Those of terminals do not count: they prove themselves by their credentials.
    calls: bool,
    /// By a hop to a partner, who asks everybody for a certificate.
    calls_partner: bool,
    /// By a hop to whoever has the keys of tokens.
    fetches: bool,
}

/// What keeps a certificate from its uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wrong {
    /// Whoever calls a listener is shown what he must refuse.
    NoServer,
    /// Whoever is called and asks for a certificate is shown what he must refuse.
    NoClient {
        /// Nobody may ask.
        perhaps: bool,
    },
}

pub(super) fn check(root: &Table<'_>, facts: &Facts<'_>) {
    let mut all: HashMap<String, Uses> = HashMap::new();
    root.all_again(&mut |table| {
        if let Some(profile) = table.optional::<String>("tls") {
            all.entry(profile).or_default().add(table);
        }
        if table.has("revoked-uri") {
            // What is revoked is told to servers alone, and without it no key counts.
            table.again("server", |hop| {
                let uses = hop.optional::<String>("tls").map(|profile| all.entry(profile).or_default());
                uses.into_iter().for_each(|uses| (uses.calls, uses.calls_partner) = (true, true));
            });
        }
    });
    root.named_again("tls", |table| {
        let (uses, usage) = (all.get(table.name()), facts.certificates.usage(table.name()));
        let (Some(uses), Some(usage)) = (uses, usage) else { return };
        match uses.wrong(usage) {
            None => {}
            Some(_) if usage.disputed => table.warn_at_value(
                "certificate",
                "the certificate is for any use, or for SIP domains, and not by name for servers and clients of TLS (extended key usage): some peers refuse it, mcx among them",
            ),
            Some(Wrong::NoServer) => table.error_at_value(
                "certificate",
                "the certificate is not for servers (extended key usage), and a listener has it: whoever calls there refuses it",
            ),
            Some(Wrong::NoClient { perhaps: false }) => table.error_at_value(
                "certificate",
                "the certificate is not for clients (extended key usage), and hops have it: whoever is called refuses it",
            ),
            Some(Wrong::NoClient { perhaps: true }) => table.warn_at_value(
                "certificate",
                "the certificate is not for clients (extended key usage), and hops have it: whoever is called and asks for one refuses it",
            ),
        }
    });
}

impl Uses {
    fn add(&mut self, table: &Table<'_>) {
        let (path, name) = (table.path(), table.name());
        // [[service.http]] is a listener, [service.group-server.http] a hop.
        let is_listener = name == "listen" || (name == "http" && path.matches('.').count() == 1);
        if is_listener {
            self.answers = true;
        } else if path.ends_with("issuer.server") || path == "identity.partner.server" {
            // Keys are fetched from whoever has them, who as a rule asks nobody for a certificate.
            self.fetches = true;
        } else if !path.starts_with("client.") {
            self.calls = true;
            self.calls_partner |= path.starts_with("gateway.partner.") || path.contains(".partner.direct");
        }
    }

    fn wrong(self, usage: Usage) -> Option<Wrong> {
        if self.answers && !usage.server {
            return Some(Wrong::NoServer);
        }
        let perhaps = !self.calls || (!self.answers && !self.calls_partner);
        ((self.calls || self.fetches) && !usage.client).then_some(Wrong::NoClient { perhaps })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc5280_4_2_1_12_a_certificate_is_for_what_its_profile_is_used_for() {
        let (server, client) =
            (Usage { server: true, ..Usage::default() }, Usage { client: true, ..Usage::default() });
        let answers = Uses { answers: true, ..Uses::default() };
        let calls = Uses { calls: true, ..Uses::default() };
        let calls_partner = Uses { calls_partner: true, ..calls };
        let both = Uses { answers: true, ..calls };
        let fetches = Uses { answers: true, fetches: true, ..Uses::default() };
        for (uses, of_server, of_client) in [
            (Uses::default(), None, None),
            (answers, None, Some(Wrong::NoServer)),
            (calls, Some(Wrong::NoClient { perhaps: true }), None),
            (calls_partner, Some(Wrong::NoClient { perhaps: false }), None),
            (both, Some(Wrong::NoClient { perhaps: false }), Some(Wrong::NoServer)),
            (fetches, Some(Wrong::NoClient { perhaps: true }), Some(Wrong::NoServer)),
        ] {
            assert_eq!((uses.wrong(server), uses.wrong(client)), (of_server, of_client), "{uses:?}");
            let both = Usage { server: true, client: true, disputed: false };
            assert_eq!(uses.wrong(both), None, "{uses:?}");
        }
    }
}
