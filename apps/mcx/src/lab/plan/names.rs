//! What a system calls its servers, its services and its files.

use std::path::PathBuf;

use super::SystemPlan;

impl SystemPlan {
    /// The gateway's public name.
    #[must_use]
    pub fn gateway(&self) -> String {
        format!("mcgw.{}", self.domain)
    }

    /// An inner name.
    #[must_use]
    pub fn inner(&self, host: &str) -> String {
        format!("{host}.core.{}", self.domain)
    }

    /// The location management server's public service identity.
    #[must_use]
    pub fn locations_psi(&self) -> String {
        format!("sip:lms_psi@{}", self.domain)
    }

    /// The MC service server's public service identity.
    #[must_use]
    pub fn service_psi(&self) -> String {
        format!("sip:mcptt_psi@{}", self.domain)
    }

    /// The file with the access token of somebody who has a terminal here, relative to the system's folder.
    #[must_use]
    pub fn token_file(&self, terminal: &str) -> String {
        format!("tls/{terminal}.token")
    }

    /// The group management server's public service identity.
    #[must_use]
    pub fn groups_psi(&self) -> String {
        format!("sip:gms_psi@{}", self.domain)
    }

    /// The ACM server's public service identity.
    #[must_use]
    pub fn acm_psi(&self) -> String {
        format!("sip:acm_psi@{}", self.domain)
    }

    /// The functional alias controlling server's public service identity.
    #[must_use]
    pub fn aliases_psi(&self) -> String {
        format!("sip:alias_psi@{}", self.domain)
    }

    /// Whose profile a partner's user gets a copy of.
    #[must_use]
    pub fn template(&self) -> String {
        format!("sip:visitor-template@{}", self.domain)
    }

    /// A role that its users take in turn.
    #[must_use]
    pub fn alias(&self) -> String {
        format!("sip:dispatcher@{}", self.domain)
    }

    /// The configuration management server's public service identity.
    #[must_use]
    pub fn configuration_psi(&self) -> String {
        format!("sip:cms_psi@{}", self.domain)
    }

    /// The host below which configuration documents are.
    #[must_use]
    pub fn configuration_host(&self) -> String {
        format!("cms.{}", self.domain)
    }

    /// The host below which its documents are, for its clients and for partners alike.
    #[must_use]
    pub fn xcap_host(&self) -> String {
        format!("xcap.{}", self.domain)
    }

    /// The XCAP root at that host.
    #[must_use]
    pub fn xcap_root(&self) -> String {
        format!("https://{}", self.xcap_host())
    }

    /// The host of its identity management server.
    #[must_use]
    pub fn identity_host(&self) -> String {
        format!("idms.{}", self.domain)
    }

    /// Its identity management server, where its users log in.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("https://{}", self.identity_host())
    }

    /// Whose access tokens count too: signed by a key in the lab's folder, for tests that show a token and log nobody in.
    #[must_use]
    pub fn tester(&self) -> String {
        format!("https://tokens.{}", self.domain)
    }

    /// The host at which clients reach the MC service server over HTTP.
    #[must_use]
    pub fn service_host(&self) -> String {
        format!("mcs.{}", self.domain)
    }

    /// Who may do everything with its groups.
    #[must_use]
    pub fn administrator(&self) -> String {
        format!("sip:admin@{}", self.domain)
    }

    /// The configuration of its servers.
    #[must_use]
    pub fn servers_file(&self) -> PathBuf {
        self.folder.join("servers.toml")
    }

    /// The configuration of its users' clients.
    #[must_use]
    pub fn clients_file(&self) -> PathBuf {
        self.folder.join("clients.toml")
    }
}
