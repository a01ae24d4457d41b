//! `xs:dateTime` (XML Schema Part 2, 3.2.7).

use std::{
    fmt,
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

const DAY: i64 = 86_400_000;

/// A moment, to the millisecond, in UTC. Read from and written as `xs:dateTime`.
///
/// A text without a zone is read as UTC. Years 0001 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    unix_ms: i64,
}

/// Why a text is not a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadTimestamp;

impl fmt::Display for BadTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a valid date and time")
    }
}

impl std::error::Error for BadTimestamp {}

impl Timestamp {
    /// Milliseconds since 1970-01-01T00:00:00Z, negative before.
    #[must_use]
    pub fn unix_ms(self) -> i64 {
        self.unix_ms
    }

    /// The moment of this many milliseconds since 1970-01-01T00:00:00Z; none outside years 0001 to 9999.
    #[must_use]
    pub fn from_unix_ms(unix_ms: i64) -> Option<Self> {
        let years = days_of(1, 1, 1) * DAY..days_of(10_000, 1, 1) * DAY;
        years.contains(&unix_ms).then_some(Self { unix_ms })
    }
}

impl From<SystemTime> for Timestamp {
    /// To the millisecond, downwards. What lies outside years 0001 to 9999 becomes 1970.
    fn from(time: SystemTime) -> Self {
        let ms = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => {
                i64::try_from(before.duration().as_micros().div_ceil(1000)).map_or(i64::MIN, |ms| -ms)
            }
        };
        Self::from_unix_ms(ms).unwrap_or(Self { unix_ms: 0 })
    }
}

impl From<Timestamp> for SystemTime {
    fn from(moment: Timestamp) -> Self {
        let distance = Duration::from_millis(moment.unix_ms.unsigned_abs());
        if moment.unix_ms < 0 { UNIX_EPOCH - distance } else { UNIX_EPOCH + distance }
    }
}

impl FromStr for Timestamp {
    type Err = BadTimestamp;

    fn from_str(text: &str) -> Result<Self, BadTimestamp> {
        read(text).ok_or(BadTimestamp)
    }
}

fn read(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once('T')?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let zone_at = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at_checked(zone_at)?;
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, rest)| (clock, Some(rest)));
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let in_range = year > 0 && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    // XML Schema Part 2, 3.2.7: 24:00:00 is the first moment of the next day. Leap seconds do not exist.
    let midnight = hour == 24 && minute == 0 && second == 0;
    if !in_range || minute > 59 || second > 59 || (hour > 23 && !midnight) {
        return None;
    }
    let ms = fraction.map_or(Some(0), milliseconds)?;
    let of_day = ((hour * 60 + minute) * 60 + second) * 1000 + ms;
    Timestamp::from_unix_ms(days_of(year, month, day) * DAY + of_day - offset_minutes(zone)? * 60_000)
}

fn numbers(text: &str, separator: char, lengths: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(separator);
    let mut out = [0; 3];
    for (slot, length) in out.iter_mut().zip(lengths) {
        *slot = parts.next().filter(|part| part.len() == length).and_then(digits)?;
    }
    parts.next().is_none().then_some(out)
}

fn digits(text: &str) -> Option<i64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn milliseconds(fraction: &str) -> Option<i64> {
    digits(fraction.get(..fraction.len().min(18))?)?;
    let all_digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let three: String = fraction.chars().chain("00".chars()).take(3).collect();
    if all_digits { digits(&three) } else { None }
}

fn offset_minutes(zone: &str) -> Option<i64> {
    let sign = match zone.as_bytes().first() {
        None => return Some(0),
        Some(b'Z') => return (zone.len() == 1).then_some(0),
        Some(b'-') => -1,
        _ => 1,
    };
    let [hours, minutes, _] = numbers(&format!("{}:00", zone.get(1..)?), ':', [2, 2, 2])?;
    (minutes < 60 && hours * 60 + minutes <= 14 * 60).then_some(sign * (hours * 60 + minutes))
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01, counting years from March so that the leap day is the last of its year.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The inverse of [`days_of`].
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * shifted + 2) / 5 + 1, (shifted + 2) % 12 + 1);
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date_of(self.unix_ms.div_euclid(DAY));
        let of_day = self.unix_ms.rem_euclid(DAY);
        let (seconds, ms) = (of_day / 1000, of_day % 1000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if ms > 0 {
            write!(f, ".{ms:03}")?;
        }
        f.write_str("Z")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
