//! Entries and reports, for people and for programs.

use ::audit::{Report, Sealed};
use serde_json::json;
use xml_schemas::Timestamp;

/// An entry of the log of this name.
pub(super) struct Shown<'s> {
    pub(super) name: &'s str,
    pub(super) sealed: &'s Sealed,
}

impl Shown<'_> {
    pub(super) fn line(&self, is_json: bool) -> String {
        let Sealed { seq, link, entry } = self.sealed;
        if is_json {
            let link = link.map(|link| link.to_string());
            return json!({ "log": self.name, "seq": seq, "link": link, "entry": entry }).to_string();
        }
        let Some(entry) = entry else { return format!("{} {seq} cannot be read", self.name) };
        let mut words = vec![
            self.name.to_owned(),
            seq.to_string(),
            Timestamp::from(entry.when()).to_string(),
            entry.act.clone(),
            format!("by {}", entry.by),
        ];
        let list = [("on", entry.on.join(", ")), ("with", entry.partner.clone().unwrap_or_default())];
        words.extend(
            list.into_iter().filter(|(_, what)| !what.is_empty()).map(|(how, what)| format!("{how} {what}")),
        );
        words.extend(entry.request.iter().map(|request| format!("request {request}")));
        words.extend(entry.ruling.iter().map(|ruling| format!("{} by {}", ruling.verdict, ruling.rule)));
        words.extend(entry.with.iter().map(|(name, value)| format!("{name}={value}")));
        words.extend(entry.receipt.iter().map(|_| "receipt".to_owned()));
        words.extend(entry.head.iter().map(|head| format!("end {} at {}", head.head.chain, head.head.seq)));
        // What a peer wrote into an entry is one line of it, and says nothing to a terminal.
        let escaped = |c: char| if moves(c) { c.escape_default().to_string() } else { c.to_string() };
        words.join("  ").chars().map(escaped).collect()
    }
}

/// Whether a terminal would do something by it, or show what follows in another order than it is in.
fn moves(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        // Line and paragraph separators: an entry is one line.
        || matches!(c, '\u{2028}' | '\u{2029}')
}

/// What a verification came to.
pub(super) fn report(report: &Report, is_json: bool) {
    if is_json {
        println!("{}", json!(report));
        return;
    }
    let Report { name, entries, heads, witnesses, waiting, .. } = report;
    let signed = if report.is_signed { "signed" } else { "not signed" };
    println!(
        "{name}: {entries} entries, {waiting} waiting, {signed}, {heads} ends and {witnesses} of partners compared"
    );
    if report.is_sound() {
        println!("{name}: it is what was written");
    }
    report.findings.iter().for_each(|finding| println!("{name}: {finding}"));
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use ::audit::{Entry, Sealed};

    use super::Shown;

    #[test]
    fn what_a_peer_wrote_is_one_line_and_moves_no_cursor() {
        let entry = Entry::new(UNIX_EPOCH, "alias.activated", "sip:a@a.example\nfa1  9  x")
            .with("client", "\u{1b}[2J");
        let sealed = Sealed { seq: 1, link: None, entry: Some(entry) };
        let line = Shown { name: "fa1", sealed: &sealed }.line(false);
        assert!(!line.contains(char::is_control), "{line:?}");
        assert!(line.contains("\\n") && line.contains("\\u{1b}"), "{line:?}");
    }

    #[test]
    fn what_a_peer_wrote_is_shown_in_the_order_that_it_is_in() {
        let entry = Entry::new(UNIX_EPOCH, "alias.activated", "sip:a@a.example")
            .with("client", "\u{202e}txt.exe\u{2069}\u{200f}\u{2028}");
        let sealed = Sealed { seq: 1, link: None, entry: Some(entry) };
        let line = Shown { name: "fa1", sealed: &sealed }.line(false);
        assert!(line.is_ascii(), "{line:?}");
        assert!(line.contains("\\u{202e}txt.exe\\u{2069}\\u{200f}\\u{2028}"), "{line:?}");
    }
}
