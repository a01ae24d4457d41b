//! Answers, for a person.

use clients::groups::Told;
use serde_json::Value;

use super::Ask;
use crate::table::{self, one_line};

pub(super) fn answer(ask: &Ask, told: &Told) {
    let text = String::from_utf8_lossy(&told.body);
    let value = || serde_json::from_slice::<Value>(&told.body).unwrap_or_default();
    match ask {
        Ask::Get { .. } => println!("{}", text.trim_end()),
        Ask::Preview { json: false, .. } => print!("{}", preview(&value())),
        Ask::Status { json: false, .. } => print!("{}", status(&value())),
        Ask::Preview { .. } | Ask::Status { .. } => println!("{text}"),
        _ => {
            let etag = told.etag.as_ref().map(|etag| format!("  entity tag {etag}")).unwrap_or_default();
            println!("{}{etag}", told.status);
        }
    }
}

/// A line for each change, then the document.
fn preview(value: &Value) -> String {
    let changes = value["changes"].as_array().into_iter().flatten();
    let line = |change: &Value| {
        let effect = match (&change["effect"]["changed"], change["effect"].as_str()) {
            (_, Some(effect)) => effect.to_owned(),
            (changed, None) => format!("{} becomes {}", word(&changed["from"]), word(&changed["to"])),
        };
        let told = format!("{}  {effect}  by \"{}\"", word(&change["place"]), word(&change["rule"]));
        format!("{}\n", one_line(&told))
    };
    let lines: String = changes.map(line).collect();
    let document: String =
        word(&value["document"]).trim_end().lines().map(|line| format!("{}\n", one_line(line))).collect();
    format!("{lines}\n{document}")
}

/// A table of what is shared, one of what is held and one of what is requested.
fn status(value: &Value) -> String {
    let each = |name: &str| value[name].as_array().cloned().unwrap_or_default();
    let cells = |row: &Value, names: [&str; 7]| names.map(|name| word(&row[name]).to_owned());
    let shares = ["group", "partner", "state", "ours", "provided", "theirs", "last"];
    let shares: Vec<_> = each("shares").iter().map(|share| cells(share, shares)).collect();
    let copy = |copy: &Value| {
        ["group", "partner", "how", "offer", "effective"].map(|name| word(&copy[name]).to_owned())
    };
    let copies: Vec<_> = each("copies").iter().map(copy).collect();
    let request = |request: &Value| [word(&request["group"]).to_owned(), request["attempts"].to_string()];
    let requests: Vec<_> = each("requests").iter().map(request).collect();
    let tables = [
        table::lines(["SHARED GROUP", "WITH", "STATE", "OURS", "PROVIDED", "THEIRS", "LAST"], &shares),
        table::lines(["HELD GROUP", "OF", "HOW", "OFFER", "EFFECTIVE"], &copies),
        table::lines(["REQUESTED GROUP", "ATTEMPTS"], &requests),
    ];
    let tables: Vec<String> =
        tables.into_iter().filter(|table| !table.is_empty()).map(|table| table.join("\n") + "\n").collect();
    let more = if value["is-cut"] == true { "\nthere is more: say --group or --partner\n" } else { "" };
    match tables.as_slice() {
        [] => "nothing is shared, held or requested\n".to_owned(),
        tables => tables.join("\n") + more,
    }
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{preview, status};

    #[test]
    fn a_preview_is_a_line_for_each_change_and_the_document() {
        let told = preview(&json!({
            "document": "<group/>",
            "changes": [
                { "rule": "theirs", "place": "group/entry[1]", "effect": "removed" },
                { "rule": "cap", "place": "group/priority", "effect": { "changed": { "from": "7", "to": "5" } } },
            ],
        }));
        let expected =
            "group/entry[1]  removed  by \"theirs\"\ngroup/priority  7 becomes 5  by \"cap\"\n\n<group/>\n";
        assert_eq!(told, expected);
    }

    /// Entity tags are a partner's words, and so is what a document says.
    #[test]
    fn what_others_wrote_moves_no_terminal() {
        let hostile = "1\u{9b}31m\nsip:ops@a.example  shared";
        let shares = status(&json!({ "shares": [{ "group": "sip:fire@a.example", "theirs": hostile }] }));
        let held = preview(&json!({
            "document": format!("<group/>\n<!--{hostile}-->"),
            "changes": [{ "rule": "cap", "place": hostile, "effect": "removed" }],
        }));
        for (told, lines) in [(shares, 2), (held, 5)] {
            assert!(!told.contains('\u{9b}') && told.lines().count() == lines, "{told}");
        }
    }

    #[test]
    fn a_status_shows_both_versions() {
        let told = status(&json!({ "shares": [{
            "group": "sip:fire@a.example", "partner": "b.example", "state": "conflict",
            "ours": "1", "provided": null, "theirs": "o2", "last": "conflict",
        }] }));
        let expected = "\
SHARED GROUP        WITH       STATE     OURS  PROVIDED  THEIRS  LAST
sip:fire@a.example  b.example  conflict  1     -         o2      conflict
";
        assert_eq!(told, expected);
        let told = status(&json!({
            "copies": [{ "group": "sip:g@b.example", "partner": "b.example", "how": "provided", "offer": "o", "effective": "e" }],
            "requests": [{ "group": "sip:h@b.example", "attempts": 2 }],
        }));
        assert!(
            told.contains("EFFECTIVE\n")
                && told.ends_with("\n\nREQUESTED GROUP  ATTEMPTS\nsip:h@b.example  2\n"),
            "{told}"
        );
        let told =
            status(&json!({ "requests": [{ "group": "sip:h@b.example", "attempts": 2 }], "is-cut": true }));
        assert!(told.ends_with("\n\nthere is more: say --group or --partner\n"), "{told}");
        assert_eq!(status(&json!({})), "nothing is shared, held or requested\n");
    }
}
