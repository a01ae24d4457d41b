//! SIP messages: reading them off the wire without copying, changing them by splicing, and printing new ones.
//!
//! A [`Message`] is a table of spans over one `Bytes`. Header fields are found at once and understood on demand:
//! `message.typed::<header::Via>()`. A proxy changes a message with [`Edits`], which are applied while it is written out; a user
//! agent prints a [`Request`] or a [`Response`] of its own. Parsing, the header fields that a proxy reads, and forwarding
//! allocate nothing in usual sizes.
//!
//! No socket, clock or source of chance is known here.
#![forbid(unsafe_code)]

mod edits;
mod error;
mod fields;
mod framer;
pub mod header;
mod lex;
mod limits;
mod message;
mod method;
pub mod multipart;
mod name;
mod params;
mod print;
mod request;
mod response;
#[cfg(feature = "rsip")]
mod rsip;
mod scan;
mod status;
mod text;
mod uri;
mod uri_params;

pub use edits::Edits;
pub use error::Malformed;
pub use framer::{Frame, Framer};
pub use header::{
    AcceptContact, AuthParams, AuthScheme, AuthenticationInfo, Authorization, CSeq, CallId, Contact,
    ContentId, ContentType, Date, Event, Expires, From, MaxForwards, NameAddr, PAssertedIdentity,
    PAssertedService, PPreferredIdentity, PPreferredService, Path, ProxyAuthenticate, ProxyAuthorization,
    ProxyRequire, Reason, RecordRoute, Require, RetryAfter, Route, Server, ServiceRoute, SipEtag, SipIfMatch,
    SubscriptionState, Supported, To, Typed, Unsupported, UserAgent, Via, ViaStamp, Warning, WwwAuthenticate,
    stamp_via,
};
pub use limits::Limits;
pub use message::{Header, Message, Values};
pub use method::Method;
pub use multipart::{MultipartBuilder, Part};
pub use name::Name;
pub use params::{Param, Params};
pub use request::Request;
pub use response::Response;
pub use status::reason_phrase;
pub use text::{quote, unquote};
pub use uri::{Scheme, Uri, same_domain};
pub use uri_params::UriParams;
