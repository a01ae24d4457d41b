//! What is wrong with a configuration, for a log: it says where, and names nobody. `mcx check` prints the same lines in full.

/// The text with the user of each URI left out: a log holds no personal data.
pub(super) fn discreet(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    for piece in text.split_inclusive('@') {
        match piece.strip_suffix('@').and_then(|before| before.rfind(is_before).map(|at| (before, at))) {
            Some((before, at)) => {
                let width = before[at..].chars().next().map_or(0, char::len_utf8);
                told.push_str(&before[..at + width]);
                told.push_str("…@");
            }
            None if piece.ends_with('@') => told.push_str("…@"),
            None => told.push_str(piece),
        }
    }
    told
}

/// What may stand in front of a user.
fn is_before(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | ':' | '<' | '(' | '`' | ',' | '=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_left_out_and_the_place_and_the_domain_are_said() {
        for (text, told) in [
            (
                "a.toml:9:8: warning: \"user\" names \"sip:alise@a.example\", no user of this file; did you mean \"sip:alice@a.example\"?",
                "a.toml:9:8: warning: \"user\" names \"sip:…@a.example\", no user of this file; did you mean \"sip:…@a.example\"?",
            ),
            ("alice@a.example", "…@a.example"),
            ("[tls.border] has no key: é", "[tls.border] has no key: é"),
            ("é:alice@a.example and (bob@b.example)", "é:…@a.example and (…@b.example)"),
        ] {
            assert_eq!(discreet(text), told);
        }
    }
}
