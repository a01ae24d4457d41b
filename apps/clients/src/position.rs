//! Where a terminal is: at a fixed point, on a recorded track, or nowhere that it knows.

mod gpx;
mod track;

use std::{sync::Arc, time::Duration};

use xml_schemas::{
    Timestamp,
    location::{Coordinate, Position},
};

pub use gpx::BadTrack;
pub use track::{Fix, Track};

/// What tells a terminal its position.
#[derive(Clone, Debug)]
pub enum Source {
    /// Always the same point.
    Fixed(Fix),
    /// A recorded track, played from its beginning when the client starts, again and again.
    Track(Arc<Track>),
    /// There is none: the terminal cannot say where it is.
    Unknown,
}

impl Source {
    /// The position after the client has run for `elapsed`, taken at `now`. None where it is not known.
    #[must_use]
    pub fn position(&self, elapsed: Duration, now: Timestamp) -> Option<Position> {
        let fix = match self {
            Self::Fixed(fix) => *fix,
            Self::Track(track) => track.at(elapsed),
            Self::Unknown => return None,
        };
        let position = Position::new(Coordinate::from_degrees(fix.latitude, fix.longitude)?, now);
        // Within the range of the body's type (TS 23.032 6.3): 15 bits of metres.
        let metres = fix.altitude.map(|metres| metres.round().clamp(-32_767.0, 32_767.0) as i16);
        Some(metres.map_or(position.clone(), |metres| position.with_altitude(metres)))
    }
}

#[cfg(test)]
mod tests;
