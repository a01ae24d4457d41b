//! Coordinates as TS 23.032 codes them in integers.

use std::{borrow::Cow, fmt};

use crate::lexical::Lexical;

const SIGN: u32 = 1 << 23;
const HALF_TURN: f64 = 8_388_608.0; // 2^23 steps: 90 degrees of latitude, or 180 of longitude

/// TS 23.032 6.1: sign and magnitude in 24 bits, in steps of 90/2^23 degrees. North is positive. Personal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Latitude(u32);

/// TS 23.032 6.1: two's complement in 24 bits, in steps of 360/2^24 degrees. East is positive. Personal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Longitude(u32);

/// TS 23.032 6.3: metres above the reference ellipsoid, below is negative. Personal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Altitude(pub i16);

/// TS 23.032 6.2: the radius within which the point lies, as the code K of `10 (1.1^K - 1)` metres.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uncertainty(u8);

/// TS 23.032 6.4: the uncertainty of the altitude, as the code K of `45 (1.025^K - 1)` metres.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VerticalUncertainty(u8);

impl Latitude {
    /// Codes a latitude from -90 to 90 degrees; none outside.
    #[must_use]
    pub fn from_degrees(degrees: f64) -> Option<Self> {
        if !(-90.0..=90.0).contains(&degrees) {
            return None;
        }
        // 90 degrees itself would need one step more than there is: it takes the last one.
        let magnitude = to_code((degrees.abs() / 90.0 * HALF_TURN).floor()).min(SIGN - 1);
        Some(Self(if degrees.is_sign_negative() { SIGN | magnitude } else { magnitude }))
    }

    /// The middle of the step, in degrees; less than 6e-6 degrees from what was coded.
    #[must_use]
    pub fn degrees(self) -> f64 {
        let magnitude = (f64::from(self.0 & (SIGN - 1)) + 0.5) * 90.0 / HALF_TURN;
        if self.0 & SIGN == 0 { magnitude } else { -magnitude }
    }

    /// The 24-bit code.
    #[must_use]
    pub fn code(self) -> u32 {
        self.0
    }
}

impl Longitude {
    /// Codes a longitude from -180 to 180 degrees; none outside.
    #[must_use]
    pub fn from_degrees(degrees: f64) -> Option<Self> {
        if !(-180.0..=180.0).contains(&degrees) {
            return None;
        }
        // 180 degrees east is 180 degrees west.
        let steps = (degrees / 180.0 * HALF_TURN).floor();
        Some(Self(if steps < 0.0 { to_code(steps + 2.0 * HALF_TURN) } else { to_code(steps) }))
    }

    /// The middle of the step, in degrees; less than 11e-6 degrees from what was coded.
    #[must_use]
    pub fn degrees(self) -> f64 {
        let steps = if self.0 < SIGN { f64::from(self.0) } else { f64::from(self.0) - 2.0 * HALF_TURN };
        (steps + 0.5) * 180.0 / HALF_TURN
    }

    /// The 24-bit code.
    #[must_use]
    pub fn code(self) -> u32 {
        self.0
    }
}

impl Uncertainty {
    /// The smallest code whose radius is not less than this many metres; the largest code beyond 1800 km.
    #[must_use]
    pub fn from_metres(metres: f64) -> Self {
        Self(smallest_code(10.0, 1.1, metres))
    }

    /// The radius in metres.
    #[must_use]
    pub fn metres(self) -> f64 {
        10.0 * (1.1_f64.powi(i32::from(self.0)) - 1.0)
    }
}

impl VerticalUncertainty {
    /// The smallest code that covers this many metres; the largest beyond 990 m.
    #[must_use]
    pub fn from_metres(metres: f64) -> Self {
        Self(smallest_code(45.0, 1.025, metres))
    }

    /// Metres to either side.
    #[must_use]
    pub fn metres(self) -> f64 {
        45.0 * (1.025_f64.powi(i32::from(self.0)) - 1.0)
    }
}

fn smallest_code(scale: f64, base: f64, metres: f64) -> u8 {
    (0..127).find(|code| scale * (base.powi(i32::from(*code)) - 1.0) >= metres).unwrap_or(127)
}

/// A whole number of steps that is known to be from 0 to 2^24.
fn to_code(steps: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "in range by the checks of the callers"
    )]
    let code = steps as u32;
    code.min(2 * SIGN - 1)
}

impl Lexical for Latitude {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        three_bytes(text).map(Self)
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Owned(self.0.to_string())
    }
}

impl Lexical for Longitude {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        three_bytes(text).map(Self)
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Owned(self.0.to_string())
    }
}

impl Lexical for Altitude {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        text.parse().map(Self).map_err(|_| Cow::Borrowed("not a number from -32768 to 32767"))
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Owned(self.0.to_string())
    }
}

impl Lexical for Uncertainty {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        half_byte_range(text).map(Self)
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Owned(self.0.to_string())
    }
}

impl Lexical for VerticalUncertainty {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        half_byte_range(text).map(Self)
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Owned(self.0.to_string())
    }
}

fn three_bytes(text: &str) -> Result<u32, Cow<'static, str>> {
    text.parse().ok().filter(|code| *code < 2 * SIGN).ok_or(Cow::Borrowed("not a number from 0 to 16777215"))
}

fn half_byte_range(text: &str) -> Result<u8, Cow<'static, str>> {
    text.parse().ok().filter(|code| *code < 128).ok_or(Cow::Borrowed("not a number from 0 to 127"))
}

impl fmt::Debug for Latitude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Latitude(..)")
    }
}

impl fmt::Debug for Longitude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Longitude(..)")
    }
}

impl fmt::Debug for Altitude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Altitude(..)")
    }
}

impl fmt::Debug for Uncertainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uncertainty({:.0} m)", self.metres())
    }
}

impl fmt::Debug for VerticalUncertainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerticalUncertainty({:.0} m)", self.metres())
    }
}

#[cfg(test)]
mod tests;
