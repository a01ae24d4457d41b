use xml_schemas::{ids::RequestId, location::Refusal};

use super::*;

/// A line break in a reason would be a position that nobody reported.
#[test]
fn what_another_system_says_is_one_line_and_moves_no_cursor() {
    let user = |text: &str| McServiceId::new(text).expect("is an ID");
    let said = format!("a\nsip:bob@b.example  48.00000 11.00000\u{9b}31m\u{202e}{}", "é".repeat(20_000));
    let refusal = Refusal { code: Some(99), text: Some(said) };
    let answer = TargetAnswer::Refused(refusal);
    let report = LocationReport {
        request_id: RequestId::new("1").expect("is an ID"),
        mc_service: None,
        requester: user("sip:alice@a.example"),
        requesting_system: None,
        target_system: None,
        targets: vec![TargetReport { target: user("sip:carol@b.example"), answer }],
    };
    let told = text(&report);
    assert!(told.lines().count() == 1 && told.chars().count() < 400, "{told}");
    assert!(!told.trim_end().contains(|c: char| c.is_control() || c == '\u{202e}'), "{told:?}");
}
