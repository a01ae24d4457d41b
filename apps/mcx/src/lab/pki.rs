//! The lab's authorities, one for each system, and a certificate for each server. Nothing outlives the lab's folder.

use std::fs;

use certs::{Authority, Leaf};

use super::{
    idms,
    plan::{Plan, SystemPlan},
};
use crate::Failure;

/// File names within a system's folder. Each certificate `x.pem` has its key in `x.key`.
pub mod files {
    /// The system's own authority.
    pub const AUTHORITY: &str = "tls/ca.pem";
    /// The authority of the other system.
    pub const PARTNER: &str = "tls/partner-ca.pem";
    /// What partners see.
    pub const BORDER: &str = "tls/border";
    /// The gateway, as its own servers see it.
    pub const GATEWAY: &str = "tls/gateway";
    /// The SIP core.
    pub const CORE: &str = "tls/sip-core";
    /// The location management server.
    pub const LOCATIONS: &str = "tls/locations";
    /// The MC service server.
    pub const SERVICE: &str = "tls/service";
    /// The group management server, as other servers see it.
    pub const GROUPS: &str = "tls/groups";
    /// The same, as clients see it: below the XCAP root.
    pub const XCAP: &str = "tls/xcap";
    /// The configuration management server, as other servers see it.
    pub const CONFIGURATION: &str = "tls/configuration";
    /// The same, as clients see it: below its XCAP root.
    pub const CMS: &str = "tls/cms";
    /// The identity management server.
    pub const IDMS: &str = "tls/idms";
    /// The MC service server, as clients see it over HTTP.
    pub const MCS: &str = "tls/mcs";
    /// The ACM server.
    pub const ACM: &str = "tls/acm";
    /// The functional alias controlling server.
    pub const ALIASES: &str = "tls/aliases";
    /// What signs the ends of audit logs, and receipts for partners.
    pub const AUDIT: &str = "tls/audit.key";
    /// What signs access tokens beside the identity management server: `mcx lab token`.
    pub const TOKENS: &str = "tls/tokens";
    /// By which those are verified (RFC 7517).
    pub const JWKS: &str = "tls/tokens.jwks.json";
    /// The users' devices.
    pub const CLIENT: &str = "tls/client";
    /// For whoever plays a server of the system in a test: SIPp, openssl.
    pub const TESTER: &str = "tls/tester";
}

/// Makes and writes every authority, certificate and key.
///
/// # Errors
/// The folder cannot be written to.
pub fn write(plan: &Plan) -> Result<(), Failure> {
    let made =
        plan.systems.iter().map(|system| Ok((system, Authority::new(&format!("{} lab", system.domain))?)));
    let authorities = made.collect::<Result<Vec<_>, certs::Error>>()?;
    for (system, authority) in &authorities {
        leaves(system, authority)?;
        for (other, its) in &authorities {
            let name = if other.domain == system.domain { files::AUTHORITY } else { files::PARTNER };
            fs::write(system.folder.join(name), its.pem())?;
        }
    }
    Ok(())
}

fn leaves(system: &SystemPlan, authority: &Authority) -> Result<(), Failure> {
    // What partners see names nothing that lies behind it.
    leaf(system, authority, files::BORDER, Leaf::new(system.gateway()).dns_name(system.gateway()))?;
    leaf(system, authority, files::GATEWAY, named(system.gateway()))?;
    leaf(system, authority, files::CORE, named(system.inner("sip-core")))?;
    leaf(system, authority, files::LOCATIONS, named(system.inner("lms1")))?;
    leaf(system, authority, files::SERVICE, named(system.inner("mcs1")))?;
    leaf(system, authority, files::GROUPS, named(system.inner("gms1")))?;
    leaf(system, authority, files::XCAP, named(system.xcap_host()))?;
    leaf(system, authority, files::CONFIGURATION, named(system.inner("cms1")))?;
    leaf(system, authority, files::CMS, named(system.configuration_host()))?;
    // `mcx login --browser` opens its page by its address: no resolver knows a lab's names.
    let identity = named(system.identity_host()).ip_address(system.at.identity.ip());
    leaf(system, authority, files::IDMS, identity)?;
    leaf(system, authority, files::MCS, named(system.service_host()))?;
    leaf(system, authority, files::ACM, named(system.inner("acm1")))?;
    leaf(system, authority, files::ALIASES, named(system.inner("fa1")))?;
    leaf(system, authority, files::TOKENS, named(format!("tokens.{}", system.domain)))?;
    fs::write(system.folder.join(files::JWKS), idms::signer(system)?.jwks())?;
    super::files::write_private(&system.folder.join(files::AUDIT), &certs::signing_key()?)?;
    leaf(system, authority, files::TESTER, named(system.inner("tester")))?;
    leaf(system, authority, files::CLIENT, Leaf::new("device").dns_name(format!("device.{}", system.domain)))
}

fn named(name: String) -> Leaf {
    Leaf::new(name.clone()).dns_name(name)
}

fn leaf(system: &SystemPlan, authority: &Authority, file: &str, leaf: Leaf) -> Result<(), Failure> {
    let path = system.folder.join(file);
    let (Some(folder), Some(stem)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Ok(());
    };
    authority.issue(&leaf)?.write(folder, stem)?;
    Ok(())
}
