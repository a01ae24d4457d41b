//! Answers, for a person.

use clients::groups::Told;
use serde_json::Value;

use super::Ask;

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
        format!("{}  {effect}  by \"{}\"\n", word(&change["place"]), word(&change["rule"]))
    };
    let lines: String = changes.map(line).collect();
    format!("{lines}\n{}\n", word(&value["document"]).trim_end())
}

/// A line for each share, copy and request that waits.
fn status(value: &Value) -> String {
    let each = |name: &str| value[name].as_array().cloned().unwrap_or_default();
    let mut out = String::new();
    for share in each("shares") {
        let last = share["last"].as_str().map(|last| format!("  last: {last}")).unwrap_or_default();
        out.push_str(&format!(
            "share    {}  {}  {}  ours {}  provided {}  theirs {}{last}\n",
            word(&share["group"]),
            word(&share["partner"]),
            word(&share["state"]),
            word(&share["ours"]),
            word(&share["provided"]),
            word(&share["theirs"]),
        ));
    }
    for copy in each("copies") {
        out.push_str(&format!(
            "copy     {}  {}  {}  offer {}  effective {}\n",
            word(&copy["group"]),
            word(&copy["partner"]),
            word(&copy["how"]),
            word(&copy["offer"]),
            word(&copy["effective"]),
        ));
    }
    for request in each("requests") {
        out.push_str(&format!("request  {}  attempts {}\n", word(&request["group"]), request["attempts"]));
    }
    out
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

    #[test]
    fn a_status_shows_both_versions() {
        let told = status(&json!({ "shares": [{
            "group": "sip:fire@a.example", "partner": "b.example", "state": "conflict",
            "ours": "1", "provided": null, "theirs": "o2", "last": "conflict",
        }] }));
        let expected = "share    sip:fire@a.example  b.example  conflict  ours 1  provided -  theirs o2  last: conflict\n";
        assert_eq!(told, expected);
    }
}
