//! Each information element of each flow of administration absent, empty, wrong and twice: whether the flow is refused, or taken all the
//! same, since the element may be missing or is a person's text. TS 23.280 10.17.2
//!
//! What comes of each stands in `acm_elements.txt`, to be read beside the tables; `MCX_BLESS=1` writes it anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fmt::Write as _;

use common::{crate_path, samples};
use xml_schemas::{
    acm::{
        AuditReceipt, PendingDataNotification, PendingDataRequest, PendingDataResponse, ProcessIndication,
        Request, Response, StatusRequest, StatusResponse, WithdrawalRequest, WithdrawalResponse,
    },
    flow::{BadBody, Carriage, Part},
    mime,
};

/// No identity, number, time, nor word that any table knows.
const WRONG: &str = "no such value";

/// What a person may write as he likes, a name that another gave, a document of another specification, and what only a later reader
/// looks into.
const FREE: &[&str] = &[
    "additional-information/mcsString",
    "anyExt",
    "anyExt/later-element",
    "cause-text",
    "continue-at",
    "entry/display-name",
    "mc-service-user-profile",
    "mcptt-user-profile",
    "receipt/chain",
    "receipt/digest",
    "receipt/head",
    "receipt/key",
    "receipt/of",
    "receipt/signature",
    "request-id",
    "x:priority",
];

/// An element of a document: the names of those in which it stands, and where it and its content lie.
struct Element {
    path: String,
    whole: std::ops::Range<usize>,
    content: std::ops::Range<usize>,
}

/// All below `acm-Params`, and nothing of a profile, which is another specification's.
fn elements(document: &str) -> Vec<Element> {
    let (mut open, mut found): (Vec<(String, usize, usize)>, Vec<Element>) = (Vec::new(), Vec::new());
    let mut rest = 0;
    while let Some(start) = document[rest..].find('<').map(|at| at + rest) {
        let end = document[start..].find('>').unwrap() + start + 1;
        let tag = &document[start + 1..end - 1];
        rest = end;
        if tag.starts_with('?') || tag.starts_with('!') {
            continue;
        }
        let name = tag.trim_end_matches('/').split_whitespace().next().unwrap();
        if let Some(name) = name.strip_prefix('/') {
            let (opened, from, content) = open.pop().unwrap();
            assert_eq!(opened, name);
            found.push(place(&open, name, from..end, content..start));
        } else if tag.ends_with('/') {
            found.push(place(&open, name, start..end, start..start));
        } else {
            open.push((name.to_owned(), start, end));
        }
    }
    found.retain(|element| {
        element.path.split('/').count() > 2 && !element.path.contains("user-profile/mcptt-user-profile/")
    });
    found.sort_by_key(|element| element.whole.start);
    found
}

fn place(
    open: &[(String, usize, usize)],
    name: &str,
    whole: std::ops::Range<usize>,
    content: std::ops::Range<usize>,
) -> Element {
    let path = open.iter().map(|(name, ..)| name.as_str()).chain([name]).collect::<Vec<_>>().join("/");
    Element { path, whole, content }
}

fn joins<F: Carriage>(parts: &[Part<'_>]) -> Result<(), BadBody> {
    F::join(parts).map(drop)
}

/// Whether a document is read as any flow.
fn is_taken(document: &str) -> bool {
    let parts = [Part::borrowed(mime::ACM_INFO, document.as_bytes())];
    let each = [
        joins::<AuditReceipt>,
        joins::<PendingDataNotification>,
        joins::<PendingDataRequest>,
        joins::<PendingDataResponse>,
        joins::<ProcessIndication>,
        joins::<StatusRequest>,
        joins::<StatusResponse>,
        joins::<WithdrawalRequest>,
        joins::<WithdrawalResponse>,
    ];
    Request::read(&parts).is_ok()
        || Response::read(&parts).is_ok()
        || each.iter().any(|join| join(&parts).is_ok())
}

fn altered(document: &str, range: std::ops::Range<usize>, with: &str) -> String {
    format!("{}{with}{}", &document[..range.start], &document[range.end..])
}

/// What comes of each alteration of each element.
fn table() -> String {
    let mut table = String::new();
    for (name, bytes) in samples(&crate_path("samples/good/acm-info")) {
        let document = String::from_utf8(bytes).unwrap();
        assert!(is_taken(&document) || name.starts_with("encrypted"), "{name}");
        if !is_taken(&document) {
            continue;
        }
        let _ = writeln!(table, "{}", name.trim_end_matches(".xml"));
        for element in elements(&document) {
            let short = element.path.split_once("acm-Params/").map_or("", |(_, path)| path);
            let whole = &document[element.whole.clone()];
            let [absent, empty, wrong, twice] = [
                (element.whole.clone(), String::new()),
                (element.content.clone(), String::new()),
                (element.content.clone(), WRONG.to_owned()),
                (element.whole.clone(), format!("{whole}{whole}")),
            ]
            .map(|(range, with)| is_taken(&altered(&document, range, &with)));
            let say = |is_taken| if is_taken { "taken" } else { "refused" };
            let _ = writeln!(
                table,
                "  {short:<70} absent {:<8} empty {:<8} wrong {:<8} twice {}",
                say(absent),
                say(empty),
                say(wrong),
                say(twice)
            );
            let is_free = FREE.iter().any(|free| short == *free || short.ends_with(&format!("/{free}")));
            assert!(!wrong || is_free, "{name}: {short} is taken for whatever it says");
        }
    }
    table
}

#[test]
fn c10_17_2_each_element_absent_empty_wrong_and_twice() {
    let (drawn, file) = (table(), crate_path("tests/acm_elements.txt"));
    if std::env::var_os("MCX_BLESS").is_some_and(|bless| bless == "1") {
        std::fs::write(&file, drawn).unwrap();
        return;
    }
    let golden = std::fs::read_to_string(&file).unwrap();
    for (drawn, golden) in drawn.lines().zip(golden.lines()) {
        assert_eq!(drawn, golden);
    }
    assert_eq!(drawn.lines().count(), golden.lines().count());
}
