//! Reads the torture messages of our own: README.md beside this says how they are written.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a corpus that cannot be read is a failed test"
)]

use std::{fs, path::Path};

/// A message: its name, the columns of its row behind the name, and its octets as they are sent.
pub struct Own {
    /// Its name.
    pub name: String,
    /// Validity, kind, outcomes over UDP, outcomes over TCP, clause, and what it is.
    pub columns: Vec<String>,
    /// As it is sent.
    pub octets: Vec<u8>,
}

/// Every message, in the order of the table.
///
/// # Panics
/// A message has no row, or a row no message.
pub fn own(folder: &Path) -> Vec<Own> {
    let files = ["legal.txt", "faults.txt", "meaning.txt", "ipv6.txt"];
    let mut messages: Vec<(String, Vec<u8>)> =
        files.iter().flat_map(|file| read(&folder.join(file))).collect();
    let table = fs::read_to_string(folder.join("expected.tsv")).expect("the table of outcomes");
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    let all = rows.map(|row| {
        let mut columns = row.split('\t').map(str::to_owned);
        let name = columns.next().expect("a name");
        let place = messages.iter().position(|(known, _)| *known == name);
        let (_, octets) = messages.swap_remove(place.unwrap_or_else(|| panic!("{name} has no message")));
        Own { name, columns: columns.collect(), octets }
    });
    let all = all.collect();
    assert!(messages.is_empty(), "{} has no row", messages[0].0);
    all
}

fn read(file: &Path) -> Vec<(String, Vec<u8>)> {
    let text = fs::read_to_string(file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    let messages = text.split("\n== ").skip(1).map(|message| {
        let (name, lines) = message.split_once('\n').expect("a name, and lines");
        (name.to_owned(), with_length(octets(lines)))
    });
    messages.collect()
}

/// `{length}` becomes how many octets the body has.
fn with_length(message: Vec<u8>) -> Vec<u8> {
    const LENGTH: &[u8] = b"{length}";
    let find = |wanted: &[u8]| message.windows(wanted.len()).position(|octets| octets == wanted);
    let (Some(place), Some(end)) = (find(LENGTH), find(b"\r\n\r\n")) else { return message };
    let length = (message.len() - end - 4).to_string();
    [&message[..place], length.as_bytes(), &message[place + LENGTH.len()..]].concat()
}

fn octets(lines: &str) -> Vec<u8> {
    let (mut octets, mut left) = (Vec::new(), lines);
    while let Some(first) = left.chars().next() {
        let (piece, taken) = match first {
            '\n' => (b"\r\n".to_vec(), 1),
            '\\' if left.starts_with("\\x") => {
                (vec![u8::from_str_radix(&left[2..4], 16).expect("two digits")], 4)
            }
            '\\' => (b"\\".to_vec(), 2),
            '{' => repeated(left),
            other => (other.to_string().into_bytes(), other.len_utf8()),
        };
        octets.extend(piece);
        left = &left[taken..];
    }
    octets
}

/// What stands in braces: `{length}`, which waits, or how often what.
fn repeated(text: &str) -> (Vec<u8>, usize) {
    let end = text.find('}').expect("a closing brace");
    match text[1..end].split_once(' ') {
        Some((count, what)) => (what.repeat(count.parse().expect("a number")).into_bytes(), end + 1),
        None => (text.as_bytes()[..=end].to_vec(), end + 1),
    }
}
