//! What both group procedures are measured by.

use http::Method;
use mcx_tests::{Home, TwoSystems};
use serde_json::Value;

/// What the policies of both systems make of a group: the partner's members, and no priority above 5.
pub(crate) fn adapted(fire: &str) -> String {
    without_members_of(fire, "primary.example").replace(">7<", ">5<")
}

/// The group without the members of a system.
pub(crate) fn without_members_of(fire: &str, domain: &str) -> String {
    let mut text = String::new();
    let mut rest = fire;
    while let Some(begin) = rest.find("<entry ") {
        let end = begin + rest[begin..].find("/>").expect("an empty element") + 2;
        if rest[begin..end].contains(&format!("@{domain}\"")) {
            text.push_str(rest[..begin].trim_end());
        } else {
            text.push_str(&rest[..end]);
        }
        rest = &rest[end..];
    }
    text + rest
}

/// The only share, as the administrator of the primary system sees it.
pub(crate) async fn share(world: &mut TwoSystems) -> Value {
    let administrator = world.administrator(Home::Primary);
    let status = administrator.send(Method::GET, "/mcx/groups/status", bytes::Bytes::new()).await.unwrap();
    let status: Value = serde_json::from_slice(status.body()).expect("JSON");
    status["shares"][0].clone()
}
