//! RFC 3325 5: who the user is, is this element's to say; RFC 6050 5 likewise for which service it uses.

use kit::carriage::ICSIS;
use sip::{Edits, Message, Name, PPreferredService};

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

/// An MC service, or what one is refined to.
fn is_known(service: &[u8]) -> bool {
    let refines = |icsi: &&str| {
        let rest = service.strip_prefix(icsi.as_bytes());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"."))
    };
    ICSIS.iter().any(refines)
}
