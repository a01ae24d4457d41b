//! Who the user of a terminal is.

use kit::{Impu, digest::Algorithm, private::Private};
use xml_schemas::{body::mcptt_info::AccessToken, ids::McServiceId};

/// A user's account at the SIP core, and at the MC service.
#[derive(Clone, Debug)]
pub struct Account {
    /// The public user identity that is registered.
    pub impu: Impu,
    /// The digest username.
    pub username: String,
    /// The password. It never leaves the terminal, nor a log.
    pub password: Private<String>,
    /// The realm that the password is for (RFC 7616 3.3); challenges for another are not answered.
    pub realm: String,
    /// The algorithms by which it may be proved: an attacker between would ask for the weakest (RFC 7616 5.7).
    pub algorithms: Vec<Algorithm>,
    /// The MC service ID.
    pub mc_id: McServiceId,
    /// The MC client ID, a URN that names this terminal's client (TS 24.379 7.2.1).
    pub client_id: Option<String>,
    /// The access token that authorises the user for the service (TS 24.379 7.2.1), where there is one.
    pub access_token: Option<AccessToken>,
}
