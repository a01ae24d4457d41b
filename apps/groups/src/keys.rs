//! By which keys the store holds what the server knows beside its documents.
//!
//! What is still to be done has its own folder, so that a worker finds it by one scan and hears of it by one watch.

use crate::group::GroupId;

/// Before every key of the server.
pub const PREFIX: &str = "gms/";

/// Before the keys of everything that is still to be done.
pub const TO_DO: &str = "gms/todo/";

/// Before the keys of groups of our own that have changed since the shares of them were looked at.
pub const CHANGED: &str = "gms/todo/changed/";

/// Before the keys of groups that are to be requested of their primary system again.
pub const ASK: &str = "gms/todo/ask/";

/// Before the keys of shares that a partner has yet to be told of.
pub const DELIVER: &str = "gms/todo/share/";

/// Before the keys of shares.
pub const SHARE: &str = "gms/share/";

/// Before the keys of what is known about groups of partners.
pub const SOURCE: &str = "gms/source/";

/// Before the keys of which groups of our own a user is a member of.
pub const MEMBER: &str = "gms/member/";

/// Says that the records of members are complete, and by which release's reading.
pub const MEMBERS: &str = "gms/members";

/// Before the keys of the groups of which this is a member.
#[must_use]
pub fn memberships(member: &str) -> String {
    format!("{MEMBER}{member}/")
}

/// This is a member of that group.
#[must_use]
pub fn member(member: &str, group: &GroupId) -> String {
    format!("{MEMBER}{member}/{group}")
}

/// The group of our own has changed.
#[must_use]
pub fn changed(group: &GroupId) -> String {
    format!("{CHANGED}{group}")
}

/// The group is to be requested.
#[must_use]
pub fn ask(group: &GroupId) -> String {
    format!("{ASK}{group}")
}

/// The partner is to be told about the group.
#[must_use]
pub fn deliver(partner: &str, group: &GroupId) -> String {
    format!("{DELIVER}{partner}/{group}")
}

/// Before the keys of one group's shares.
#[must_use]
pub fn shares(group: &GroupId) -> String {
    format!("{SHARE}{group}/")
}

/// One group's share with one partner.
#[must_use]
pub fn share(group: &GroupId, partner: &str) -> String {
    format!("{SHARE}{group}/{partner}")
}

/// Partner and group of a key below [`SHARE`].
#[must_use]
pub fn shared(key: &[u8]) -> Option<(String, String)> {
    let (group, partner) = std::str::from_utf8(key).ok()?.strip_prefix(SHARE)?.split_once('/')?;
    Some((partner.to_owned(), group.to_owned()))
}

/// What the primary system provided, as it provided it.
#[must_use]
pub fn offer(group: &GroupId) -> String {
    format!("gms/offer/{group}")
}

/// Where a group of a partner came from.
#[must_use]
pub fn source(group: &GroupId) -> String {
    format!("{SOURCE}{group}")
}

/// Partner and group of a key below [`DELIVER`].
#[must_use]
pub fn delivered(key: &[u8]) -> Option<(String, GroupId)> {
    let (partner, group) = std::str::from_utf8(key).ok()?.strip_prefix(DELIVER)?.split_once('/')?;
    Some((partner.to_owned(), GroupId::new(group)?))
}

/// The group of a key that ends in one.
#[must_use]
pub fn group_below(prefix: &str, key: &[u8]) -> Option<GroupId> {
    GroupId::new(std::str::from_utf8(key).ok()?.strip_prefix(prefix)?)
}

#[cfg(test)]
mod tests {
    use super::{CHANGED, GroupId, changed, deliver, delivered, group_below};

    #[test]
    fn a_key_gives_back_what_it_was_made_of() {
        let group = GroupId::new("sip:fire@A.example").expect("a group");
        assert_eq!(group.as_str(), "sip:fire@a.example");
        let key = deliver("b.example", &group);
        assert_eq!(delivered(key.as_bytes()), Some(("b.example".to_owned(), group.clone())));
        assert_eq!(group_below(CHANGED, changed(&group).as_bytes()), Some(group));
        assert_eq!(GroupId::new("sip:a/b@a.example"), None);
        assert_eq!(GroupId::new("tel:+123"), None);
    }
}
