//! What a text may be read as by whoever receives it: a name that is written in escapes, or in pieces that a parser puts
//! together, is the same name.
//!
//! The ways are those of the syntaxes that cross the border: percent-encoding (RFC 3986 2.1), character references, CDATA
//! sections, comments and instructions (XML 1.0 2.5 to 2.7, 4.1), quoted pairs and folded lines (RFC 3261 25.1, 7.3.1), and
//! escapes of JSON (RFC 8259 7). A text without any of them is looked at once and never copied.

use memchr::{memchr_iter, memchr3, memmem};
use smallvec::SmallVec;

use crate::content::marks;

type Text = SmallVec<[u8; 256]>;

/// Whether `found` holds of the text as it is written, or of any of its readings.
pub(crate) fn any(text: &[u8], found: impl Fn(&[u8]) -> bool) -> bool {
    let holds = |text: &[u8]| found(text) || unescaped(text).is_some_and(|plain| found(&plain));
    holds(text) || joined(text).is_some_and(|joined| holds(&joined))
}

/// The same of the text that markup splits, and of nothing where none does.
pub(super) fn any_joined(text: &[u8], found: impl Fn(&[u8]) -> bool) -> bool {
    joined(text).is_some_and(|text| found(&text) || unescaped(&text).is_some_and(|plain| found(&plain)))
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// The text without its escapes, and without white space around dots.
fn unescaped(text: &[u8]) -> Option<Text> {
    let blank = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(|byte| is_blank(*byte));
    let is_loose = || memchr_iter(b'.', text).any(|at| blank(at.checked_sub(1)) || blank(Some(at + 1)));
    if memchr3(b'%', b'&', b'\\', text).is_none() && !is_loose() {
        return None;
    }
    let mut plain = Text::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let (byte, used) = escape(rest).unwrap_or((Some(*first), 1));
        rest = rest.get(used..).unwrap_or(after);
        match byte {
            Some(b'.') => {
                while plain.last().copied().is_some_and(is_blank) {
                    plain.pop();
                }
                plain.push(b'.');
            }
            Some(byte) if is_blank(byte) && plain.last() == Some(&b'.') => {}
            Some(byte) => plain.push(byte),
            None => {}
        }
    }
    Some(plain)
}

/// The byte that an escape at the start of `text` stands for, none where it only introduces what follows, and its length.
/// What is not ASCII cannot be part of a host name and reads as a blank.
fn escape(text: &[u8]) -> Option<(Option<u8>, usize)> {
    let ascii = |value: u32| Some(u8::try_from(value).ok().filter(u8::is_ascii).unwrap_or(b' '));
    match text.first()? {
        b'%' => Some((ascii(hexadecimal(text.get(1..3)?)?), 3)),
        b'\\' => Some(match text.get(2..6).and_then(hexadecimal) {
            Some(unit) if text.get(1) == Some(&b'u') => (ascii(unit), 6),
            _ => (None, 1),
        }),
        b'&' => {
            let digits = text.strip_prefix(b"&#")?;
            let end = digits.iter().position(|byte| !byte.is_ascii_alphanumeric())?;
            let (digits, tail) = digits.split_at_checked(end)?;
            let value = match digits.split_first()? {
                (b'x' | b'X', digits) => hexadecimal(digits),
                _ => std::str::from_utf8(digits).ok()?.parse().ok(),
            };
            (tail.first() == Some(&b';')).then_some((ascii(value?), end + 3))
        }
        _ => None,
    }
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    let digits = digits.iter().all(u8::is_ascii_hexdigit).then_some(digits)?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The text without comments and instructions, and without the marks of CDATA sections; none where there is nothing but
/// XML declarations.
fn joined(text: &[u8]) -> Option<Text> {
    let instructs = |at: usize| text.get(at..).is_some_and(|tag| !tag.starts_with(b"<?xml "));
    if marks(text, b'!').next().is_none() && !marks(text, b'?').any(instructs) {
        return None;
    }
    let mut joined = Text::with_capacity(text.len());
    let mut rest = text;
    let mut open = Open::default();
    while let Some(at) = memchr::memchr(b'<', rest) {
        let (before, tag) = rest.split_at_checked(at)?;
        joined.extend_from_slice(before);
        let (kept, used) = open.read(tag).unwrap_or((b"<", 1));
        joined.extend_from_slice(kept);
        rest = tag.get(used..).unwrap_or_default();
    }
    joined.extend_from_slice(rest);
    Some(joined)
}

/// Which ends no longer follow: what is never closed is looked for once.
#[derive(Default)]
struct Open([bool; 3]);

/// Beginning, end, and whether what is in between is text.
const SPLITS: [(&[u8], &[u8], bool); 3] =
    [(b"<![CDATA[", b"]]>", true), (b"<!--", b"-->", false), (b"<?", b"?>", false)];

impl Open {
    /// What remains of the markup at the start of `tag`, and its length. Of what is not closed, only the mark is taken.
    fn read<'t>(&mut self, tag: &'t [u8]) -> Option<(&'t [u8], usize)> {
        let mut splits = SPLITS.iter().zip(&mut self.0);
        let ((begin, end, is_text), open) = splits.find(|((begin, ..), _)| tag.starts_with(begin))?;
        let inner = tag.get(begin.len()..)?;
        let Some(length) = (!*open).then(|| memmem::find(inner, end)).flatten() else {
            *open = true;
            return Some((b"", begin.len()));
        };
        let kept = inner.get(..length).filter(|_| *is_text).unwrap_or_default();
        Some((kept, begin.len() + length + end.len()))
    }
}
