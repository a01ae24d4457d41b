//! Why a server did not do what it was asked, in words for a person.

use std::fmt;

use bytes::Bytes;
use http::{Response, StatusCode, header};
use wire::WireError;
use xml::{Document, Limits};

/// The namespace of RFC 4825 clause 11.
const XCAP_ERROR: &str = "urn:ietf:params:xml:ns:xcap-error";

/// Why not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refused {
    /// The group's identity, a tag or the access token cannot stand in a request.
    Unsendable,
    /// No answer came.
    Unanswered(WireError),
    /// The server says no.
    Said {
        /// With this status.
        status: StatusCode,
        /// The names of what is wrong, and what else is told of it.
        why: String,
        /// Seconds after which a repeat may help, where the server says so.
        retry_after: Option<String>,
    },
}

impl Refused {
    pub(super) fn read(response: &Response<Bytes>) -> Self {
        let field = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let media_type = field(header::CONTENT_TYPE).unwrap_or_default();
        let text = String::from_utf8_lossy(response.body());
        let why = if media_type.starts_with("application/xcap-error+xml") {
            xcap_error(response.body())
        } else if media_type.starts_with("application/problem+json") {
            problem(&text)
        } else {
            None
        };
        Self::Said {
            status: response.status(),
            why: why.unwrap_or_else(|| text.trim().to_owned()),
            retry_after: field(header::RETRY_AFTER).map(str::to_owned),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsendable => {
                f.write_str("the group, the tag or the access token cannot stand in a request")
            }
            Self::Unanswered(error) => write!(f, "no answer: {error}"),
            Self::Said { status, why, retry_after } => {
                write!(f, "{status}")?;
                if !why.is_empty() {
                    write!(f, ": {why}")?;
                }
                match retry_after {
                    Some(seconds) => write!(f, " (try again in {seconds} s)"),
                    None => Ok(()),
                }
            }
        }
    }
}

impl std::error::Error for Refused {}

/// `title: detail (cause N)`.
fn problem(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let title = value.get("title").and_then(|title| title.as_str()).unwrap_or_default();
    let detail = value.get("detail").and_then(|detail| detail.as_str());
    let cause = value.get("cause").and_then(serde_json::Value::as_u64);
    let detail = detail.map(|detail| format!(": {detail}")).unwrap_or_default();
    let cause = cause.map(|cause| format!(" (cause {cause})")).unwrap_or_default();
    Some(format!("{title}{detail}{cause}"))
}

/// Each element with its phrase, and the values that are proposed instead.
fn xcap_error(body: &[u8]) -> Option<String> {
    let document = Document::parse(body, &Limits::default()).ok()?;
    let told = |element: xml::Element<'_>| {
        let phrase = element.attribute("phrase").map(|phrase| format!(": {phrase}")).unwrap_or_default();
        let exists = element.children().filter(|child| child.is(XCAP_ERROR, "exists"));
        let values: Vec<String> =
            exists.flat_map(xml::Element::children).map(|value| value.text().into_owned()).collect();
        let values =
            if values.is_empty() { String::new() } else { format!("; free are {}", values.join(", ")) };
        format!("{}{phrase}{values}", element.name())
    };
    Some(document.root().children().map(told).collect::<Vec<_>>().join("; "))
}
