use proptest::prelude::*;

use super::*;

fn ms(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::unix_ms)
}

#[test]
fn date_time_is_read_in_all_its_lexical_forms() {
    assert_eq!(ms("1970-01-01T00:00:00Z"), Some(0));
    assert_eq!(ms("2026-03-02T10:15:30Z"), Some(1_772_446_530_000));
    assert_eq!(ms("2026-03-02T10:15:30"), Some(1_772_446_530_000));
    assert_eq!(ms("2026-03-02T12:15:30.25+02:00"), Some(1_772_446_530_250));
    assert_eq!(ms("2026-03-02T05:45:30.1239-04:30"), Some(1_772_446_530_123));
    assert_eq!(ms("2024-02-29T24:00:00Z"), ms("2024-03-01T00:00:00Z"));
}

#[test]
fn what_is_not_a_date_time_is_refused() {
    let refused = [
        "",
        "T",
        "2026-03-02",
        "2026-3-2T10:15:30Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-03-02T24:00:01Z",
        "2026-03-02T10:60:00Z",
        "2026-03-02T10:15:60Z",
        "2026-03-02T10:15:30z",
        "2026-03-02T10:15:30.Z",
        "2026-03-02T10:15:30+15:00",
        "2026-03-02T10:15:30+0200",
        "2026-03-02T10:15:30ZZ",
        "+026-03-02T10:15:30Z",
        "2026-03-02T10:15:30.é",
        "0001-01-01T00:00:00+01:00",
    ];
    for text in refused {
        assert_eq!(ms(text), None, "{text:?}");
    }
}

proptest! {
    #[test]
    fn written_moments_are_read_back(unix_ms in -62_135_596_800_000_i64..253_402_300_800_000) {
        let moment = Timestamp::from_unix_ms(unix_ms).expect("in range");
        prop_assert_eq!(moment.to_string().parse(), Ok(moment));
        prop_assert_eq!(Timestamp::from(SystemTime::from(moment)), moment);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}") {
        let _ = text.parse::<Timestamp>();
    }
}
