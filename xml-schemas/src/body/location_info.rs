//! `location-info`: location requests and reports. TS 24.379 F.3 · media type [`crate::mime::LOCATION_INFO`]
//!
//! `Configuration` is kept as it comes.

mod coordinate;
mod current_location;
mod point;
mod report;
mod request;

pub use coordinate::{Altitude, Latitude, Longitude, Uncertainty, VerticalUncertainty};
pub use current_location::{CurrentLocation, Ecgi};
pub use point::PointCoordinate;
pub use report::{Report, ReportType};
pub use request::Request;

use xml::{Malformed, Writer};

use super::{
    Body, Kept,
    kept::{Own, fields},
    open,
};
use crate::mime::{self, namespace::LOCATION_INFO as NS};

/// Children of the root that are kept in place.
const ROOT: Own = Own { namespace: NS, placed: &["Configuration"] };
/// No child is kept in place.
const OWN: Own = Own { namespace: NS, placed: &[] };

/// A `location-info` document.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LocationInfo {
    /// Each `Request`, in order.
    pub requests: Vec<Request>,
    /// Each `Report`, in order; one per reporting user.
    pub reports: Vec<Report>,
    /// Every other child, `Configuration` among them.
    pub kept: Kept,
}

impl Body for LocationInfo {
    const MEDIA_TYPE: &'static str = mime::LOCATION_INFO;

    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let document = open(bytes, NS, "location-info")?;
        let mut info = Self::default();
        for field in fields(document.root(), NS) {
            match field.name(NS) {
                "Request" => info.requests.push(Request::read(field.element)?),
                "Report" => info.reports.push(Report::read(field.element)?),
                _ => info.kept.keep(field, ROOT),
            }
        }
        Ok(info)
    }

    fn write(&self) -> Vec<u8> {
        Writer::document("location-info", NS, &[], |w| {
            self.kept.write_named(w, ROOT, "Configuration");
            self.requests.iter().for_each(|request| request.write(w));
            self.reports.iter().for_each(|report| report.write(w));
            self.kept.write_end(w, ROOT, None);
        })
    }
}
