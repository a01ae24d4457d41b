//! By which key a partner signs what it says of its audit log. A key inside of what it signs proves nothing.
//!
//! Those of the configuration count (`audit-keys`); where it names none, and the operator says so (`audit-first-key`), the first that
//! comes, from then on. Else none does.

use audit::PublicKey;
use kit::{Cause, Cx, Done};

use crate::{
    Acm,
    book::{Changes, keys},
};

/// A key that counts.
pub(super) enum Pin {
    /// It is known.
    Known,
    /// It is the first of this partner: kept with what it signs.
    First(String, PublicKey),
}

impl Pin {
    /// Whether this is a key of the partner's.
    ///
    /// # Errors
    /// [`Cause::ProtectionInvalid`] where it is not, or none is known; [`kit::Fault`] where the store cannot be read.
    pub(super) async fn of(cx: &Cx<Acm>, partner: &str, key: &PublicKey) -> Done<Self> {
        let config = cx.config();
        let keys = config.partner(partner).map(|partner| &partner.audit).ok_or(Cause::UnknownPartner)?;
        if keys.known.contains(key) {
            return Ok(Self::Known);
        }
        if !keys.known.is_empty() || !keys.takes_first {
            return Err(Cause::ProtectionInvalid.into());
        }
        let place = keys::audit_key(partner);
        match cx.book().store().get(place.as_bytes()).await.map_err(kit::Fault::from)? {
            None => Ok(Self::First(place, key.clone())),
            Some(kept) if *kept.value == *key.to_string().as_bytes() => Ok(Self::Known),
            Some(_) => Err(Cause::ProtectionInvalid.into()),
        }
    }

    /// With what it signs, the key is kept. Where another came first, neither is.
    pub(super) fn keep(self, changes: Changes) -> Changes {
        match self {
            Self::Known => changes,
            Self::First(place, key) => changes.pin(place, key.to_string()),
        }
    }
}
