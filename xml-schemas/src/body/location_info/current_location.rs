//! `CurrentLocation` of `location-info`.

use std::{borrow::Cow, fmt};

use xml::{Element, Malformed, Writer};

use super::{NS, PointCoordinate};
use crate::{
    Timestamp,
    body::{
        Content, Kept,
        kept::{Own, fields, once},
    },
    ids::FunctionalAlias,
    lexical::{Lexical, text_of},
};

/// Children that are kept, with their places in the schema's sequence.
const OWN: Own = Own { namespace: NS, placed: &["NeighbouringEcgi", "MbmsSaId", "MbsfnArea"] };

/// F.3 `tCurrentLocationType`. Every part may be absent, or encrypted. Personal.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CurrentLocation {
    /// `CurrentServingEcgi`: the cell that serves the terminal.
    pub serving_ecgi: Option<Content<Ecgi>>,
    /// `CurrentCoordinate`: the point.
    pub coordinate: Option<PointCoordinate>,
    /// `locTimestamp`, under `anyExt`: when the position was taken.
    pub timestamp: Option<Timestamp>,
    /// `FunctionalAlias`, under `anyExt`: roles that the user holds.
    pub aliases: Vec<FunctionalAlias>,
    /// Every other child.
    pub kept: Kept,
}

impl CurrentLocation {
    pub(super) fn read(element: Element<'_>) -> Result<Self, Malformed> {
        let mut location = Self::default();
        for field in fields(element, NS) {
            let element = field.element;
            match field.name(NS) {
                "CurrentServingEcgi" => {
                    once(&mut location.serving_ecgi, element, Content::read(element, NS, &["Ecgi"])?)?
                }
                "CurrentCoordinate" => {
                    once(&mut location.coordinate, element, PointCoordinate::read(element)?)?
                }
                "locTimestamp" => once(&mut location.timestamp, element, text_of(element)?)?,
                "FunctionalAlias" => location.aliases.push(text_of(element)?),
                _ => location.kept.keep(field, OWN),
            }
        }
        Ok(location)
    }

    pub(super) fn write(&self, w: &mut Writer) {
        if let Some(ecgi) = &self.serving_ecgi {
            ecgi.write(w, "CurrentServingEcgi", "Ecgi");
        }
        OWN.placed.iter().for_each(|name| self.kept.write_named(w, OWN, name));
        if let Some(coordinate) = &self.coordinate {
            w.element("CurrentCoordinate", &[], |w| coordinate.write(w));
        }
        let extensions = |w: &mut Writer| {
            if let Some(timestamp) = self.timestamp {
                w.leaf("locTimestamp", &timestamp.to_string());
            }
            self.aliases.iter().for_each(|alias| w.leaf("FunctionalAlias", alias.as_str()));
        };
        let has_extensions = self.timestamp.is_some() || !self.aliases.is_empty();
        let typed: Option<&dyn Fn(&mut Writer)> = if has_extensions { Some(&extensions) } else { None };
        self.kept.write_end(w, OWN, typed);
    }
}

/// F.3 `tEcgi`: country and network code (3 digits each), then the cell identity as 28 binary digits. Personal.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Ecgi(Box<str>);

impl Ecgi {
    /// Reads a cell's global identity; none if it is not of the form.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let (plmn, cell) = text.split_at_checked(6)?;
        let well_formed = plmn.bytes().all(|byte| byte.is_ascii_digit())
            && cell.len() == 28
            && cell.bytes().all(|byte| matches!(byte, b'0' | b'1'));
        well_formed.then(|| Self(text.into()))
    }

    /// The identity as it is written on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Ecgi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ecgi(..)")
    }
}

impl Lexical for Ecgi {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        Self::new(text).ok_or(Cow::Borrowed("not 6 digits followed by 28 binary digits"))
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}
