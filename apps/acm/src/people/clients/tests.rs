use std::time::Duration;

use kit::Impu;

use super::{Clients, MOST, Reach, Registration};

fn says(client: Option<&str>, instance: Option<&str>, is_leaving: bool) -> Registration {
    Registration {
        impu: Impu::new("sip:bob@b.example").expect("an identity"),
        expires: Duration::from_secs(600),
        token: None,
        client_id: client.map(str::to_owned),
        instance: instance.map(str::to_owned),
        is_leaving,
    }
}

fn on(known: &[(Option<&str>, Option<&str>)]) -> Clients {
    let mut clients = Clients::default();
    for (client, instance) in known {
        clients.follow(&says(*client, *instance, false), 100, 1);
    }
    clients
}

#[test]
fn a_client_is_reached_by_the_instance_that_it_registered_with_and_whoever_says_nothing_by_any() {
    let two = on(&[(Some("urn:uuid:1"), Some("<urn:a>")), (Some("urn:uuid:2"), None)]);
    assert_eq!(two.reach(Some("urn-uuid-1"), 1), Reach::One("<urn:a>".into()));
    assert_eq!(two.reach(Some("urn-uuid-2"), 1), Reach::Any, "its terminal is not to be told from others");
    assert_eq!(two.reach(Some("urn-uuid-3"), 1), Reach::Not);
    assert_eq!(two.reach(Some("urn-uuid-1"), 100), Reach::Not, "its registration has run out");
    assert_eq!(two.reach(None, 1), Reach::Any);
    let nameless = on(&[(Some("urn:uuid:1"), Some("<urn:a>")), (None, None)]);
    assert_eq!(nameless.reach(Some("terminal"), 1), Reach::Any);
    assert_eq!(Clients::read(b"").reach(Some("urn-uuid-1"), 1), Reach::Any);
    assert_eq!(Clients::read(&two.encode()), two);
}

#[test]
fn whoever_refreshes_is_no_news_and_whoever_leaves_or_is_gone_is_not_there() {
    let mut two = on(&[(Some("urn:uuid:1"), Some("<urn:a>")), (Some("urn:uuid:2"), Some("<urn:b>"))]);
    let mut follow = |client, instance, leaves| two.follow(&says(Some(client), instance, leaves), 200, 2);
    assert_eq!(follow("urn:uuid:1", None, false), None, "a command of the same client, without an instance");
    assert_eq!(follow("urn:uuid:1", Some("<urn:c>"), true), None, "another terminal of the same client");
    assert_eq!(follow("urn:uuid:2", Some("<urn:b>"), true), None);
    assert_eq!(two.reach(Some("urn-uuid-1"), 2), Reach::One("<urn:a>".into()));
    assert_eq!(two.reach(Some("urn-uuid-2"), 2), Reach::Not);
    assert!(!two.is_gone("urn-uuid-1", "<urn:c>") && two.is_gone("urn-uuid-1", "<urn:a>"));
    assert!(!two.is_gone("urn-uuid-1", "<urn:a>"), "that is known");
    assert_eq!(two.reach(Some("urn-uuid-1"), 2), Reach::Not, "nobody else is there either");
    let back = two.follow(&says(Some("urn:uuid:1"), Some("<urn:a>"), false), 300, 3);
    assert_eq!(back.as_deref(), Some("urn-uuid-1"));
}

#[test]
fn no_more_of_them_are_kept_than_a_user_may_have() {
    let mut clients = Clients::default();
    for number in 0..=MOST {
        clients.follow(&says(Some(&format!("c{number}")), Some("<urn:a>"), false), 100, 1);
    }
    assert_eq!(clients.reach(Some("c0"), 1), Reach::Not);
    assert_eq!(clients.reach(Some("c1"), 1), Reach::One("<urn:a>".into()));
}
