//! RFC 3325 5: who the user is, is this element's to say; RFC 6050 5 likewise for which service it uses.

use sip::{Edits, Message, Name, PPreferredService};

/// The communication services of TS 24.379, TS 24.281 and TS 24.282, and what they are refined to.
const SERVICES: [&str; 3] = ["mcptt", "mcvideo", "mcdata"];

const ICSI: &str = "urn:urn-7:3gpp-service.ims.icsi.";

/// Takes away whatever the user says about who it is, and says it.
pub(super) fn assert(request: &Message, address: &str, edits: &mut Edits) {
    for claimed in [Name::PPreferredIdentity, Name::PAssociatedUri, Name::PCalledPartyId] {
        edits.remove(claimed);
    }
    edits.remove_extension("X-3GPP-Asserted-Identity");
    edits.set(Name::PAssertedIdentity, format!("<{address}>").as_bytes());
    edits.remove(Name::PPreferredService);
    edits.remove(Name::PAssertedService);
    let preferred = request.typed::<PPreferredService<'_>>().ok().flatten();
    if let Some(service) = preferred.filter(|preferred| is_known(preferred.0)) {
        edits.append(Name::PAssertedService, service.0);
    }
}

fn is_known(service: &[u8]) -> bool {
    let Some(name) = std::str::from_utf8(service).ok().and_then(|service| service.strip_prefix(ICSI)) else {
        return false;
    };
    SERVICES.contains(&name.split_once('.').map_or(name, |(base, _)| base))
}
