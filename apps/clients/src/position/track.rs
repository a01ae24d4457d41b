//! A recorded track, and where somebody on it is at any time.

use std::time::Duration;

/// A point on earth, in degrees, north and east positive. Personal.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Fix {
    /// -90 to 90.
    pub latitude: f64,
    /// -180 to 180.
    pub longitude: f64,
    /// Metres, where it is known.
    pub altitude: Option<f64>,
}

/// Points in the order in which they were passed, each with its time since the first. Never empty.
#[derive(Clone, PartialEq, Debug)]
pub struct Track {
    first: Fix,
    rest: Vec<(Duration, Fix)>,
}

impl Track {
    /// A track from its points. A time before that of the point before it counts as that.
    #[must_use]
    pub fn new(first: Fix, mut rest: Vec<(Duration, Fix)>) -> Self {
        let mut latest = Duration::ZERO;
        for (at, _) in &mut rest {
            latest = latest.max(*at);
            *at = latest;
        }
        Self { first, rest }
    }

    /// How long it takes from the first point to the last.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.rest.last().map(|(at, _)| *at).unwrap_or_default()
    }

    /// Where somebody is who started `elapsed` ago: on the straight line between two points, and at the first point again after
    /// the last.
    #[must_use]
    pub fn at(&self, elapsed: Duration) -> Fix {
        let length = self.length().as_nanos();
        if length == 0 {
            return self.first;
        }
        let within = Duration::from_nanos(u64::try_from(elapsed.as_nanos() % length).unwrap_or_default());
        let mut from = (Duration::ZERO, self.first);
        for to in &self.rest {
            if to.0 > within {
                return between(from, *to, within);
            }
            from = *to;
        }
        from.1
    }
}

fn between(from: (Duration, Fix), to: (Duration, Fix), at: Duration) -> Fix {
    let (gone, whole) = ((at - from.0).as_secs_f64(), (to.0 - from.0).as_secs_f64());
    let part = if whole > 0.0 { gone / whole } else { 0.0 };
    let line = |a: f64, b: f64| a + (b - a) * part;
    Fix {
        latitude: line(from.1.latitude, to.1.latitude),
        longitude: around(line(0.0, eastward(from.1.longitude, to.1.longitude)) + from.1.longitude),
        altitude: from.1.altitude.zip(to.1.altitude).map(|(a, b)| line(a, b)),
    }
}

/// Degrees from one meridian to another by the shorter way, which may cross the date line.
fn eastward(from: f64, to: f64) -> f64 {
    around(to - from)
}

fn around(degrees: f64) -> f64 {
    (degrees + 180.0).rem_euclid(360.0) - 180.0
}
