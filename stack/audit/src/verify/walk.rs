//! From the first entry to the last.

use std::collections::{BTreeMap, HashMap};

use super::{
    Kept, Trusted,
    finding::{Finding, Report, Witness},
};
use crate::{
    Digest, Entry, SignedHead,
    chain::End,
    record::{self, Found},
};

/// What is known of the chain at the place that has been reached.
pub(super) struct Walk<'k> {
    report: Report,
    /// The number that comes next.
    next: u64,
    /// What the link before it may be: as it stands, and as it should. Nothing where that entry is missing.
    before: Vec<Digest>,
    /// The ends that were told, by number.
    heads: BTreeMap<u64, Vec<(Digest, Witness)>>,
    /// The last number at which such an end was right.
    right: u64,
    /// The ends that each partner has told of each of his chains. What somebody else calls his chain says nothing about this one's.
    partners: HashMap<(String, String), BTreeMap<u64, Digest>>,
    /// What partners' signatures may be made with.
    trusted: &'k Trusted,
}

impl<'k> Walk<'k> {
    pub(super) fn new(chain: &str, trusted: &'k Trusted, report: Report) -> Self {
        let before = vec![record::origin(chain)];
        Self { report, next: 1, before, heads: BTreeMap::new(), right: 0, partners: HashMap::new(), trusted }
    }

    /// The record of the end.
    pub(super) fn told(&mut self, end: &End) {
        self.expect(end.head.seq, end.head.link, Witness::End);
        match &end.signed {
            Some(signed) if signed.head == end.head => {
                self.report.is_signed = true;
                self.judge(signed, Witness::End);
            }
            Some(_) => self.find(Finding::Forged { seq: end.head.seq, by: Witness::End }),
            None => {}
        }
    }

    /// An end that was kept on the way.
    pub(super) fn checkpoint(&mut self, (seq, signed): (u64, Option<SignedHead>)) {
        if !self.report.is_signed && !self.report.findings.contains(&Finding::Unsigned) {
            self.find(Finding::Unsigned);
        }
        match signed.filter(|signed| signed.head.seq == seq) {
            Some(signed) => {
                if self.judge(&signed, Witness::Checkpoint) {
                    self.expect(seq, signed.head.link, Witness::Checkpoint);
                }
            }
            None => self.find(Finding::Forged { seq, by: Witness::Checkpoint }),
        }
    }

    /// An end that a partner kept.
    pub(super) fn witness(&mut self, kept: &Kept) {
        let (_, seq, link) = kept.end();
        if !kept.is_signed() {
            self.find(Finding::Forged { seq, by: Witness::Partner });
        } else if !self.trusted.own.is_empty() && !self.trusted.own.contains(kept.key()) {
            // Nobody else's word tells where this chain ended.
            self.find(Finding::UnknownKey { seq });
        } else {
            self.expect(seq, link, Witness::Partner);
        }
    }

    fn judge(&mut self, signed: &SignedHead, by: Witness) -> bool {
        let seq = signed.head.seq;
        if signed.check().is_err() {
            self.find(Finding::Forged { seq, by });
            return false;
        }
        if !self.trusted.own.is_empty() && !self.trusted.own.contains(&signed.key) {
            self.find(Finding::UnknownKey { seq });
        }
        true
    }

    fn expect(&mut self, seq: u64, link: Digest, by: Witness) {
        self.report.heads += 1;
        self.heads.entry(seq).or_default().push((link, by));
    }

    /// The next record among the entries; its number as its key says, where that is one.
    pub(super) fn entry(&mut self, seq: Option<u64>, bytes: &[u8]) {
        let Some(seq) = seq.filter(|seq| *seq >= self.next) else { return self.find(Finding::Stray) };
        self.report.entries += 1;
        if seq > self.next {
            self.find(Finding::Missing { from: self.next, to: seq - 1 });
            self.before.clear();
        }
        self.next = seq.saturating_add(1);
        match Found::read(bytes) {
            None => {
                self.find(Finding::Altered { seq });
                self.before.clear();
            }
            Some(found) if found.seq != seq => {
                self.find(Finding::Moved { seq, was: found.seq });
                self.before.clear();
            }
            Some(found) => self.found(seq, &found),
        }
    }

    fn found(&mut self, seq: u64, found: &Found<'_>) {
        let mut may_be: Vec<Digest> = self.before.iter().map(|before| found.link_after(before)).collect();
        let is_tied = self.before.is_empty() || may_be.contains(&found.link);
        if is_tied {
            may_be.clear();
        } else {
            self.find(Finding::Altered { seq });
        }
        may_be.push(found.link);
        self.before = may_be;
        self.compare(seq);
        if is_tied && found.is_witness() {
            match found.entry() {
                Some(entry) => self.witnesses(seq, &entry),
                None => self.find(Finding::Altered { seq }),
            }
        }
    }

    /// With the ends that were told of this number.
    fn compare(&mut self, seq: u64) {
        let Some(told) = self.heads.remove(&seq) else { return };
        let wrong: Vec<_> = told.into_iter().filter(|(link, _)| !self.before.contains(link)).collect();
        let after = self.right;
        if wrong.is_empty() {
            self.right = seq;
        }
        wrong.into_iter().for_each(|(_, by)| self.find(Finding::Rewritten { after, at: seq, by }));
    }

    /// What partners have signed.
    fn witnesses(&mut self, seq: u64, entry: &Entry) {
        if let Some(receipt) = &entry.receipt {
            self.report.witnesses += 1;
            let of_it =
                Some(receipt.digest) == entry.digest && Some(&receipt.request) == entry.request.as_ref();
            if of_it && receipt.check().is_ok() {
                self.partners_end(seq, entry, &Kept::Receipt(receipt.clone()));
            } else {
                self.find(Finding::BadReceipt { seq });
            }
        }
        if let Some(signed) = &entry.head {
            self.report.witnesses += 1;
            self.partners_end(seq, entry, &Kept::Head(signed.clone()));
        }
    }

    /// Whether a partner's chain goes on from where it was.
    fn partners_end(&mut self, seq: u64, entry: &Entry, kept: &Kept) {
        let (chain, number, link) = kept.end();
        let partner = entry.partner.as_deref().unwrap_or_default();
        let known = self.partners.entry((partner.to_owned(), chain.to_owned())).or_default();
        // Receipts and ends may overtake each other; what is told twice of one number is to be the same.
        let same = known.get(&number).is_none_or(|known| *known == link);
        if !same || !kept.is_signed() {
            return self.find(Finding::BadPartnerHead { seq });
        }
        known.insert(number, link);
        if self.trusted.partners.get(partner).is_some_and(|keys| !keys.contains(kept.key())) {
            self.find(Finding::UnknownPartnerKey { seq });
        }
    }

    fn find(&mut self, finding: Finding) {
        self.report.findings.push(finding);
    }

    pub(super) fn finish(mut self) -> Report {
        let last = self.next - 1;
        // A chain that has no entry yet ends where it began.
        if last == 0 {
            self.compare(0);
        }
        // A signed end of an entry that is missing itself, or cannot be read, tells nothing that has not been found.
        let past =
            self.heads.range(self.next..).flat_map(|(seq, told)| told.iter().map(|(_, by)| (*seq, *by)));
        let truncated: Vec<_> = past.map(|(was, by)| Finding::Truncated { last, was, by }).collect();
        self.report.findings.extend(truncated);
        self.report
    }
}
