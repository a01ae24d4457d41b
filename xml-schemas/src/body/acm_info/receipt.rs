//! `receipt` of `acm-info`.

use xml::{Element, Malformed, Writer};

use super::NS;
use crate::{
    body::kept::{fields, once},
    lexical::text_of,
};

/// Proof that a system has written what it received into its audit log, and where the log stood then (TS 22.280 asks for
/// auditing, TS 33.180 10 classes it; the form is the project's own).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// `of`: the name of the flow that was received.
    pub of: String,
    /// `digest`: of what was received, as both sides compute it; hexadecimal.
    pub digest: String,
    /// `chain`: which log of the system.
    pub chain: String,
    /// `number`: of the entry, counted from one.
    pub number: u64,
    /// `head`: the hash of the log with that entry; hexadecimal.
    pub head: String,
    /// `key`: which key signed it.
    pub key: String,
    /// `signature`: over all of the above; base64.
    pub signature: String,
}

impl Receipt {
    pub(super) fn read(element: Element<'_>) -> Result<Self, Malformed> {
        let names = ["of", "digest", "chain", "number", "head", "key", "signature"];
        let mut found: [Option<Element<'_>>; 7] = [None; 7];
        for field in fields(element, NS) {
            let place = names.iter().position(|name| *name == field.name(NS));
            if let Some(slot) = place.and_then(|place| found.get_mut(place)) {
                once(slot, field.element, field.element)?;
            }
        }
        let [of, digest, chain, number, head, key, signature] = found;
        let needed = |slot: Option<Element<'_>>, name| {
            let at = slot.ok_or_else(|| element.fault(format!("a required element is missing: {name}")))?;
            text_of::<String>(at)
        };
        let count = number.ok_or_else(|| element.fault("a required element is missing: number"))?;
        Ok(Self {
            of: needed(of, "of")?,
            digest: needed(digest, "digest")?,
            chain: needed(chain, "chain")?,
            number: text_of(count)?,
            head: needed(head, "head")?,
            key: needed(key, "key")?,
            signature: needed(signature, "signature")?,
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.element("receipt", &[], |w| {
            w.leaf("of", &self.of);
            w.leaf("digest", &self.digest);
            w.leaf("chain", &self.chain);
            w.leaf("number", &self.number.to_string());
            w.leaf("head", &self.head);
            w.leaf("key", &self.key);
            w.leaf("signature", &self.signature);
        });
    }
}
