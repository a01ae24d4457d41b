use std::time::Duration;

use kit::Impu;

use super::{Clients, Contact, Heard, MOST, Reach, Registration};

fn says(client: Option<&str>, instance: Option<&str>, is_leaving: bool) -> Registration {
    Registration {
        impu: Impu::new("sip:bob@b.example").expect("an identity"),
        expires: Duration::from_secs(600),
        token: None,
        client_id: client.map(str::to_owned),
        instance: instance.map(str::to_owned),
        lasts: None,
        is_leaving,
    }
}

fn on(known: &[(Option<&str>, Option<&str>)]) -> Clients {
    let mut clients = Clients::default();
    for (client, instance) in known {
        clients.follow(&says(*client, *instance, false), (100, 100), 1);
    }
    clients
}

fn contact(instance: &str, until: u64) -> Contact {
    Contact { instance: instance.into(), until, is_silent: false }
}

fn at(instance: &str, until: u64) -> Reach {
    Reach::One(contact(instance, until))
}

fn ran_out(instance: &str, until: u64) -> Reach {
    Reach::One(Contact { is_silent: true, ..contact(instance, until) })
}

#[test]
fn a_client_is_reached_by_the_instance_that_it_registered_with_and_whoever_says_nothing_by_any() {
    let two = on(&[(Some("urn:uuid:1"), Some("<urn:a>")), (Some("urn:uuid:2"), None)]);
    assert_eq!(two.reach(Some("urn-uuid-1"), 1), at("<urn:a>", 100));
    assert_eq!(two.reach(Some("urn-uuid-2"), 1), Reach::Any, "its terminal is not to be told from others");
    assert_eq!(two.reach(Some("urn-uuid-3"), 1), Reach::Any, "nothing is known of it");
    assert_eq!(two.reach(Some("urn-uuid-1"), 100), ran_out("<urn:a>", 100), "its refresh may not be heard");
    assert_eq!(two.reach(Some("urn-uuid-2"), 100), Reach::Not, "it cannot be asked for");
    assert_eq!(two.reach(None, 1), Reach::Any);
    assert_eq!(Clients::read(b"").reach(Some("urn-uuid-1"), 1), Reach::Any);
    assert_eq!(Clients::read(&two.encode()), two);
    assert_eq!((two.only(1), on(&[(Some("c"), None)]).only(1)), (None, Some("c")));
}

#[test]
fn whoever_refreshes_is_no_news_and_whoever_leaves_or_is_gone_is_not_there() {
    let mut two = on(&[(Some("urn:uuid:1"), Some("<urn:a>")), (Some("urn:uuid:2"), Some("<urn:b>"))]);
    let mut follow =
        |client, instance, leaves| two.follow(&says(Some(client), instance, leaves), (200, 200), 2);
    let there = Heard::Is(Some("urn-uuid-1".into()), true);
    assert_eq!(follow("urn:uuid:1", None, false), there, "a command of the same client, without an instance");
    assert_eq!(follow("urn:uuid:1", None, true), Heard::Nothing);
    assert_eq!(follow("urn:uuid:1", Some("<urn:c>"), true), Heard::Nothing, "another terminal of the client");
    assert_eq!(follow("urn:uuid:2", Some("<urn:b>"), true), Heard::Left("urn-uuid-2".into()));
    assert_eq!(two.reach(Some("urn-uuid-1"), 2), at("<urn:a>", 100));
    assert_eq!(two.reach(Some("urn-uuid-2"), 2), Reach::Not);
    assert!(!two.is_gone(&contact("<urn:a>", 99)), "it has registered since");
    assert!(!two.is_gone(&contact("<urn:c>", 100)) && two.is_gone(&contact("<urn:a>", 100)));
    assert!(!two.is_gone(&contact("<urn:a>", 100)), "that is known");
    assert_eq!(two.reach(Some("urn-uuid-1"), 2), Reach::Not, "nobody else is there either");
    let back = two.follow(&says(Some("urn:uuid:1"), Some("<urn:a>"), false), (300, 300), 3);
    assert_eq!(back, Heard::Is(Some("urn-uuid-1".into()), false));
}

#[test]
fn a_client_stays_no_longer_than_it_says_and_no_longer_than_its_user() {
    let mut clients = on(&[]);
    clients.follow(&says(Some("c1"), Some("<urn:a>"), false), (900, 50), 1);
    clients.follow(&says(Some("c2"), Some("<urn:b>"), false), (900, 1_000), 1);
    assert_eq!(
        (clients.reach(Some("c1"), 49), clients.reach(Some("c1"), 50)),
        (at("<urn:a>", 50), ran_out("<urn:a>", 50))
    );
    assert_eq!((clients.until(), clients.reach(Some("c2"), 1)), (900, at("<urn:b>", 900)));
    clients.follow(&says(Some("c1"), Some("<urn:a>"), false), (60, 60), 55);
    assert_eq!(clients.reach(Some("c2"), 60), ran_out("<urn:b>", 60));
    assert!(clients.is_gone(&contact("<urn:b>", 60)));
    assert_eq!(clients.reach(Some("c2"), 60), Reach::Not);
}

#[test]
fn whoever_names_itself_once_is_known_by_its_instance_and_whoever_has_none_may_be_the_nameless() {
    let mut one = on(&[(Some("c1"), Some("<urn:a>")), (Some("c2"), None)]);
    let heard = one.follow(&says(None, Some("<urn:a>"), false), (200, 200), 50);
    assert_eq!((heard, one.reach(Some("c1"), 150)), (Heard::Is(Some("c1".into()), true), at("<urn:a>", 200)));
    assert_eq!(one.reach(Some("c2"), 150), Reach::Not);
    assert_eq!(one.follow(&says(None, None, false), (200, 200), 50), Heard::Is(None, true));
    assert_eq!(one.reach(Some("c2"), 150), Reach::Any, "it may be that one");
    assert_eq!(one.follow(&says(None, Some("<urn:a>"), true), (200, 200), 60), Heard::Left("c1".into()));
    let mut nameless = on(&[(Some("c1"), Some("<urn:a>")), (Some("c2"), None)]);
    assert_eq!(nameless.follow(&says(None, None, true), (100, 100), 2), Heard::Nothing);
    assert_eq!(nameless.reach(Some("c2"), 2), Reach::Any, "it may be that one that has left, or not");
    assert_eq!(nameless.reach(Some("c1"), 2), at("<urn:a>", 100));
}

#[test]
fn no_more_of_them_are_kept_than_a_user_may_have_and_whoever_is_forgotten_may_be_anywhere() {
    let mut clients = Clients::default();
    clients.follow(&says(Some("there"), Some("<urn:t>"), false), (100, 100), 1);
    for number in 0..MOST {
        let instance = format!("<urn:{number}>");
        clients.follow(&says(Some(&format!("c{number}")), Some(&instance), number == 3), (100, 100), 1);
    }
    assert_eq!(clients.reach(Some("there"), 1), at("<urn:t>", 100));
    assert_eq!(clients.reach(Some("c3"), 1), Reach::Any, "who has left is forgotten first");
    clients.follow(&says(Some("last"), None, false), (100, 100), 1);
    assert_eq!((clients.reach(Some("there"), 1), clients.all.len()), (Reach::Any, MOST));
}

#[test]
fn whoever_does_not_answer_is_sent_to_all_the_same_until_it_registers() {
    let mut one = on(&[(Some("c1"), Some("<urn:a>"))]);
    assert!(one.does_not_answer(&contact("<urn:a>", 100)));
    let silent = Reach::One(Contact { is_silent: true, ..contact("<urn:a>", 100) });
    assert_eq!(one.reach(Some("c1"), 1), silent);
    let heard = one.follow(&says(Some("c1"), Some("<urn:a>"), false), (200, 200), 2);
    assert_eq!((heard, one.reach(Some("c1"), 2)), (Heard::Is(Some("c1".into()), false), at("<urn:a>", 200)));
}

#[test]
fn of_a_client_at_a_terminal_that_says_nothing_it_is_not_known_which_contact_is_its() {
    let both = on(&[(Some("c1"), Some("<urn:a>")), (Some("c1"), None)]);
    assert_eq!(both.reach(Some("c1"), 1), Reach::Any);
    assert_eq!(
        on(&[(Some("c1"), Some("<urn:a>")), (Some("c1"), Some("<urn:b>"))]).reach(Some("c1"), 1),
        Reach::Any
    );
}

#[test]
fn whoever_asks_and_takes_the_answer_is_there_where_it_was_last() {
    let mut two = on(&[(Some("c1"), Some("<urn:a>")), (Some("c2"), Some("<urn:b>"))]);
    assert!(!two.is_back(Some("c1"), 1, false) && !two.is_back(Some("c3"), 1, false), "no news");
    assert!(two.does_not_answer(&contact("<urn:a>", 100)) && two.is_back(Some("c1"), 1, false));
    assert_eq!(two.reach(Some("c1"), 1), at("<urn:a>", 100));
    assert!(two.is_gone(&contact("<urn:a>", 100)) && two.is_back(Some("c1"), 1, false));
    assert_eq!(two.reach(Some("c1"), 1), at("<urn:a>", 100));
}

#[test]
fn no_client_has_a_longer_name_than_may_be_kept() {
    let long = "x".repeat(129);
    let clients = on(&[(Some(&long), Some("<urn:a>")), (Some(&long[1..]), Some("<urn:b>"))]);
    assert_eq!((clients.all[0].name.len(), clients.all[1].name.len()), (0, 128));
}

#[test]
fn whoever_has_no_contact_that_takes_anything_is_silent_until_one_is_heard_of() {
    let mut user = on(&[(Some("c1"), None)]);
    assert!(!user.none_answers(0) && !user.is_silent(), "one has registered since");
    assert!(user.none_answers(1) && user.is_silent() && user.none_answers(1));
    assert!(Clients::read(&user.encode()).is_silent());
    assert_eq!(user.follow(&says(Some("c1"), None, true), (90, 90), 2), Heard::Left("c1".into()));
    assert!(user.is_silent() && user.none_answers(1), "whoever leaves is not there");
    let heard = user.follow(&says(Some("c2"), None, false), (90, 90), 2);
    assert_eq!((heard, user.is_silent()), (Heard::Is(Some("c2".into()), false), false));
    assert!(!user.none_answers(1) && user.none_answers(2));
    let heard = user.follow(&says(None, None, false), (100, 100), 2);
    assert_eq!(heard, Heard::Is(None, false), "he was not there, whoever it is");
    assert!(user.none_answers(3) && user.is_back(None, 2, false) && !user.is_silent());
    assert!(!user.is_back(None, 2, false), "no news");
    assert!(user.is_back(None, 2, true) && !user.none_answers(4), "he has taken something since");
    let mut unknown = Clients::read(b"");
    assert!(
        !unknown.none_answers(0) && !unknown.is_back(None, 2, true),
        "nothing is known that could be kept"
    );
}
