use wire::Transport;

use super::*;
use crate::binding::Flow;

const NOW: u64 = 1_700_000_000_000;

fn binding(contact: &str, call_id: &str, cseq: u32, seconds: u64) -> Binding {
    let remote = ([192, 0, 2, 1], 5060).into();
    Binding {
        contact: contact.into(),
        parameters: Vec::new(),
        instance: None,
        preference: 1000,
        call_id: call_id.into(),
        cseq,
        refreshed_at: NOW,
        expires_at: NOW + seconds * 1000,
        path: Vec::new(),
        flow: Flow { transport: Transport::Udp, remote, address: remote, connection: None, edge: None },
    }
}

fn update(call_id: &str, cseq: u32, change: Change) -> Update {
    Update { call_id: call_id.into(), cseq, change }
}

fn contacts(call_id: &str, cseq: u32, seconds: &[(&str, u64)]) -> Update {
    let each = seconds.iter().map(|(contact, seconds)| binding(contact, call_id, cseq, *seconds));
    update(call_id, cseq, Change::Contacts(each.collect()))
}

fn applied(bindings: &[Binding], update: &Update) -> Result<Vec<String>, Rejected> {
    let after = apply(bindings, update, NOW, 3, |a, b| a == b)?;
    Ok(after.into_iter().map(|binding| binding.contact).collect())
}

#[test]
fn rfc3261_10_3_step_6_no_contact_only_fetches_and_what_expired_is_gone() {
    let bindings = [binding("sip:a", "1", 1, 10), binding("sip:b", "1", 1, 0)];
    assert_eq!(applied(&bindings, &update("2", 1, Change::Fetch)), Ok(vec!["sip:a".into()]));
}

#[test]
fn rfc3261_10_3_step_6_a_star_removes_every_binding() {
    let bindings = [binding("sip:a", "1", 1, 10), binding("sip:b", "2", 9, 10)];
    assert_eq!(applied(&bindings, &update("1", 2, Change::Clear)), Ok(vec![]));
}

#[test]
fn rfc3261_10_3_step_6_a_star_that_was_overtaken_removes_nothing() {
    let bindings = [binding("sip:a", "1", 2, 10), binding("sip:b", "2", 9, 10)];
    assert_eq!(applied(&bindings, &update("1", 2, Change::Clear)), Err(Rejected::OutOfOrder));
}

#[test]
fn rfc3261_10_3_step_7_a_contact_is_added_refreshed_and_removed() {
    let first = apply(&[], &contacts("1", 1, &[("sip:a", 60)]), NOW, 3, |a, b| a == b).unwrap();
    let second = apply(&first, &contacts("1", 2, &[("sip:a", 90), ("sip:b", 60)]), NOW, 3, |a, b| a == b);
    let second = second.unwrap();
    assert_eq!(
        second.iter().map(|b| (b.contact.as_str(), b.seconds_left(NOW))).collect::<Vec<_>>(),
        [("sip:a", 90), ("sip:b", 60)]
    );
    assert_eq!(applied(&second, &contacts("1", 3, &[("sip:a", 0)])), Ok(vec!["sip:b".into()]));
}

#[test]
fn rfc3261_10_3_step_7_a_contact_that_was_overtaken_fails_the_whole_update() {
    let bindings = [binding("sip:a", "1", 5, 10)];
    assert_eq!(
        applied(&bindings, &contacts("1", 5, &[("sip:b", 60), ("sip:a", 0)])),
        Err(Rejected::OutOfOrder)
    );
    assert_eq!(applied(&bindings, &contacts("1", 6, &[("sip:a", 0)])), Ok(vec![]));
    assert_eq!(
        applied(&bindings, &contacts("2", 1, &[("sip:a", 0)])),
        Ok(vec![]),
        "another Call-ID has its own order"
    );
}

#[test]
fn rfc3261_10_3_step_7_a_binding_that_expired_orders_nothing() {
    let bindings = [binding("sip:a", "1", 5, 0)];
    assert_eq!(applied(&bindings, &contacts("1", 1, &[("sip:a", 60)])), Ok(vec!["sip:a".into()]));
}

#[test]
fn rfc5626_one_instance_has_one_binding() {
    let mut old = binding("sip:a@192.0.2.1:1", "1", 1, 60);
    old.instance = Some("<urn:uuid:1>".into());
    let mut new = binding("sip:a@192.0.2.1:2", "2", 1, 60);
    new.instance = Some("<urn:uuid:1>".into());
    let moved = update("2", 1, Change::Contacts(vec![new]));
    assert_eq!(applied(&[old], &moved), Ok(vec!["sip:a@192.0.2.1:2".into()]));
}

#[test]
fn a_user_has_no_more_contacts_than_the_limit() {
    let bindings = [binding("sip:a", "1", 1, 60), binding("sip:b", "1", 1, 60)];
    let two = contacts("2", 1, &[("sip:c", 60), ("sip:d", 60)]);
    assert_eq!(applied(&bindings, &two), Err(Rejected::TooManyContacts));
    let swap = contacts("2", 1, &[("sip:c", 60), ("sip:d", 60), ("sip:a", 0)]);
    assert_eq!(applied(&bindings, &swap), Ok(vec!["sip:b".into(), "sip:c".into(), "sip:d".into()]));
}

/// What each costs is compared with all others.
#[test]
fn of_far_too_many_contacts_none_is_looked_at() {
    let bindings = [binding("sip:a", "1", 1, 60)];
    let names: Vec<String> = (0..5).map(|number| format!("sip:{number}")).collect();
    let many: Vec<(&str, u64)> = names.iter().map(|name| (name.as_str(), 60)).collect();
    let compared = std::cell::Cell::new(0);
    let same = |a: &str, b: &str| {
        compared.set(compared.get() + 1);
        a == b
    };
    let refused = apply(&bindings, &contacts("2", 1, &many), NOW, 3, same);
    assert_eq!((refused, compared.get()), (Err(Rejected::TooManyContacts), 0));
}

#[test]
fn rfc3261_10_3_whoever_has_more_contacts_than_the_limit_is_now_may_ask_for_them_and_give_them_up() {
    let bindings: Vec<Binding> = (0..5).map(|each| binding(&format!("sip:{each}"), "1", 1, 60)).collect();
    let fetched = applied(&bindings, &update("2", 1, Change::Fetch));
    assert_eq!(fetched.map(|all| all.len()), Ok(5), "the limit is three");
    let left = applied(&bindings, &contacts("2", 1, &[("sip:0", 0)]));
    assert_eq!(left.map(|all| all.len()), Ok(4));
    let refreshed = applied(&bindings, &contacts("2", 1, &[("sip:0", 60)]));
    assert_eq!(refreshed, Err(Rejected::TooManyContacts));
}
