use futures::FutureExt as _;
use store::{Clock, Disk, Redb};

use super::*;
use crate::users::Ids;

fn now<T>(work: impl Future<Output = T>) -> T {
    work.now_or_never().expect("a store in memory is never busy")
}

fn filled(many: usize) -> Redb {
    let store = Redb::open_in_memory(Disk::new(), Clock::still(UNIX_EPOCH)).expect("opens");
    let until = UNIX_EPOCH + LONGEST;
    let tokens = (0..many).fold(Batch::new(), |batch, number| token(batch, &format!("t{number:06}"), until));
    now(store.commit(tokens)).expect("kept");
    let alice = xml_schemas::ids::McServiceId::new("sip:alice@a.example").expect("valid");
    let locked = User { locked: true, ids: Ids::same(alice), ..User::new("alice", "") };
    now(store.commit(user(Batch::new(), "alice", (&locked, 100), None))).expect("kept");
    store
}

/// Every page, one after the other.
fn pages(store: &Redb) -> Vec<Value> {
    let (list, mut pages, mut query) = (List::default(), Vec::<Value>::new(), None::<String>);
    loop {
        let told =
            list.told((store, "i"), query.as_deref(), kit::testing::Lab::new().world("idms").clock.now());
        let page: Value = serde_json::from_slice(&now(told).expect("is told")).expect("JSON");
        query = page.get("next").and_then(Value::as_str).map(|next| format!("after={next}"));
        pages.push(page);
        if query.is_none() {
            return pages;
        }
    }
}

#[test]
fn however_much_is_revoked_all_of_it_is_told_and_users_before_everything_else() {
    let many = 2 * PAGE + 5;
    let pages = pages(&filled(many));
    assert_eq!(pages.len(), 3);
    assert_eq!(
        (&pages[0]["revoked"][0]["sub"], &pages[0]["revoked"][0]["locked"]),
        (&json!("alice"), &json!(true))
    );
    let of = |page: &Value| page["revoked"].as_array().map_or(0, Vec::len);
    assert_eq!(pages.iter().map(of).sum::<usize>(), many + 1);
    let told = pages.iter().flat_map(|page| page["revoked"].as_array().into_iter().flatten());
    let names: std::collections::HashSet<_> = told.filter_map(|one| one["jti"].as_str()).collect();
    assert_eq!(names.len(), many, "each once, and none is left out");
}

#[test]
fn a_record_of_a_former_version_still_counts() {
    let store = filled(0);
    let kept = Batch::new().put(format!("{REVOKED}sub/bob"), "77");
    now(store.commit(kept)).expect("kept");
    let claims = |issued: u64| json!({ "sub": "bob", "iat": issued });
    assert!(
        now(is(&store, &claims(76))).expect("is read") && !now(is(&store, &claims(77))).expect("is read")
    );
    let alice = |issued: u64| json!({ "sub": "alice", "iat": issued });
    assert!(now(is(&store, &alice(99))).expect("is read") && !now(is(&store, &alice(100))).expect("is read"));
}
