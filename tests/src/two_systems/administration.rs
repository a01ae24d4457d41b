//! ACM servers, and users who administer ([`crate::Setup::administration`]).

use acm::AcmServer;
use clients::AcmClient;

use super::TwoSystems;
use crate::Home;

impl TwoSystems {
    /// The ACM server of a system.
    ///
    /// # Panics
    /// Where it does not run.
    #[must_use]
    pub fn acm(&self, home: Home) -> &AcmServer {
        self.running(&format!("acm1.core.{}", home.domain())).acm().expect("an ACM server")
    }

    /// The ACM client on the terminal of this user.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    pub fn acm_client(&self, name: &str) -> &AcmClient {
        self.client(name).acm().expect("an ACM client")
    }
}
