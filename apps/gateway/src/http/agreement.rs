//! What was agreed with a partner about HTTP.

use std::collections::BTreeMap;

use http::{HeaderValue, Method};
use wire::Hop;

use super::Root;

/// The application usage of groups (TS 24.481 clause 7.2, OMA-TS-XDM_Group).
pub(super) const GROUPS: &str = "org.openmobilealliance.groups";

/// What may be asked of documents: methods by application usage. Empty is the default: nothing.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Operations(BTreeMap<Box<str>, Vec<Method>>);

/// The methods that a border carries at all (RFC 4825 clause 7).
pub(super) const METHODS: [Method; 5] =
    [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::POST];

impl Operations {
    /// Reads operations such as `GET org.openmobilealliance.groups`. Who may GET may HEAD.
    ///
    /// # Errors
    /// The first that is none.
    pub fn new<S: AsRef<str>>(operations: impl IntoIterator<Item = S>) -> Result<Self, String> {
        let mut all: BTreeMap<Box<str>, Vec<Method>> = BTreeMap::new();
        for operation in operations {
            let operation = operation.as_ref();
            let (method, auid) = read(operation).ok_or_else(|| operation.to_owned())?;
            let methods = all.entry(auid.into()).or_default();
            if method == Method::GET {
                methods.push(Method::HEAD);
            }
            methods.push(method);
        }
        Ok(Self(all))
    }

    /// Whether nothing is agreed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn allow(&self, auid: &str, method: &Method) -> bool {
        self.0.get(auid).is_some_and(|methods| methods.contains(method))
    }

    /// The value of Allow (RFC 9110 10.2.1) for documents of this usage.
    pub(super) fn allowed(&self, auid: &str) -> HeaderValue {
        let agreed = self.0.get(auid);
        let listed = METHODS.iter().filter(|method| agreed.is_some_and(|agreed| agreed.contains(method)));
        let listed: Vec<&str> = listed.map(Method::as_str).collect();
        HeaderValue::try_from(listed.join(", ")).unwrap_or(HeaderValue::from_static(""))
    }
}

fn read(operation: &str) -> Option<(Method, &str)> {
    let (method, auid) = operation.split_once(' ')?;
    let method = METHODS.into_iter().find(|known| known.as_str() == method)?;
    let is_auid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (!auid.is_empty() && auid.bytes().all(is_auid)).then_some((method, auid))
}

/// One partner's agreement about HTTP.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// Its XCAP root: our servers' requests below it go there.
    pub root: Root,
    /// Its border; none for a system that only ever asks us.
    pub hop: Option<Hop>,
    /// What it may ask of us.
    pub inbound: Operations,
    /// What we may ask of it.
    pub outbound: Operations,
    /// Media types that may stand in bodies, in either direction, in lower case.
    pub media: Vec<Box<str>>,
    /// Octets of a body, in either direction.
    pub body: usize,
}

/// What may stand in bodies where nothing is said.
pub(super) const MEDIA: [&str; 6] = [
    "application/vnd.oma.poc.groups+xml",
    "application/xcap-el+xml",
    "application/xcap-att+xml",
    "application/xcap-ns+xml",
    "application/xcap-caps+xml",
    "application/resource-lists+xml",
];

impl Agreement {
    /// Whether a body of this Content-Type may pass.
    pub(super) fn allows_media(&self, content_type: &HeaderValue) -> bool {
        let essence = essence(content_type);
        self.media.iter().any(|media| media.eq_ignore_ascii_case(essence))
    }
}

/// A media type without its parameters (RFC 9110 8.3.1); empty where it cannot be read.
pub(super) fn essence(content_type: &HeaderValue) -> &str {
    content_type.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim()
}
