use super::*;

fn waiting(old: &str, new: &str) -> Vec<String> {
    Text::of(old).waiting(&Text::of(new)).iter().map(ToString::to_string).collect()
}

#[test]
fn a_text_that_stays_has_nothing_waiting() {
    let text = "[process]\nshards = 2\n[[gateway.listen]]\nname = \"border\"\n";
    assert!(waiting(text, text).is_empty());
}

#[test]
fn whatever_is_read_at_a_start_only_is_named_when_it_changes_comes_or_goes() {
    let old = "[process]\nshards = 2\n[gateway]\nhost = \"a\"\n[[gateway.listen]]\nname = \"border\"\n[client.alice]\npassword = \"a\"\n";
    let new = "[process]\nshards = 4\ndrain = \"1s\"\n[[gateway.listen]]\nname = \"outer\"\n[client.alice]\npassword = \"b\"\n";
    assert_eq!(
        waiting(old, new),
        [
            "\"alice\" in [client]",
            "\"host\" in [gateway]",
            "\"listen\" in [gateway]",
            "\"drain\" in [process]",
            "\"shards\" in [process]",
        ]
    );
}

#[test]
fn what_takes_hold_at_once_does_not_wait() {
    for (section, key) in LIVE {
        let changed = |value: &str| format!("[{section}]\n{} = \"{value}\"\n", key.unwrap_or("any"));
        assert!(waiting(&changed("old"), &changed("new")).is_empty(), "{section} {key:?}");
    }
}

#[test]
fn a_section_that_comes_or_goes_waits_though_what_is_in_it_does_not() {
    let with = "[service.migration]\nlifetime = \"1d\"\n";
    assert!(waiting(with, "[service.migration]\nlifetime = \"2d\"\n").is_empty());
    assert_eq!(waiting(with, "[service]\n"), ["\"migration\" in [service]"]);
}

#[test]
fn a_text_shows_no_password() {
    assert!(!format!("{:?}", Text::of("[client.alice]\npassword = \"secret\"\n")).contains("secret"));
}
