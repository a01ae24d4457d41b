//! Where a user is, as flows carry it.

use crate::{
    Timestamp,
    body::{
        Kept, StillEncrypted,
        location_info::{
            Altitude, CurrentLocation, Ecgi, Latitude, Longitude, PointCoordinate, Report, ReportType,
            Uncertainty,
        },
    },
    ids::{FunctionalAlias, McServiceId, RequestId},
};

/// A point on earth, coded as TS 23.032 6.1 does. Personal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Coordinate {
    /// North or south.
    pub latitude: Latitude,
    /// East or west.
    pub longitude: Longitude,
}

impl Coordinate {
    /// From degrees, north and east positive; none if that is not on earth.
    #[must_use]
    pub fn from_degrees(latitude: f64, longitude: f64) -> Option<Self> {
        Some(Self {
            latitude: Latitude::from_degrees(latitude)?,
            longitude: Longitude::from_degrees(longitude)?,
        })
    }
}

/// A user's position in the clear, with all that the report said, known or not. Personal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Position {
    report_type: ReportType,
    location: CurrentLocation,
    kept: Kept,
}

impl Position {
    /// A point, at the time when it was taken.
    #[must_use]
    pub fn new(coordinate: Coordinate, taken_at: Timestamp) -> Self {
        let point = PointCoordinate::new(coordinate.latitude, coordinate.longitude);
        let location = CurrentLocation {
            coordinate: Some(point),
            timestamp: Some(taken_at),
            ..CurrentLocation::default()
        };
        Self { report_type: ReportType::NonEmergency, location, kept: Kept::default() }
    }

    /// With the altitude in metres.
    #[must_use]
    pub fn with_altitude(mut self, metres: i16) -> Self {
        if let Some(point) = &mut self.location.coordinate {
            point.altitude = Some(Altitude(metres).into());
        }
        self
    }

    /// With the radius in which the point lies.
    #[must_use]
    pub fn with_accuracy(mut self, radius: Uncertainty) -> Self {
        if let Some(point) = &mut self.location.coordinate {
            point.horizontal_accuracy = Some(radius.into());
        }
        self
    }

    /// With the cell that serves the terminal.
    #[must_use]
    pub fn with_cell(mut self, cell: Ecgi) -> Self {
        self.location.serving_ecgi = Some(cell.into());
        self
    }

    /// With a role that the user holds.
    #[must_use]
    pub fn with_alias(mut self, alias: FunctionalAlias) -> Self {
        self.location.aliases.push(alias);
        self
    }

    /// As reported in an emergency.
    #[must_use]
    pub fn in_emergency(mut self) -> Self {
        self.report_type = ReportType::Emergency;
        self
    }

    /// From a received report.
    ///
    /// # Errors
    /// [`StillEncrypted`] where the point or the cell is not in the clear.
    pub fn from_report(report: Report) -> Result<Self, StillEncrypted> {
        let Report { report_type, location, kept, .. } = report;
        if let Some(point) = &location.coordinate {
            point.latitude.plain()?;
            point.longitude.plain()?;
        }
        if let Some(ecgi) = &location.serving_ecgi {
            ecgi.plain()?;
        }
        Ok(Self { report_type, location, kept })
    }

    /// As a report in answer to a request, by a user or by one who is known anyway.
    #[must_use]
    pub fn to_report(&self, reporting: Option<McServiceId>, id: RequestId) -> Report {
        Report {
            report_type: self.report_type,
            id: Some(id),
            // What triggered an earlier report is between the client and its server.
            triggers: Vec::new(),
            reporting,
            location: self.location.clone(),
            kept: self.kept.clone(),
        }
    }

    /// The point, where one was reported.
    #[must_use]
    pub fn coordinate(&self) -> Option<Coordinate> {
        let point = self.location.coordinate.as_ref()?;
        Some(Coordinate {
            latitude: *point.latitude.plain().ok()?,
            longitude: *point.longitude.plain().ok()?,
        })
    }

    /// The radius in metres within which the point lies, where it was reported.
    #[must_use]
    pub fn accuracy_metres(&self) -> Option<f64> {
        let point = self.location.coordinate.as_ref()?;
        point.horizontal_accuracy.as_ref()?.plain().ok().map(|radius| radius.metres())
    }

    /// Metres above the ellipsoid, where they were reported.
    #[must_use]
    pub fn altitude_metres(&self) -> Option<i16> {
        let point = self.location.coordinate.as_ref()?;
        point.altitude.as_ref()?.plain().ok().map(|altitude| altitude.0)
    }

    /// When the position was taken, where that was reported.
    #[must_use]
    pub fn taken_at(&self) -> Option<Timestamp> {
        self.location.timestamp
    }

    /// With the time at which the position was taken: a report without one is as old as its arrival.
    #[must_use]
    pub fn at(mut self, taken_at: Timestamp) -> Self {
        self.location.timestamp = Some(taken_at);
        self
    }

    /// The roles that the user holds.
    #[must_use]
    pub fn aliases(&self) -> &[FunctionalAlias] {
        &self.location.aliases
    }

    /// Whether the user is in an emergency.
    #[must_use]
    pub fn is_emergency(&self) -> bool {
        self.report_type == ReportType::Emergency
    }

    /// All that was reported.
    #[must_use]
    pub fn location(&self) -> &CurrentLocation {
        &self.location
    }

    /// Only the parts that were asked for; everything when nothing was named. The time stays: a position without it misleads.
    #[must_use]
    pub fn only(mut self, requested: &[super::LocationItem]) -> Self {
        use super::LocationItem::{Coordinate, FunctionalAlias, ServingCell};
        if requested.is_empty() {
            return self;
        }
        let location = &mut self.location;
        location.coordinate = location.coordinate.take().filter(|_| requested.contains(&Coordinate));
        location.serving_ecgi = location.serving_ecgi.take().filter(|_| requested.contains(&ServingCell));
        if !requested.contains(&FunctionalAlias) {
            location.aliases.clear();
        }
        location.kept = Kept::default();
        self
    }
}
