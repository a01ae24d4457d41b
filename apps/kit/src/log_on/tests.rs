use super::*;

fn registration(seconds: u64, client_id: Option<&str>) -> Registration {
    Registration {
        impu: bob(),
        expires: Duration::from_secs(seconds),
        token: None,
        client_id: client_id.map(str::to_owned),
        instance: None,
        lasts: None,
        is_leaving: false,
    }
}

fn begin() -> Instant {
    crate::testing::Lab::new().world("server").clock.now()
}

fn bob() -> Impu {
    Impu::new("sip:bob.imsi@partner.example").expect("valid")
}

#[test]
fn ts24379_7_3_2_a_log_on_lasts_as_long_as_its_registration() {
    let (log_ons, begin) = (LogOns::default(), begin());
    log_ons.follow(&registration(600, None), begin);
    let at = |seconds| begin + Duration::from_secs(seconds);
    assert!(log_ons.is_on(&bob(), at(599)) && log_ons.of(&bob(), at(599)).is_some());
    assert!(!log_ons.is_on(&bob(), at(600)) && log_ons.of(&bob(), at(600)).is_none());
    assert_eq!(log_ons.now(at(599)), [bob()]);
    assert!(log_ons.now(at(600)).is_empty());
}

#[test]
fn ts24229_5_4_1_7_a_de_registration_is_a_log_off() {
    let (log_ons, begin) = (LogOns::default(), begin());
    log_ons.follow(&registration(600, None), begin);
    log_ons.follow(&registration(0, None), begin);
    assert!(!log_ons.is_on(&bob(), begin));
}

#[test]
fn who_was_not_heard_of_is_not_known_to_be_off() {
    let (log_ons, begin) = (LogOns::default(), begin());
    let at = |seconds| begin + Duration::from_secs(seconds);
    assert!(!log_ons.is_off(&bob(), begin) && !log_ons.is_on(&bob(), begin));
    log_ons.follow(&registration(600, None), begin);
    assert!(!log_ons.is_off(&bob(), at(599)) && log_ons.is_off(&bob(), at(600)));
    log_ons.follow(&registration(0, None), at(700));
    assert!(log_ons.is_off(&bob(), at(700)) && log_ons.now(at(700)).is_empty());
}

#[test]
fn ts24379_7_2_1_a_refresh_that_says_nothing_of_the_client_is_of_the_same_one() {
    let (log_ons, begin) = (LogOns::default(), begin());
    let client = || log_ons.of(&bob(), begin).and_then(|log_on| log_on.client_id);
    log_ons.follow(&registration(600, Some("one")), begin);
    log_ons.follow(&registration(600, None), begin);
    assert_eq!(client().as_deref(), Some("one"));
    log_ons.follow(&registration(600, Some("other")), begin);
    assert_eq!(client().as_deref(), Some("other"));
    log_ons.follow(&registration(0, None), begin);
    log_ons.follow(&registration(600, None), begin);
    assert_eq!(client(), None);
}

#[test]
fn a_registration_beyond_what_the_clock_can_say_is_held_for_a_day() {
    let (log_ons, begin) = (LogOns::default(), begin());
    log_ons.follow(&registration(u64::MAX, None), begin);
    assert!(log_ons.is_on(&bob(), begin + LONGEST - Duration::from_secs(1)));
}
