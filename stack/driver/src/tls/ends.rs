//! When certificates end, ours and those that we trust; and when a revocation list is to be followed by the next.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use parking_lot::Mutex;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _},
    metrics::{MetricType, gauge::ConstGauge},
};
use rustls::pki_types::CertificateDer;
use wire::Clock;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{inspect, path::roots, pem::certificates};
use crate::TlsProfile;

/// Profile, whose the certificate is, and its subject.
type Labels = (Arc<str>, &'static str, String);

/// The certificates of every node of a process, as they were last read.
#[derive(Clone, Default)]
pub(crate) struct Ends(Arc<Mutex<HashMap<String, Known>>>);

struct Known {
    clock: Arc<dyn Clock>,
    ends: Vec<(Labels, SystemTime)>,
    /// By profile and issuer.
    lists: Vec<((Arc<str>, String), SystemTime)>,
}

impl Ends {
    /// From now on a node has these profiles.
    pub(crate) fn are(&self, node: &str, profiles: &[TlsProfile], clock: &Arc<dyn Clock>) {
        let ends = profiles.iter().flat_map(of).collect();
        let lists = profiles.iter().flat_map(lists_of).collect();
        self.0.lock().insert(node.to_owned(), Known { clock: clock.clone(), ends, lists });
    }

    /// Seconds that each certificate still holds, less than none where it has ended. Of several of one subject, as while one follows
    /// another, the one that ends first.
    fn left(&self) -> BTreeMap<Labels, i64> {
        self.first(|known| &known.ends)
    }

    /// Seconds until the next list of each issuer is to be there, less than none where it was to be.
    fn lists_left(&self) -> BTreeMap<(Arc<str>, String), i64> {
        self.first(|known| &known.lists)
    }

    fn first<L: Ord + Clone>(&self, ends: impl Fn(&Known) -> &[(L, SystemTime)]) -> BTreeMap<L, i64> {
        let mut left = BTreeMap::new();
        for known in self.0.lock().values() {
            let now = known.clock.wall();
            for (labels, ends) in ends(known) {
                let seconds = seconds(now, *ends);
                left.entry(labels.clone())
                    .and_modify(|least: &mut i64| *least = seconds.min(*least))
                    .or_insert(seconds);
            }
        }
        left
    }
}

fn seconds(now: SystemTime, ends: SystemTime) -> i64 {
    let whole = |span: Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    match ends.duration_since(now) {
        Ok(left) => whole(left),
        Err(over) => -whole(over.duration()),
    }
}

/// Of one profile. What cannot be read is an error elsewhere.
fn of(profile: &TlsProfile) -> Vec<(Labels, SystemTime)> {
    let own = profile.certificate.as_deref().and_then(|pem| certificates(pem).ok()).unwrap_or_default();
    let own = own.into_iter().take(1).map(|der| ("own", der));
    let trusted = roots(profile).unwrap_or_default().into_iter().map(|der| ("trusted", der));
    let read = |(holder, der): (&'static str, CertificateDer<'static>)| {
        let (_, parsed) = X509Certificate::from_der(&der).ok()?;
        let ends = u64::try_from(parsed.validity().not_after.timestamp()).unwrap_or(0);
        let labels = (profile.name.clone(), holder, parsed.subject().to_string());
        Some((labels, UNIX_EPOCH + Duration::from_secs(ends)))
    };
    own.chain(trusted).filter_map(read).collect()
}

/// The lists of one profile, those that say when the next one comes.
fn lists_of(profile: &TlsProfile) -> Vec<((Arc<str>, String), SystemTime)> {
    let lists = profile.crls.iter().filter_map(|pem| inspect::revocation_lists(pem).ok()).flatten();
    lists.filter_map(|list| Some(((profile.name.clone(), list.issuer_name), list.next?))).collect()
}

impl fmt::Debug for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ends").finish_non_exhaustive()
    }
}

impl Collector for Ends {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "Until a certificate of ours, or one that is trusted, ends";
        let unit = None;
        let mut family =
            encoder.encode_descriptor("tls_certificate_seconds", help, unit, MetricType::Gauge)?;
        for ((profile, holder, subject), left) in self.left() {
            let labels = [("profile", &*profile), ("holder", holder), ("subject", subject.as_str())];
            ConstGauge::new(left).encode(family.encode_family(&labels)?)?;
        }
        let help = "Until the next revocation list of an issuer is to be there";
        let mut family =
            encoder.encode_descriptor("tls_revocation_list_seconds", help, None, MetricType::Gauge)?;
        for ((profile, issuer), left) in self.lists_left() {
            let labels = [("profile", &*profile), ("issuer", issuer.as_str())];
            ConstGauge::new(left).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
