//! Where the endpoints are, below the issuer's URI.

/// The discovery document: OpenID Connect Discovery clause 4
pub const DISCOVERY: &str = "/.well-known/openid-configuration";
/// The same, as RFC 8414 names it.
pub const METADATA: &str = "/.well-known/oauth-authorization-server";
/// The JSON Web Key Set (RFC 7517).
pub const JWKS: &str = "/jwks";
/// What has been revoked before its time.
pub const REVOKED: &str = "/revoked";
/// The authorization endpoint: RFC 6749 clause 3.1
pub const AUTHORIZE: &str = "/authorize";
/// Where the login page leads.
pub const LOGIN: &str = "/login";
/// What the login page looks like.
pub const STYLE: &str = "/login.css";
/// The token endpoint: RFC 6749 clause 3.2
pub const TOKEN: &str = "/token";
/// The revocation endpoint: RFC 7009 clause 2
pub const REVOKE: &str = "/revoke";
/// Before a visitor's MC service ID, for the own ACM server. The project's own.
pub const VISITORS: &str = "/mcx/identity/visitors/";
/// Before the MC service ID of a user of the own system, for the own ACM server. The project's own.
pub const OWN_USERS: &str = "/mcx/identity/users/";
