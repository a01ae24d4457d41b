//! One pass over start line and header lines: RFC 3261 clause 7, framing by clause 18.3.

use memchr::{memchr, memchr_iter};
use nom::Parser;

use super::{
    Line, Lines, Start,
    header_line::{header_line, plain_line},
    narrow,
    start_line::start_line,
};
use crate::{
    Limits, Malformed, Name,
    lex::{Stop, number},
};

/// How the end of a message is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Framing {
    /// By the datagram; a Content-Length may shorten it.
    Datagram,
    /// By Content-Length, which must be there.
    Stream,
}

/// All that precedes the body.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) start: Start,
    pub(crate) lines: Lines,
    /// A bit for each name that occurs.
    pub(crate) present: u128,
    /// Octets up to and with the empty line.
    pub(crate) len: u32,
    pub(crate) content_length: Option<u32>,
}

impl Head {
    /// Nothing read yet.
    pub(crate) fn new() -> Self {
        let start = Start::Request { method_end: 0, uri_end: 0, end: 0 };
        Self { start, lines: Lines::new(), present: 0, len: 0, content_length: None }
    }

    pub(crate) fn has(&self, name: Name) -> bool {
        self.present & name.bit() != 0
    }

    /// The octet after the last header line, where the empty line begins.
    pub(crate) fn lines_end(&self) -> usize {
        (self.len as usize).saturating_sub(2)
    }

    /// Reads the head of a message that begins at the first octet, in place, since a head is large to move.
    pub(crate) fn read(&mut self, input: &[u8], limits: &Limits, framing: Framing) -> Result<(), Malformed> {
        // Offsets are 32 bits wide.
        let max_head = limits.max_head.min(u32::MAX as usize >> 1);
        match input.get(..max_head) {
            None => self.read_bounded(input, limits, framing),
            Some(bounded) => self.read_bounded(bounded, limits, framing).map_err(|malformed| {
                let cut = malformed.offset >= max_head;
                if cut { Malformed::new("Header fields too large", max_head).status(413) } else { malformed }
            }),
        }
    }

    fn read_bounded(&mut self, input: &[u8], limits: &Limits, framing: Framing) -> Result<(), Malformed> {
        self.start = start_line(input)?;
        let mut counts = Counts::default();
        let mut at = self.start.end();
        loop {
            match input.get(at..).unwrap_or_default() {
                [b'\r', b'\n', ..] => break,
                [] | [b'\r'] => {
                    let rule = "Message without an empty line after its header fields";
                    return Err(Malformed::new(rule, input.len()));
                }
                _ => {}
            }
            let rest = input.get(at..).unwrap_or_default();
            let (line, next) = match plain_line(rest, at) {
                Some((line, len)) => (line, at + len),
                None => header_line(input, at)?,
            };
            let (bit, number) = (line.name.bit(), self.lines.len());
            if number >= limits.max_headers {
                return Err(Malformed::new("Too many header fields", at));
            }
            if COUNTED & bit != 0 {
                counts.add(&line, number, input, limits)?;
            }
            self.present |= bit;
            self.lines.push(line);
            at = next;
        }
        self.len = narrow(at + 2);
        self.content_length = content_length(self, counts.content_length, input, limits, framing)?;
        Ok(())
    }
}

/// What is counted against the limits while lines are read.
#[derive(Default)]
struct Counts {
    vias: Count,
    routes: Count,
    record_routes: Count,
    /// Which line is the Content-Length.
    content_length: Option<usize>,
}

/// Values of one name: one for each line, and one for each comma once there are octets enough for too many values.
#[derive(Default)]
struct Count {
    octets: usize,
    values: usize,
}

/// The names that [`Counts::add`] looks at.
const COUNTED: u128 =
    Name::Via.bit() | Name::Route.bit() | Name::RecordRoute.bit() | Name::ContentLength.bit();

impl Counts {
    fn add(&mut self, line: &Line, at: usize, input: &[u8], limits: &Limits) -> Result<(), Malformed> {
        let (count, max) = match line.name {
            Name::Via => (&mut self.vias, limits.max_vias),
            Name::Route => (&mut self.routes, limits.max_routes),
            Name::RecordRoute => (&mut self.record_routes, limits.max_routes),
            _ => {
                let twice = Malformed::new("occurs more than once", line.start as usize).of(line.name);
                return if self.content_length.replace(at).is_some() { Err(twice) } else { Ok(()) };
            }
        };
        if count.passes(value_of(line, input), max) {
            return Err(Malformed::new("has too many values", line.start as usize).of(line.name));
        }
        Ok(())
    }
}

impl Count {
    /// Whether a line more makes too many. No value is shorter than four octets, so that counting can wait for four times `max`;
    /// and a comma inside a quoted string counts too, since the bound is on work and no honest message comes near it.
    fn passes(&mut self, value: &[u8], max: usize) -> bool {
        self.octets += value.len();
        let counted = if self.octets > max.saturating_mul(4) { memchr_iter(b',', value).count() } else { 0 };
        self.values += 1 + counted;
        self.values > max
    }
}

/// RFC 3261 clause 20.14, read strictly: one line, digits only, no fold.
fn content_length(
    head: &Head,
    at: Option<usize>,
    input: &[u8],
    limits: &Limits,
    framing: Framing,
) -> Result<Option<u32>, Malformed> {
    let wrong = |rule, offset: u32| Malformed::new(rule, offset as usize).of(Name::ContentLength);
    let Some((at, line)) = at.and_then(|at| Some((at, head.lines.get(at)?))) else {
        return match framing {
            Framing::Datagram => Ok(None),
            Framing::Stream => Err(wrong("is missing on a stream", head.len)),
        };
    };
    let line_end = head.lines.get(at + 1).map_or(head.lines_end(), |next| next.start as usize);
    let raw = input.get(line.start as usize..line_end.saturating_sub(2)).unwrap_or_default();
    if memchr(b'\n', raw).is_some() {
        return Err(wrong("is folded", line.start));
    }
    match number(u64::from(u32::MAX)).parse(value_of(line, input)) {
        Ok(([], length)) if length as usize > limits.max_message.saturating_sub(head.len as usize) => {
            Err(wrong("is more than is accepted", line.value).status(413))
        }
        Ok(([], length)) => Ok(u32::try_from(length).ok()),
        Ok(_) => Err(wrong("is not a number", line.value)),
        Err(nom::Err::Error(Stop { rule, .. }) | nom::Err::Failure(Stop { rule, .. })) => {
            Err(wrong(rule, line.value))
        }
        Err(nom::Err::Incomplete(_)) => Err(wrong("is not a number", line.value)),
    }
}

fn value_of<'a>(line: &Line, input: &'a [u8]) -> &'a [u8] {
    input.get(line.value as usize..line.value_end as usize).unwrap_or_default()
}
