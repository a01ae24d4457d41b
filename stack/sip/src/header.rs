//! Typed header fields, one file each. A type borrows from the value that it reads and allocates nothing.

mod accept_contact;
mod auth;
mod authentication_info;
mod authorization;
mod call_id;
mod contact;
mod content_id;
mod content_type;
mod cseq;
mod date;
mod event;
mod expires;
mod from;
mod max_forwards;
mod name_addr;
mod p_asserted_identity;
mod p_asserted_service;
mod p_preferred_identity;
mod p_preferred_service;
mod path;
mod product;
mod proxy_authenticate;
mod proxy_authorization;
mod proxy_require;
mod reason;
mod record_route;
mod require;
mod retry_after;
mod route;
mod server;
mod service_id;
mod service_route;
mod sip_etag;
mod sip_if_match;
mod subscription_state;
mod supported;
mod to;
mod unsupported;
mod user_agent;
mod via;
mod warning;
mod www_authenticate;

pub use accept_contact::AcceptContact;
pub use auth::{AuthParams, AuthScheme};
pub use authentication_info::AuthenticationInfo;
pub use authorization::Authorization;
pub use call_id::CallId;
pub use contact::Contact;
pub use content_id::ContentId;
pub use content_type::ContentType;
pub use cseq::CSeq;
pub use date::Date;
pub use event::Event;
pub use expires::Expires;
pub use from::From;
pub use max_forwards::MaxForwards;
pub use name_addr::NameAddr;
pub use p_asserted_identity::PAssertedIdentity;
pub use p_asserted_service::PAssertedService;
pub use p_preferred_identity::PPreferredIdentity;
pub use p_preferred_service::PPreferredService;
pub use path::Path;
pub use proxy_authenticate::ProxyAuthenticate;
pub use proxy_authorization::ProxyAuthorization;
pub use proxy_require::ProxyRequire;
pub use reason::Reason;
pub use record_route::RecordRoute;
pub use require::Require;
pub use retry_after::RetryAfter;
pub use route::Route;
pub use server::Server;
pub use service_route::ServiceRoute;
pub use sip_etag::SipEtag;
pub use sip_if_match::SipIfMatch;
pub use subscription_state::SubscriptionState;
pub use supported::Supported;
pub use to::To;
pub use unsupported::Unsupported;
pub use user_agent::UserAgent;
pub use via::{Via, ViaStamp, stamp_via};
pub use warning::Warning;
pub use www_authenticate::WwwAuthenticate;

use product::product_list;
use service_id::service_id;

use crate::{Malformed, Name};

/// A header field with a type of its own.
pub trait Typed<'a>: Sized {
    /// Which header field it is.
    const NAME: Name;

    /// Parses one value.
    ///
    /// # Errors
    /// [`Malformed`] with the offset in `value`.
    fn parse(value: &'a [u8]) -> Result<Self, Malformed>;
}

/// A host without the brackets of an IPv6 reference.
pub(crate) fn bare_host(host: &[u8]) -> &[u8] {
    host.strip_prefix(b"[").and_then(|inner| inner.strip_suffix(b"]")).unwrap_or(host)
}
