use super::*;

fn id(text: &str) -> McServiceId {
    McServiceId::new(text).expect("valid")
}

#[test]
fn an_answer_that_was_asked_for_before_a_change_does_not_count() {
    let (migrants, alice) = (Migrants::default(), id("sip:alice@a.example"));
    let (standing, moment) = migrants.standing(&alice);
    assert_eq!(standing, Standing::Unknown);
    migrants.changed(alice.clone());
    migrants.learn(&alice, None, moment);
    let (standing, moment) = migrants.standing(&alice);
    assert_eq!(standing, Standing::Unknown);
    migrants.learn(&alice, Some(id("sip:m1@b.example")), moment);
    assert_eq!(migrants.standing(&alice).0, Standing::Away(id("sip:m1@b.example")));
}

#[test]
fn no_more_users_are_remembered_than_there_is_room_for_and_no_late_answer_counts() {
    let (migrants, alice) = (Migrants::default(), id("sip:alice@a.example"));
    migrants.changed(alice.clone());
    let (_, moment) = migrants.standing(&alice);
    {
        let mut known = lock(&migrants.0);
        for number in 1..REMEMBERED {
            known.users.insert(id(&format!("sip:user{number}@a.example")), (Standing::Home, 0));
        }
    }
    migrants.changed(id("sip:bob@a.example"));
    assert!(lock(&migrants.0).users.len() <= REMEMBERED);
    migrants.learn(&alice, None, moment);
    assert_eq!(migrants.standing(&alice).0, Standing::Unknown, "asked for before she was forgotten");
    let (_, moment) = migrants.standing(&alice);
    migrants.learn(&alice, None, moment);
    assert_eq!(migrants.standing(&alice).0, Standing::Home);
}

#[test]
fn servers_that_do_not_answer_are_let_alone_for_a_while() {
    let (migrants, now) = (Migrants::default(), kit::testing::Lab::new().world("lms").clock.now());
    assert!(migrants.may_ask(now));
    migrants.unanswered(now);
    assert!(!migrants.may_ask(now) && migrants.may_ask(now + PAUSE));
    migrants.unanswered(now);
    migrants.changed(id("sip:alice@a.example"));
    assert!(migrants.may_ask(now), "one has spoken");
}
