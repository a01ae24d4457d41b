//! What ties the answer to the question, where the peer names it and where it does not.

use crate::ids::{McServiceId, RequestId};

/// How a message about a migration is correlated: by the `request-id` of its companion body, or, of a peer that sends none, by the
/// two MC service IDs (TS 23.280 table 10.6.3.2.2-1, NOTE).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Correlation {
    key: RequestId,
    is_named: bool,
}

impl Correlation {
    /// By this `request-id`, which travels in a companion body.
    #[must_use]
    pub fn named(request_id: RequestId) -> Self {
        Self { key: request_id, is_named: true }
    }

    /// By both IDs; no companion body travels.
    #[must_use]
    pub fn by_ids(partner: &McServiceId, primary: &McServiceId) -> Self {
        let (one, other) = (hash(FNV, [partner, primary]), hash(!FNV, [primary, partner]));
        // Hexadecimal digits and a hyphen are visible ASCII without an `@`: the else is never taken.
        let key = RequestId::new(&format!("ids-{one:016x}{other:016x}"));
        Self { key: key.unwrap_or_else(|_| RequestId::anonymous()), is_named: false }
    }

    /// What is found again: the `request-id`, or a mark that stands for both IDs, the same each time.
    #[must_use]
    pub fn key(&self) -> &RequestId {
        &self.key
    }

    /// The `request-id`, where the peer named one.
    #[must_use]
    pub fn request_id(&self) -> Option<&RequestId> {
        self.is_named.then_some(&self.key)
    }
}

const FNV: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a. Whoever finds two pairs with the same mark has found nothing: the IDs themselves are compared too.
fn hash(start: u64, ids: [&McServiceId; 2]) -> u64 {
    let bytes = ids.into_iter().flat_map(|id| id.as_str().bytes().chain([0]));
    bytes.fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
