use std::collections::HashSet;

use super::*;

#[test]
fn a_seed_gives_the_same_identifiers_again_and_another_seed_others() {
    let (one, again, other) = (SeededIds::new(7), SeededIds::new(7), SeededIds::new(8));
    let first = one.token();
    assert_eq!(first, again.token());
    assert_ne!(first, one.token());
    assert_ne!(first, other.token());
}

#[test]
fn a_token_is_26_characters_that_any_header_and_host_may_hold() {
    let token = SystemIds::default().token();
    assert_eq!(token.len(), 26);
    assert!(token.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7')));
    assert_eq!(base32([0xff; 16]), "77777777777777777777777774");
    let ids = SystemIds::default();
    assert_eq!((0..1000).map(|_| ids.token()).collect::<HashSet<_>>().len(), 1000);
}

#[test]
fn rfc9562_5_4_version_and_variant_are_set() {
    assert_eq!(uuid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    assert_eq!(uuid([0; 16]), "00000000-0000-4000-8000-000000000000");
}
