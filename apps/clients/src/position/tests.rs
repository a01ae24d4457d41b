use super::*;

fn fix(latitude: f64, longitude: f64) -> Fix {
    Fix { latitude, longitude, altitude: None }
}

fn gpx(points: &str) -> Vec<u8> {
    let head =
        r#"<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">"#;
    format!("{head}<metadata/><trk><name>n</name><trkseg>{points}</trkseg></trk></gpx>").into_bytes()
}

const TIMED: &str = r#"
    <trkpt lat="40.0" lon="-3.0"><ele>600</ele><time>2026-03-02T10:00:00Z</time></trkpt>
    <trkpt lat="40.2" lon="-3.4"><ele>620</ele><time>2026-03-02T10:00:10Z</time></trkpt>
    <trkpt lat="40.2" lon="-3.8"><time>2026-03-02T10:00:20Z</time></trkpt>"#;

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[test]
fn a_track_is_walked_along_its_times() {
    let track = Track::parse(&gpx(TIMED)).unwrap();
    assert_eq!(track.length(), Duration::from_secs(20));
    let half = track.at(Duration::from_secs(5));
    assert!(near(half.latitude, 40.1) && near(half.longitude, -3.2), "{half:?}");
    assert_eq!(half.altitude.map(f64::round), Some(610.0));
    let later = track.at(Duration::from_secs(15));
    assert!(near(later.longitude, -3.6) && later.altitude.is_none(), "one end has no altitude: {later:?}");
}

#[test]
fn a_track_begins_again_after_its_end() {
    let track = Track::parse(&gpx(TIMED)).unwrap();
    assert_eq!(track.at(Duration::from_secs(25)), track.at(Duration::from_secs(5)));
    assert_eq!(track.at(Duration::from_secs(20)), track.at(Duration::ZERO));
}

#[test]
fn points_without_times_are_a_second_apart() {
    let track =
        Track::parse(&gpx(r#"<trkpt lat="1" lon="1"/><trkpt lat="2" lon="2"/><trkpt lat="3" lon="3"/>"#));
    let track = track.unwrap();
    assert_eq!(track.length(), Duration::from_secs(2));
    assert!(near(track.at(Duration::from_millis(1500)).latitude, 2.5));
}

#[test]
fn one_point_is_a_place_to_stay() {
    let track = Track::parse(&gpx(r#"<trkpt lat="1" lon="2"/>"#)).unwrap();
    assert_eq!(track.at(Duration::from_secs(99)), fix(1.0, 2.0));
}

#[test]
fn the_date_line_is_crossed_by_the_shorter_way() {
    let track = Track::new(fix(0.0, 179.0), vec![(Duration::from_secs(2), fix(0.0, -179.0))]);
    let middle = track.at(Duration::from_secs(1));
    assert!(near(middle.longitude.abs(), 180.0), "{middle:?}");
}

#[test]
fn times_that_go_backwards_stand_still() {
    let seconds = Duration::from_secs;
    let track = Track::new(fix(0.0, 0.0), vec![(seconds(10), fix(1.0, 0.0)), (seconds(5), fix(2.0, 0.0))]);
    assert_eq!(track.length(), seconds(10));
    assert!(near(track.at(seconds(5)).latitude, 0.5));
}

#[test]
fn what_is_no_track_is_refused_with_its_place() {
    assert_eq!(Track::parse(&gpx("")), Err(BadTrack::Empty));
    let far = Track::parse(&gpx("\n<trkpt lat=\"91\" lon=\"0\"/>")).unwrap_err().to_string();
    assert!(far.contains('2') && far.contains("not on earth"), "{far}");
    assert!(Track::parse(b"<gpx/>").is_err(), "another namespace");
    assert!(Track::parse(&gpx(r#"<trkpt lat="NaN" lon="0"/>"#)).is_err());
    assert!(Track::parse(&gpx(r#"<trkpt lat="1" lon="0"><time>noon</time></trkpt>"#)).is_err());
}

#[test]
fn a_position_carries_point_altitude_and_time() {
    let now = Timestamp::from_unix_ms(1_772_446_530_000).unwrap();
    let source = Source::Fixed(Fix { altitude: Some(657.4), ..fix(40.4168, -3.7038) });
    let position = source.position(Duration::ZERO, now).unwrap();
    assert_eq!(position.taken_at(), Some(now));
    assert_eq!(position.altitude_metres(), Some(657));
    let point = position.coordinate().unwrap();
    assert!(
        (point.latitude.degrees() - 40.4168).abs() < 1e-4
            && (point.longitude.degrees() + 3.7038).abs() < 1e-4
    );
    assert!(Source::Unknown.position(Duration::ZERO, now).is_none());
}
