use std::{collections::HashSet, time::UNIX_EPOCH};

use xml_schemas::ids::FunctionalAlias;

use super::*;

fn user(name: &str) -> McServiceId {
    McServiceId::new(&format!("sip:{name}@a.example")).expect("valid")
}

fn alias(limit: usize, take_over: bool) -> Alias {
    let users: HashSet<_> = ["alice", "bob", "carol"].into_iter().map(user).collect();
    Alias { id: FunctionalAlias::new("sip:lead@a.example").expect("valid"), users, limit, take_over }
}

fn claim(name: &str, client: &str) -> Claim {
    Claim {
        user: user(name),
        impu: Impu::new(&format!("sip:{name}.imsi@a.example")).expect("valid"),
        client: client.into(),
        tag: "t".into(),
        lifetime: Duration::from_secs(60),
    }
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn names(holding: &Holding) -> Vec<&str> {
    holding.0.iter().map(|held| held.user.user()).collect()
}

#[test]
fn ts23280_10_13_4_holders_stand_in_the_order_of_activation_and_a_renewal_keeps_its_place() {
    let (rules, mut holding) = (alias(3, false), Holding::default());
    for (second, name) in ["bob", "alice"].into_iter().enumerate() {
        let claimed = holding.claim(&rules, &claim(name, "c"), false, at(second as u64));
        assert_eq!(claimed, Ok(Claimed::Activated));
    }
    assert_eq!(holding.claim(&rules, &claim("bob", "c"), false, at(30)), Ok(Claimed::Renewed));
    assert_eq!((names(&holding), holding.0[0].until), (vec!["bob", "alice"], at(90)));
    assert_eq!(Holding::read(&holding.bytes().expect("written")), Some(holding));
}

#[test]
fn ts24379_9a_2_2_2_3_who_may_not_hold_it_does_not() {
    let mut holding = Holding::default();
    let claimed = holding.claim(&alias(3, true), &claim("mallory", "c"), true, at(0));
    assert_eq!(claimed, Err(Cause::RequesterNotAuthorized));
}

#[test]
fn ts23280_10_13_4_the_limit_counts_users_and_not_their_clients() {
    let (rules, mut holding) = (alias(1, false), Holding::default());
    assert!(holding.claim(&rules, &claim("alice", "c1"), false, at(0)).is_ok());
    assert_eq!(holding.claim(&rules, &claim("alice", "c2"), false, at(1)), Ok(Claimed::Activated));
    for takes_over in [false, true] {
        let claimed = holding.claim(&rules, &claim("bob", "c"), takes_over, at(2));
        assert_eq!(claimed, Err(Cause::AliasInUse), "nobody may take it over");
    }
}

#[test]
fn ts23280_10_13_8_whoever_takes_it_over_has_it_in_the_stead_of_the_longest_holder() {
    let (rules, mut holding) = (alias(2, true), Holding::default());
    for client in ["c1", "c2"] {
        assert!(holding.claim(&rules, &claim("alice", client), false, at(0)).is_ok());
    }
    assert!(holding.claim(&rules, &claim("bob", "c"), false, at(1)).is_ok());
    assert_eq!(holding.claim(&rules, &claim("carol", "c"), false, at(2)), Err(Cause::AliasInUse));
    let taken = holding.claim(&rules, &claim("carol", "c"), true, at(2));
    assert!(
        matches!(taken, Ok(Claimed::TakenOver(gone)) if gone.len() == 2 && gone[0].user == user("alice"))
    );
    assert_eq!(names(&holding), ["bob", "carol"]);
}

#[test]
fn what_has_ended_by_itself_makes_room() {
    let (rules, mut holding) = (alias(1, false), Holding::default());
    assert!(holding.claim(&rules, &claim("alice", "c"), false, at(0)).is_ok());
    assert!(holding.retire(at(59)).is_empty());
    assert_eq!(holding.retire(at(60)).len(), 1);
    assert_eq!(holding.claim(&rules, &claim("bob", "c"), false, at(60)), Ok(Claimed::Activated));
}
