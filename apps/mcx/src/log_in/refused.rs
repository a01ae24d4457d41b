//! Which of the two identity management servers lets a user not migrate, for people: TS 33.180 B.7 has both asked.

use clients::identity::NotIssued;

/// A system that is asked on the way.
pub(super) enum Asked<'a> {
    /// The user's own, of this domain.
    Home(&'a str),
    /// The partner's.
    Partner(&'a str),
}

/// Who says no and why; none of a server that has said nothing, or nothing of use.
pub(super) fn told(by: &Asked<'_>, why: &NotIssued) -> Option<String> {
    let NotIssued::Refused { code, why } = why else { return None };
    let by = match by {
        Asked::Home(domain) => format!("your own system ({domain})"),
        Asked::Partner(domain) => format!("the partner system ({domain})"),
    };
    Some(format!("{by} refused: its identity management server says: {why} ({code})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ts33180_b_7_a_refusal_says_which_of_the_two_systems_it_is_of() {
        let why = NotIssued::Refused {
            code: "invalid_grant".to_owned(),
            why: "the user is not expected here".to_owned(),
        };
        let abroad = told(&Asked::Partner("b.example"), &why).unwrap();
        assert_eq!(
            abroad,
            "the partner system (b.example) refused: its identity management server says: the user is not expected here (invalid_grant)"
        );
        assert!(
            told(&Asked::Home("a.example"), &why)
                .unwrap()
                .starts_with("your own system (a.example) refused: ")
        );
        assert_eq!(told(&Asked::Home("a.example"), &NotIssued::Malformed("x")), None, "that is no no");
    }
}
