//! `CurrentCoordinate` of `location-info`.

use xml::{Element, Malformed, Writer};

use super::{Altitude, Latitude, Longitude, NS, OWN, Uncertainty, VerticalUncertainty};
use crate::body::{
    Content, Kept,
    kept::{fields, once},
};

/// F.3 `tPointCoordinate`: a point, and how well it is known. Personal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PointCoordinate {
    /// `longitude`.
    pub longitude: Content<Longitude>,
    /// `latitude`.
    pub latitude: Content<Latitude>,
    /// `altitude`, under `anyExt`.
    pub altitude: Option<Content<Altitude>>,
    /// `horizontalaccuracy`, under `anyExt`.
    pub horizontal_accuracy: Option<Content<Uncertainty>>,
    /// `verticalaccuracy`, under `anyExt`.
    pub vertical_accuracy: Option<Content<VerticalUncertainty>>,
    /// Every other child.
    pub kept: Kept,
}

const BYTE: &str = "onebyteunsignedhalfrange";

impl PointCoordinate {
    /// A point of which nothing else is known.
    #[must_use]
    pub fn new(latitude: Latitude, longitude: Longitude) -> Self {
        Self {
            longitude: longitude.into(),
            latitude: latitude.into(),
            altitude: None,
            horizontal_accuracy: None,
            vertical_accuracy: None,
            kept: Kept::default(),
        }
    }

    pub(super) fn read(element: Element<'_>) -> Result<Self, Malformed> {
        let (mut longitude, mut latitude) = (None, None);
        let (mut altitude, mut horizontal, mut vertical, mut kept) = (None, None, None, Kept::default());
        for field in fields(element, NS) {
            let at = field.element;
            match field.name(NS) {
                "longitude" => once(&mut longitude, at, Content::read(at, NS, &["threebytes"])?)?,
                "latitude" => once(&mut latitude, at, Content::read(at, NS, &["threebytes"])?)?,
                "altitude" => once(&mut altitude, at, Content::read(at, NS, &["twobytes"])?)?,
                "horizontalaccuracy" => once(&mut horizontal, at, Content::read(at, NS, &[BYTE])?)?,
                "verticalaccuracy" => once(&mut vertical, at, Content::read(at, NS, &[BYTE])?)?,
                _ => kept.keep(field, OWN),
            }
        }
        Ok(Self {
            longitude: longitude.ok_or_else(|| element.fault("a required element is missing: longitude"))?,
            latitude: latitude.ok_or_else(|| element.fault("a required element is missing: latitude"))?,
            altitude,
            horizontal_accuracy: horizontal,
            vertical_accuracy: vertical,
            kept,
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        self.longitude.write(w, "longitude", "threebytes");
        self.latitude.write(w, "latitude", "threebytes");
        let extensions = |w: &mut Writer| {
            if let Some(altitude) = &self.altitude {
                altitude.write(w, "altitude", "twobytes");
            }
            if let Some(accuracy) = &self.horizontal_accuracy {
                accuracy.write(w, "horizontalaccuracy", BYTE);
            }
            if let Some(accuracy) = &self.vertical_accuracy {
                accuracy.write(w, "verticalaccuracy", BYTE);
            }
        };
        let any =
            self.altitude.is_some() || self.horizontal_accuracy.is_some() || self.vertical_accuracy.is_some();
        let typed: Option<&dyn Fn(&mut Writer)> = if any { Some(&extensions) } else { None };
        self.kept.write_end(w, OWN, typed);
    }
}
