use futures::{FutureExt as _, StreamExt as _};
use xml_schemas::{
    body::{
        Presence,
        presence::{AliasStatus, Scope, Standing, Tuple},
    },
    ids::{FunctionalAlias, McServiceId},
};

use super::*;

fn alias(name: &str) -> FunctionalAlias {
    FunctionalAlias::new(&format!("sip:{name}@a.example")).expect("valid")
}

fn user(name: &str) -> McServiceId {
    McServiceId::new(&format!("sip:{name}@a.example")).expect("valid")
}

fn held(of: &str, by: &str) -> AliasStatus {
    AliasStatus { user: Some(user(by)), status: Some(Standing::Activated), ..AliasStatus::of(alias(of)) }
}

fn free(of: &str) -> AliasStatus {
    AliasStatus { status: Some(Standing::Deactivated), ..AliasStatus::of(alias(of)) }
}

fn document(scope: Scope, aliases: Vec<AliasStatus>) -> Presence {
    let tuple = Tuple { id: "a1".into(), aliases, ..Tuple::default() };
    Presence { entity: "sip:aliases@a.example".into(), scope, tuples: vec![tuple], ..Presence::default() }
}

fn holders(view: &View, of: &str) -> Vec<String> {
    view.holders(&alias(of)).iter().map(|holder| holder.user.user().to_owned()).collect()
}

#[test]
fn ts23280_10_17_7_2_holders_stand_in_the_order_of_activation() {
    let view = View::default();
    assert!(!view.is_told());
    view.learn(&document(
        Scope::Whole,
        vec![held("lead", "bob"), held("lead", "alice"), held("crew", "bob")],
    ));
    assert!(view.is_told());
    assert_eq!(holders(&view, "lead"), ["bob", "alice"]);
    assert!(
        view.is_held_by(&alias("lead"), &user("alice")) && !view.is_held_by(&alias("crew"), &user("alice"))
    );
    assert_eq!(view.held_by(&user("bob")), [alias("crew"), alias("lead")]);
}

#[test]
fn what_a_document_of_changes_does_not_name_stays_and_what_a_whole_one_does_not_name_is_gone() {
    let view = View::default();
    view.learn(&document(Scope::Whole, vec![held("lead", "bob"), held("crew", "bob")]));
    view.learn(&document(Scope::Changes, vec![free("crew")]));
    assert_eq!((holders(&view, "lead").len(), holders(&view, "crew").len()), (1, 0));
    view.learn(&document(Scope::Whole, vec![held("crew", "alice")]));
    assert_eq!((holders(&view, "lead").len(), holders(&view, "crew")), (0, vec!["alice".to_owned()]));
}

#[test]
fn whoever_follows_hears_what_is_active_and_every_change_once() {
    let view = View::default();
    view.learn(&document(Scope::Whole, vec![held("lead", "bob")]));
    let mut moves = view.moves();
    view.learn(&document(Scope::Changes, vec![held("lead", "bob")]));
    view.learn(&document(Scope::Changes, vec![held("lead", "alice")]));
    view.learn(&document(Scope::Changes, vec![free("lead")]));
    let mut heard = Vec::new();
    while let Some(Some(moved)) = moves.next().now_or_never() {
        heard.push((moved.is_active(), moved.holders.first().map(|holder| holder.user.clone())));
    }
    let expected = [(true, Some(user("bob"))), (true, Some(user("alice"))), (false, None)];
    assert_eq!(heard, expected);
}

#[test]
fn whoever_follows_hears_each_time_that_everything_has_been_told() {
    let view = View::default();
    let mut told = view.all_told();
    view.learn(&document(Scope::Changes, vec![held("lead", "bob")]));
    assert!(told.next().now_or_never().is_none(), "a change is not everything");
    view.learn(&document(Scope::Whole, Vec::new()));
    assert_eq!(told.next().now_or_never(), Some(Some(())));
    assert_eq!(view.all_told().next().now_or_never(), Some(Some(())), "it has been told already");
}

#[test]
fn ts23280_10_17_7_2_an_alias_is_active_on_a_client() {
    let view = View::default();
    let on = |client: &str| AliasStatus { client: Some(client.into()), ..held("lead", "bob") };
    view.learn(&document(Scope::Whole, vec![on("urn-uuid-1"), on("urn-uuid-2")]));
    let is_on = |client| view.is_active_on(&alias("lead"), &user("bob"), client);
    assert!(is_on(Some("urn-uuid-1")) && is_on(Some("urn-uuid-2")) && is_on(None));
    assert!(!is_on(Some("urn-uuid-3")));
    assert!(!view.is_active_on(&alias("lead"), &user("alice"), None));
    assert!(is_on(Some("urn:uuid:1")) && is_on(Some("URN:UUID:2")) && is_on(Some("1")) && !is_on(Some("11")));
    assert_eq!(client_name("urn:uuid:1"), "urn-uuid-1");
}
