//! What is asked of an authority.

use std::{
    net::IpAddr,
    time::{Duration, SystemTime},
};

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyUsagePurpose, SanType,
    SerialNumber,
};

use crate::Error;

/// From when until when a certificate or a revocation list holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Validity {
    /// The first moment.
    pub from: SystemTime,
    /// The last moment.
    pub until: SystemTime,
}

impl Validity {
    /// The whole span that a test's clock, paused or not, can stand in: 1980 to 2090.
    #[must_use]
    pub fn wide() -> Self {
        Self { from: years(10), until: years(120) }
    }

    /// Over since long: the year 2000.
    #[must_use]
    pub fn past() -> Self {
        Self { from: years(30), until: years(31) }
    }

    /// Not begun for long: from 2090 on.
    #[must_use]
    pub fn future() -> Self {
        Self { from: years(120), until: years(121) }
    }
}

/// Years after 1970, of 365 days and a quarter.
fn years(count: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(count * 31_557_600)
}

/// What the leaf may be used for (RFC 5280 4.2.1.12).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Usage {
    /// Either end of a mutual handshake: what an MC server has.
    Both,
    /// Only to answer handshakes.
    Server,
    /// Only to open them.
    Client,
    /// Whatever it be (`anyExtendedKeyUsage`), and none by name.
    Any,
    /// To name a SIP domain (RFC 5924), and nothing else.
    SipDomain,
}

/// A leaf certificate to be issued, with a fresh P-256 key.
#[derive(Clone, Debug)]
pub struct Leaf {
    pub(crate) common_name: String,
    pub(crate) uris: Vec<String>,
    pub(crate) dns_names: Vec<String>,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) validity: Validity,
    pub(crate) usage: Usage,
    pub(crate) serial: Option<u64>,
}

impl Leaf {
    /// A leaf without alternative names, usable for both ends and valid at any time that a test can name.
    #[must_use]
    pub fn new(common_name: impl Into<String>) -> Self {
        Self {
            common_name: common_name.into(),
            uris: Vec::new(),
            dns_names: Vec::new(),
            addresses: Vec::new(),
            validity: Validity::wide(),
            usage: Usage::Both,
            serial: None,
        }
    }

    /// Adds the alternative name `sip:domain` (RFC 5922 clause 7.1).
    #[must_use]
    pub fn sip_domain(mut self, domain: &str) -> Self {
        self.uris.push(format!("sip:{domain}"));
        self
    }

    /// Adds a URI alternative name as it stands, which lets a test make one that must be refused.
    #[must_use]
    pub fn uri(mut self, uri: impl Into<String>) -> Self {
        self.uris.push(uri.into());
        self
    }

    /// Adds a DNS alternative name.
    #[must_use]
    pub fn dns_name(mut self, name: impl Into<String>) -> Self {
        self.dns_names.push(name.into());
        self
    }

    /// Adds an address, for whoever knows the holder by no name: a browser without a resolver.
    #[must_use]
    pub fn ip_address(mut self, address: IpAddr) -> Self {
        self.addresses.push(address);
        self
    }

    /// Bounds its life.
    #[must_use]
    pub fn valid(mut self, validity: Validity) -> Self {
        self.validity = validity;
        self
    }

    /// Makes one that has expired.
    #[must_use]
    pub fn expired(self) -> Self {
        self.valid(Validity::past())
    }

    /// Restricts its use.
    #[must_use]
    pub fn usage(mut self, usage: Usage) -> Self {
        self.usage = usage;
        self
    }

    /// Fixes the serial number, so that a revocation list can name it before it is issued.
    #[must_use]
    pub fn serial(mut self, serial: u64) -> Self {
        self.serial = Some(serial);
        self
    }

    pub(crate) fn params(&self) -> Result<CertificateParams, Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(&self.common_name);
        params.not_before = self.validity.from.into();
        params.not_after = self.validity.until.into();
        params.serial_number = self.serial.map(|serial| SerialNumber::from_slice(&serial.to_be_bytes()));
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = match self.usage {
            Usage::Both => vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth],
            Usage::Server => vec![ExtendedKeyUsagePurpose::ServerAuth],
            Usage::Client => vec![ExtendedKeyUsagePurpose::ClientAuth],
            Usage::Any => vec![ExtendedKeyUsagePurpose::Any],
            Usage::SipDomain => vec![ExtendedKeyUsagePurpose::Other(vec![1, 3, 6, 1, 5, 5, 7, 3, 20])],
        };
        for uri in &self.uris {
            params.subject_alt_names.push(SanType::URI(uri.as_str().try_into()?));
        }
        for name in &self.dns_names {
            params.subject_alt_names.push(SanType::DnsName(name.as_str().try_into()?));
        }
        params.subject_alt_names.extend(self.addresses.iter().copied().map(SanType::IpAddress));
        Ok(params)
    }
}

pub(crate) fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}
