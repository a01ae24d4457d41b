//! `acm-info`: what administration clients and servers of MC systems say to each other, for which 3GPP has assigned nothing.
//! TS 23.280 10.17.2 · schema `xsd/acm-info.xsd` · media type [`crate::mime::ACM_INFO`] (provisional)

mod client;
mod entry;
mod mark;
mod params;
mod party;
mod receipt;
mod result;
mod user;
mod words;

pub use client::ClientId;
pub use entry::Entry;
pub use mark::Mark;
pub use params::{AcmParams, MessageKind};
pub use party::PartyInfo;
pub use receipt::Receipt;
pub use result::{ResultInfo, State};
pub use user::{MigrationUser, ProfileInfo};
pub use words::{GroupOperation, Urgency};

use xml::{Element, Malformed, Writer};

use super::{
    Body, Content, Kept,
    kept::{Own, fields},
    open,
};
use crate::{
    lexical::Lexical,
    mime::{self, namespace::ACM_INFO as NS},
    names,
};

/// No child is kept in place.
const OWN: Own = Own { namespace: NS, placed: &[] };

/// An `acm-info` document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AcmInfo {
    /// `acm-Params`: one, and after the first of a response to a query one for each item; never none.
    pub params: Vec<AcmParams>,
    /// Children of the root beside them.
    pub kept: Kept,
}

impl AcmInfo {
    /// A document of these.
    #[must_use]
    pub fn of(params: Vec<AcmParams>) -> Self {
        Self { params, kept: Kept::default() }
    }
}

impl Body for AcmInfo {
    const MEDIA_TYPE: &'static str = mime::ACM_INFO;

    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let document = open(bytes, NS, "acm-info")?;
        let (mut params, mut kept) = (Vec::new(), Kept::default());
        for field in fields(document.root(), NS) {
            match field.name(NS) {
                "acm-Params" => params.push(AcmParams::read(field.element)?),
                _ => kept.keep(field, OWN),
            }
        }
        if params.is_empty() {
            return Err(document.root().fault("a required element is missing: acm-Params"));
        }
        Ok(Self { params, kept })
    }

    fn write(&self) -> Vec<u8> {
        Writer::document("acm-info", NS, &[], |w| {
            for params in &self.params {
                w.element("acm-Params", &[], |w| params.write(w));
            }
            self.kept.write_end(w, OWN, None);
        })
    }
}

fn uri<T: Lexical>(element: Element<'_>) -> Result<Content<T>, Malformed> {
    Content::read(element, NS, &names::MCS)
}

fn string<T: Lexical>(element: Element<'_>) -> Result<Content<T>, Malformed> {
    let [uri, string] = names::MCS;
    Content::read(element, NS, &[string, uri])
}

fn write_uri<T: Lexical>(w: &mut Writer, name: &'static str, value: Option<&Content<T>>) {
    if let Some(value) = value {
        value.write(w, name, "mcsURI");
    }
}

/// The children of this name, at least one.
fn list<T>(
    element: Element<'_>,
    name: &str,
    read: impl Fn(Element<'_>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let items: Vec<T> =
        element.children().filter(|child| child.is(NS, name)).map(read).collect::<Result<_, _>>()?;
    if items.is_empty() {
        Err(element.fault(format!("a required element is missing: {name}")))
    } else {
        Ok(items)
    }
}
