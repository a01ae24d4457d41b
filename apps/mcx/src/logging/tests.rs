use super::*;

#[test]
fn levels_are_taken_for_all_and_by_part() {
    for said in ["", " , ", "warn", "INFO", "warn,mcx::refused=info,driver=debug", " info , driver=off,"] {
        assert!(filter(said, "info").is_ok(), "{said}");
    }
    assert_eq!(filter("", "warn").unwrap().to_string(), "warn");
    assert_eq!(filter(" info , driver=off,", "warn").unwrap().to_string(), "driver=off,info");
}

#[test]
fn what_is_no_level_silences_nothing() {
    let all = "(off, error, warn, info, debug, trace)";
    for (said, told) in [
        ("wran", format!("\"wran\" is no level {all}; did you mean \"warn\"?")),
        (
            "info,driver=debgu",
            format!("\"debgu\" in \"driver=debgu\" is no level {all}; did you mean \"debug\"?"),
        ),
        ("info,driver", format!("\"driver\" is no level {all}")),
        ("info=", format!("\"\" in \"info=\" is no level {all}")),
    ] {
        assert_eq!(filter(said, "info").unwrap_err(), told);
    }
}
