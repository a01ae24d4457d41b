use proptest::prelude::*;

use super::*;

#[test]
fn ts23032_6_1_known_points() {
    let latitude = |degrees| Latitude::from_degrees(degrees).map(Latitude::code);
    let longitude = |degrees| Longitude::from_degrees(degrees).map(Longitude::code);
    assert_eq!((latitude(40.4168), longitude(-3.7038)), (Some(3_767_118), Some(16_604_606)));
    assert_eq!((latitude(0.0), longitude(0.0)), (Some(0), Some(0)));
    assert_eq!((latitude(90.0), latitude(-90.0)), (Some(8_388_607), Some(16_777_215)));
    assert_eq!((longitude(180.0), longitude(-180.0)), (Some(8_388_608), Some(8_388_608)));
}

#[test]
fn ts23032_6_1_what_is_not_on_earth_has_no_code() {
    for degrees in [90.1, -90.1, f64::NAN, f64::INFINITY] {
        assert!(Latitude::from_degrees(degrees).is_none());
    }
    for degrees in [180.1, -180.1, f64::NAN, f64::NEG_INFINITY] {
        assert!(Longitude::from_degrees(degrees).is_none());
    }
    assert!(Latitude::read("16777216").is_err() && Longitude::read("-1").is_err());
}

#[test]
fn ts23032_6_2_the_uncertainty_code_covers_the_radius() {
    assert_eq!(Uncertainty::from_metres(0.0), Uncertainty(0));
    assert_eq!(Uncertainty::from_metres(45.0), Uncertainty(18));
    assert_eq!(Uncertainty::from_metres(1e9), Uncertainty(127));
    assert_eq!(VerticalUncertainty::from_metres(1e9), VerticalUncertainty(127));
}

#[test]
fn positions_are_not_shown() {
    let shown = format!("{:?} {:?}", Latitude::from_degrees(40.4168), Longitude::from_degrees(-3.7038));
    assert!(!shown.contains(|c: char| c.is_ascii_digit()), "{shown}");
}

proptest! {
    #[test]
    fn ts23032_6_1_decoding_is_within_half_a_step(latitude in -90.0..=90.0_f64, longitude in -180.0..=180.0_f64) {
        let back = Latitude::from_degrees(latitude).map(Latitude::degrees).expect("on earth");
        prop_assert!((back - latitude).abs() <= 45.01 / HALF_TURN);
        let back = Longitude::from_degrees(longitude).map(Longitude::degrees).expect("on earth");
        let apart = (back - longitude).abs();
        prop_assert!(apart.min(360.0 - apart) <= 90.01 / HALF_TURN);
    }

    #[test]
    fn ts23032_6_1_every_code_survives_degrees(code in 0_u32..16_777_216) {
        prop_assert_eq!(Latitude::from_degrees(Latitude(code).degrees()), Some(Latitude(code)));
        prop_assert_eq!(Longitude::from_degrees(Longitude(code).degrees()), Some(Longitude(code)));
    }

    #[test]
    fn ts23032_6_2_and_6_4_the_code_is_the_smallest_that_covers(metres in 0.0..900.0_f64) {
        let code = Uncertainty::from_metres(metres);
        prop_assert!(code.metres() >= metres && (code.0 == 0 || Uncertainty(code.0 - 1).metres() < metres));
        let code = VerticalUncertainty::from_metres(metres);
        prop_assert!(code.metres() >= metres && (code.0 == 0 || VerticalUncertainty(code.0 - 1).metres() < metres));
    }
}
