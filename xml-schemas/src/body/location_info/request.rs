//! `Request` of `location-info`.

use xml::{Element, Malformed, Writer};

use super::{NS, OWN};
use crate::{
    body::{Kept, kept::fields},
    ids::RequestId,
    lexical::{Lexical, attribute_of},
};

/// F.3 `tRequestType`: report where you are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// `RequestId`.
    pub id: RequestId,
    /// `refresh`: whether a stored position will not do. Absent means refresh, since TS 23.280 10.9.3.2 asks the client.
    pub refresh: Option<bool>,
    /// Its children.
    pub kept: Kept,
}

impl Request {
    pub(super) fn read(element: Element<'_>) -> Result<Self, Malformed> {
        element.required_attribute("RequestId")?;
        let id = attribute_of(element, "RequestId")?;
        let mut kept = Kept::default();
        fields(element, NS).for_each(|field| kept.keep(field, OWN));
        Ok(Self {
            id: id.ok_or_else(|| element.fault("a required attribute is missing: RequestId"))?,
            refresh: attribute_of(element, "refresh")?,
            kept,
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        let refresh = self.refresh.map(|refresh| Lexical::write(&refresh).into_owned());
        let attributes =
            [("RequestId", self.id.as_str()), ("refresh", refresh.as_deref().unwrap_or_default())];
        let attributes = if refresh.is_some() { attributes.as_slice() } else { attributes.split_at(1).0 };
        w.element("Request", attributes, |w| self.kept.write_end(w, OWN, None));
    }
}
