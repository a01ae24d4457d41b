//! The messages of RFC 4475 and RFC 5118, those of our own of the same classes, and what is expected of each.

#[path = "../../../stack/sip/tests/torture/read.rs"]
mod written;

use std::{fs, path::Path};

use crate::tools;

/// One message.
pub struct Case {
    /// Its name.
    pub name: String,
    /// Its octets, as they are sent.
    pub octets: Vec<u8>,
    /// Every outcome over UDP that is right.
    pub udp: Vec<String>,
    /// Every outcome over TCP that is right.
    pub tcp: Vec<String>,
}

/// The messages of our own, of every class of both RFCs: they are part of the tree.
///
/// # Panics
/// They cannot be read.
#[must_use]
pub fn own() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stack/sip/tests/torture");
    let outcomes = |field: &str| field.split('|').map(str::to_owned).collect();
    let case = |own: written::Own| {
        let [_, _, udp, tcp, ..] = &own.columns[..] else { panic!("{}: {:?}", own.name, own.columns) };
        Case { udp: outcomes(udp), tcp: outcomes(tcp), name: own.name, octets: own.octets }
    };
    written::own(&folder).into_iter().map(case).collect()
}

/// The corpus of this name; none where it is not there, which is then said.
///
/// # Panics
/// It is there, and cannot be read.
#[must_use]
pub fn corpus(name: &str) -> Option<Vec<Case>> {
    let folder = tools::shared("corpora")?.join(name);
    let table = fs::read_to_string(folder.join("expected.tsv")).expect("a table of outcomes");
    let rows = table.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    Some(rows.map(|row| case(&folder, row)).collect())
}

fn case(folder: &Path, row: &str) -> Case {
    let fields: Vec<&str> = row.split('\t').collect();
    let [name, _, _, udp, tcp, ..] = fields[..] else { panic!("{row}") };
    let outcomes = |field: &str| field.split('|').map(str::to_owned).collect();
    let octets = fs::read(folder.join(name).with_extension("dat")).expect("a message");
    Case { name: name.to_owned(), octets, udp: outcomes(udp), tcp: outcomes(tcp) }
}

impl Case {
    /// Where a response over UDP goes without `rport`: the port of the topmost Via (RFC 3261 18.2.2), 5060 without one.
    #[must_use]
    pub fn port(&self) -> u16 {
        let text = String::from_utf8_lossy(&self.octets);
        let head = text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let is_via = |line: &&str| {
            let name = line.split(':').next().unwrap_or_default().trim();
            name.eq_ignore_ascii_case("via") || name.eq_ignore_ascii_case("v")
        };
        let via = head.lines().find(is_via).unwrap_or_default();
        let sent_by = via.split(';').next().unwrap_or_default().split_whitespace().last().unwrap_or_default();
        let after_brackets = sent_by.rsplit(']').next().unwrap_or_default();
        after_brackets.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(5060)
    }
}
