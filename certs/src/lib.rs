//! Makes what a lab or a test of interconnected MC systems needs of a public key infrastructure: an authority for
//! each system, leaves whose subject alternative names are SIP domains (RFC 5922 clause 7.1), revocation lists,
//! and the bad certificates that a server must refuse. It holds no key of its own and keeps none.
//!
//! ```
//! let authority = certs::Authority::new("primary.example lab")?;
//! let leaf = authority.issue(&certs::Leaf::new("mcgw.primary.example").sip_domain("primary.example"))?;
//! assert!(leaf.cert_pem.starts_with("-----BEGIN CERTIFICATE-----"));
//! # Ok::<(), certs::Error>(())
//! ```

mod authority;
mod error;
mod files;
mod leaf;
mod signing;

pub use authority::{Authority, Issued};
pub use error::Error;
pub use files::Written;
pub use leaf::{Leaf, Usage, Validity};
pub use signing::signing_key;
