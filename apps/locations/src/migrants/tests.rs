use super::*;

fn id(text: &str) -> McServiceId {
    McServiceId::new(text).expect("valid")
}

#[test]
fn an_answer_that_was_asked_for_before_a_change_does_not_count() {
    let (migrants, alice) = (Migrants::default(), id("sip:alice@a.example"));
    let (standing, moment) = migrants.standing(&alice);
    assert_eq!(standing, Standing::Unknown { is_told: false });
    migrants.changed(alice.clone());
    migrants.learn(&alice, None, moment);
    let (standing, moment) = migrants.standing(&alice);
    assert_eq!(standing, Standing::Unknown { is_told: true });
    migrants.learn(&alice, Some(id("sip:m1@b.example")), moment);
    assert_eq!(migrants.standing(&alice).0, Standing::Away(id("sip:m1@b.example")));
}
