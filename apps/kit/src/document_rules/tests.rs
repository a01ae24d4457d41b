use super::like;

#[test]
fn a_star_stands_for_any_characters() {
    assert!(like("sip:flood-*@a.example", "sip:flood-ops@a.example"));
    assert!(like("*", ""));
    assert!(like("a*b*c", "abc") && like("a*b*c", "axxbyyc"));
    assert!(!like("a*b*c", "acb"));
    assert!(!like("a*a", "a"), "what one part takes another cannot");
    assert!(like("abc", "abc") && !like("abc", "abcd"));
}
