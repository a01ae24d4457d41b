//! `[tls.NAME]`: what the files hold.

use std::{
    collections::HashMap,
    fs,
    io::ErrorKind,
    path::Path,
    time::{Duration, SystemTime},
};

use driver::tls::inspect::{self, Issuer, Own, RevocationList, Usage};
use kit::config::{Table, TlsProfile, TlsProfiles};
use wire::AnchorId;
use xml_schemas::Timestamp;

/// An own certificate that ends within this time is told of.
const SOON: Duration = Duration::from_secs(14 * 86_400);

/// What each profile proves, and whom it trusts; only what could be read.
#[derive(Default)]
pub(super) struct Certificates(HashMap<String, Known>);

#[derive(Default)]
struct Known {
    /// None where the certificate could not be read.
    proves: Option<Vec<String>>,
    anchors: Vec<AnchorId>,
    usage: Option<Usage>,
}

impl Certificates {
    pub(super) fn read(root: &Table<'_>, tls: &TlsProfiles, now: SystemTime) -> Self {
        let mut all = HashMap::new();
        root.named_again("tls", |table| {
            if let Some(profile) = tls.get(table.name()) {
                all.insert(profile.name.clone(), known(table, profile, now));
            }
        });
        Self(all)
    }

    /// The domains that a profile's certificate proves; none where it could not be read.
    pub(super) fn proves(&self, profile: &str) -> &[String] {
        self.read_of(profile).unwrap_or_default()
    }

    /// As [`Certificates::proves`], told from a certificate that could not be read.
    pub(super) fn read_of(&self, profile: &str) -> Option<&[String]> {
        self.0.get(profile).and_then(|known| known.proves.as_deref())
    }

    /// What a profile's certificate is for; none where it could not be read.
    pub(super) fn usage(&self, profile: &str) -> Option<Usage> {
        self.0.get(profile).and_then(|known| known.usage)
    }

    /// Whom a profile trusts; none where nothing could be read.
    pub(super) fn anchors(&self, profile: &str) -> &[AnchorId] {
        self.0.get(profile).map(|known| known.anchors.as_slice()).unwrap_or_default()
    }
}

/// The text of a file that a key names, or none after having reported why not.
pub(super) fn text(table: &Table<'_>, key: &'static str, file: &Path) -> Option<String> {
    // That it is not there at all has been told before.
    let read = fs::read_to_string(file);
    read.map_err(|why| {
        let (file, kind) = (file.display(), why.kind());
        match kind {
            ErrorKind::NotFound => {}
            ErrorKind::InvalidData => {
                table.error_at_value(key, format!("{file} is no text: {}", wanted(key)))
            }
            _ => table.error_at_value(key, format!("{file} cannot be read: {why}")),
        }
    })
    .ok()
}

/// What is no text is DER, as a rule, in which authorities publish.
fn wanted(key: &str) -> &'static str {
    match key {
        "revocations" => "PEM is wanted; \"openssl crl -inform DER -in FILE\" makes it of DER",
        "key" => "PEM is wanted; \"openssl pkey -inform DER -in FILE\" makes it of DER",
        _ => "PEM is wanted; \"openssl x509 -inform DER -in FILE\" makes it of DER",
    }
}

fn known(table: &Table<'_>, profile: &TlsProfile, now: SystemTime) -> Known {
    let wrong = |key, file: &Path, why: &dyn ToString| {
        table.error_at_value(key, format!("{}: {}", file.display(), why.to_string()));
    };
    let (mut anchors, mut authorities) = (Vec::new(), Vec::new());
    for file in &profile.authorities {
        let Some(pem) = text(table, "authorities", file) else { continue };
        match inspect::authorities(&pem) {
            Ok(read) => {
                anchors.extend(read);
                authorities.push(pem);
            }
            Err(why) => wrong("authorities", file, &why),
        }
    }
    for file in &profile.revocations {
        let Some(pem) = text(table, "revocations", file) else { continue };
        match inspect::revocation_lists(&pem) {
            Ok(lists) => {
                lists.iter().for_each(|list| whose(table, file, list, &authorities, now));
            }
            Err(why) => wrong("revocations", file, &why),
        }
    }
    let certificate = text(table, "certificate", &profile.certificate);
    let certificate = certificate.filter(|pem| {
        let readable = inspect::anchors(pem);
        readable.map_err(|why| wrong("certificate", &profile.certificate, &why)).is_ok()
    });
    let Some(certificate) = certificate else { return Known { anchors, ..Known::default() } };
    if let Some(Err(why)) = text(table, "key", &profile.key).map(|key| inspect::belongs(&key, &certificate)) {
        wrong("key", &profile.key, &why);
    }
    let proves = match inspect::own(&certificate) {
        Ok(own) => {
            dates(table, profile, &own, now);
            own.proves.identities.iter().map(|identity| identity.domain().to_owned()).collect()
        }
        Err(why) => {
            let told = format!("{}: {why}; no peer can know us by it", profile.certificate.display());
            table.warn_at_value("certificate", &told);
            Vec::new()
        }
    };
    Known { proves: Some(proves), anchors, usage: inspect::usage(&certificate).ok() }
}

/// A list that is not signed by whom it names would keep out everybody whom that authority has ever vouched for. One goes on counting
/// after its time: whoever is on it stays out; of who was revoked since, it says nothing.
fn whose(table: &Table<'_>, file: &Path, list: &RevocationList, authorities: &[String], now: SystemTime) {
    let file = file.display();
    let ended = list.next.filter(|next| *next < now).map(|ended| {
        let ended = Timestamp::from(ended);
        format!("the next list was to be there by {ended}: who has been revoked since is let in")
    });
    let issuer = match list.issuer(authorities) {
        // Authorities that cannot be read have been told of.
        Ok(Issuer::Trusted) | Err(_) => None,
        Ok(Issuer::Forged) => {
            let wrong = "not signed by the authority of this profile whose name it has, or not in a way that counts: it was damaged or forged, or is by another key; all whom that authority vouches for would be refused";
            return table.error_at_value("revocations", format!("{file}: {wrong}"));
        }
        Ok(Issuer::TrustedInPart) => Some(
            "signed by one of the authorities of this profile that have its issuer's name, not by all: whom the others vouch for is refused",
        ),
        Ok(Issuer::Another) => Some(
            "a list of none of the authorities of this profile: it revokes what an intermediate authority of its issuer's name has issued, and nothing else",
        ),
    };
    let told: Vec<String> = issuer.map(str::to_owned).into_iter().chain(ended).collect();
    if !told.is_empty() {
        table.warn_at_value("revocations", &format!("{file}: {}", told.join("; ")));
    }
}

/// One that has expired proves nothing to anybody; but whatever else the process does has nothing to do with that. One that is to hold
/// from a moment on may have been put there in good time.
fn dates(table: &Table<'_>, profile: &TlsProfile, own: &Own, now: SystemTime) {
    let file = profile.certificate.display();
    let warn = |text: String| table.warn_at_value("certificate", &text);
    let ends = own.proves.not_after;
    if own.not_before > now {
        warn(format!("{file} holds from {} on, not yet", Timestamp::from(own.not_before)));
    } else if ends < now {
        let (profile, ended) = (&profile.name, Timestamp::from(ends));
        warn(format!(
            "{file}, of [tls.{profile}], has expired: it held until {ended}, and every peer refuses it; put a certificate there that holds"
        ));
    } else if ends < now + SOON {
        warn(format!("{file} expires soon: it holds until {}", Timestamp::from(ends)));
    }
}
