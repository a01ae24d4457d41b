//! GPX files: `http://www.topografix.com/GPX/1/1` and its predecessor 1/0, of which the tracks are read.

use std::{fmt, time::Duration};

use xml::{Document, Element, Limits};
use xml_schemas::Timestamp;

use super::{Fix, Track};

const NAMESPACES: [&str; 2] = ["http://www.topografix.com/GPX/1/1", "http://www.topografix.com/GPX/1/0"];

/// A file of the user's own may be longer than what a peer may send.
fn limits() -> Limits {
    Limits { size: 16 * 1024 * 1024, nodes: 1_000_000, ..Limits::default() }
}

/// A file without times is played at this pace.
const PACE: Duration = Duration::from_secs(1);

/// Why a file is no track.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BadTrack {
    /// It is not well-formed, or a point of it is none.
    Malformed(xml::Malformed),
    /// It holds no track point.
    Empty,
}

impl fmt::Display for BadTrack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(fault) => write!(f, "{fault}"),
            Self::Empty => f.write_str("no track point (trk/trkseg/trkpt) is in it"),
        }
    }
}

impl std::error::Error for BadTrack {}

impl From<xml::Malformed> for BadTrack {
    fn from(fault: xml::Malformed) -> Self {
        Self::Malformed(fault)
    }
}

impl Track {
    /// Reads a GPX document: every segment of every track, in their order, as one. Where a point has no time, it is passed
    /// a second after the one before it.
    ///
    /// # Errors
    /// [`BadTrack`], with the place of the first fault.
    pub fn parse(document: &[u8]) -> Result<Self, BadTrack> {
        let document = Document::parse(document, &limits())?;
        let root = document.root();
        let namespace = NAMESPACES.into_iter().find(|namespace| root.is(namespace, "gpx"));
        let Some(namespace) = namespace else {
            return Err(root.fault("the root element must be gpx").into());
        };
        let mut start = None;
        let mut latest = Duration::ZERO;
        let mut fixes = Vec::new();
        for point in points(root, namespace) {
            let taken_at = time(point, namespace)?;
            let first = start.get_or_insert(taken_at);
            latest = match (taken_at, *first) {
                (Some(at), Some(first)) => since(first, at),
                _ if fixes.is_empty() => Duration::ZERO,
                _ => latest + PACE,
            };
            fixes.push((latest, fix(point, namespace)?));
        }
        let mut fixes = fixes.into_iter();
        let (_, first) = fixes.next().ok_or(BadTrack::Empty)?;
        Ok(Self::new(first, fixes.collect()))
    }
}

fn points<'d>(root: Element<'d>, namespace: &'static str) -> impl Iterator<Item = Element<'d>> {
    let named =
        move |parent: Element<'d>, name| parent.children().filter(move |child| child.is(namespace, name));
    named(root, "trk")
        .flat_map(move |track| named(track, "trkseg"))
        .flat_map(move |segment| named(segment, "trkpt"))
}

fn fix(point: Element<'_>, namespace: &str) -> Result<Fix, xml::Malformed> {
    let degrees = |name, limit: f64| {
        let value = point.required_attribute(name)?.trim().parse::<f64>();
        let in_range = value.ok().filter(|value| value.abs() <= limit);
        in_range.ok_or_else(|| point.fault("a coordinate is not on earth"))
    };
    let altitude = point.child(namespace, "ele").and_then(|ele| ele.text().parse::<f64>().ok());
    Ok(Fix {
        latitude: degrees("lat", 90.0)?,
        longitude: degrees("lon", 180.0)?,
        altitude: altitude.filter(|metres| metres.is_finite()),
    })
}

fn time(point: Element<'_>, namespace: &str) -> Result<Option<Timestamp>, xml::Malformed> {
    let Some(time) = point.child(namespace, "time") else { return Ok(None) };
    time.text().parse().map(Some).map_err(|_| time.fault("not a date and time"))
}

fn since(first: Timestamp, at: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(at.unix_ms() - first.unix_ms()).unwrap_or_default())
}
