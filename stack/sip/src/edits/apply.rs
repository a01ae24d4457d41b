//! Applying changes while the message is written: untouched lines are copied in runs, the body as it is.

use bytes::BytesMut;
use smallvec::SmallVec;

use super::{Action, Change, Edits};
use crate::{
    Header, Message, Name,
    message::{Line, Start, split_value},
    print, reason_phrase,
};

/// What is still to be done for one change.
#[derive(Clone, Copy)]
struct Pending {
    done: bool,
    pops: u16,
}

/// One message on its way out.
struct Writing<'a> {
    edits: &'a Edits,
    message: &'a Message,
    pending: SmallVec<[Pending; 16]>,
}

impl Edits {
    /// Writes `message` with these changes behind what `out` already holds. A Content-Length that the message lacks is added.
    /// Nothing is allocated where `out` has room.
    pub fn apply(&self, message: &Message, out: &mut BytesMut) {
        // 64 octets are more than any name with its separators has, and than a Content-Length line.
        out.reserve(message.bytes().len() + self.scratch.len() + (self.changes.len() + 1) * 64);
        self.start_line(message, out);
        let pending = self
            .changes
            .iter()
            .map(|change| Pending {
                done: false,
                pops: if let Action::Pop(n) = change.action { n } else { 0 },
            })
            .collect();
        let mut writing = Writing { edits: self, message, pending };
        writing.orphans(out);
        writing.lines(out);
        writing.rest(out);
        let body = if self.bodiless { &[] } else { message.body() };
        if message.head().content_length.is_none() {
            print::content_length(out, body.len());
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(body);
    }

    fn start_line(&self, message: &Message, out: &mut BytesMut) {
        let start = message.head().start;
        match (start, self.uri) {
            (Start::Request { .. }, Some(uri)) => {
                out.extend_from_slice(message.method().as_bytes());
                out.extend_from_slice(b" ");
                print::uri(out, self.text(uri));
                out.extend_from_slice(b" SIP/2.0\r\n");
            }
            (Start::Response { status, .. }, _) if self.customary_reason || self.status.is_some() => {
                let status = self.status.unwrap_or(status);
                out.extend_from_slice(b"SIP/2.0 ");
                print::decimal(out, usize::from(status));
                out.extend_from_slice(b" ");
                out.extend_from_slice(reason_phrase(status).as_bytes());
                out.extend_from_slice(b"\r\n");
            }
            _ => out.extend_from_slice(message.bytes().get(..start.end()).unwrap_or_default()),
        }
    }

    fn concerns(&self, change: &Change, header: &Header<'_>) -> bool {
        change.name == header.name
            && (header.name != Name::Other
                || self.text(change.extension).eq_ignore_ascii_case(header.raw_name))
    }

    fn write(&self, change: &Change, out: &mut BytesMut) {
        let name = match change.name {
            Name::Other => self.text(change.extension),
            known => known.canonical().as_bytes(),
        };
        print::line(out, name, self.text(change.value));
    }
}

impl Writing<'_> {
    /// What is prepended to lines that the message does not have.
    fn orphans(&mut self, out: &mut BytesMut) {
        for (change, pending) in self.edits.changes.iter().zip(&mut self.pending).rev() {
            if change.action == Action::Prepend && !self.message.head().has(change.name) {
                self.edits.write(change, out);
                pending.done = true;
            }
        }
    }

    fn lines(&mut self, out: &mut BytesMut) {
        let message = self.message;
        let head = message.head();
        let raw = |from: usize, to: usize| message.bytes().get(from..to).unwrap_or_default();
        let mut copied = head.start.end();
        for (at, line) in head.lines.iter().enumerate() {
            if self.edits.touched & line.name.bit() == 0 {
                continue;
            }
            out.extend_from_slice(raw(copied, line.start as usize));
            copied = head.lines.get(at + 1).map_or(head.lines_end(), |next| next.start as usize);
            self.line(line, raw(line.start as usize, copied), out);
        }
        out.extend_from_slice(raw(copied, head.lines_end()));
    }

    /// One line of a name that some change concerns.
    fn line(&mut self, line: &Line, raw: &[u8], out: &mut BytesMut) {
        let header = self.message.read(line);
        let edits = self.edits;
        if header.name == Name::ContentLength {
            return print::content_length(out, 0);
        }
        let mut kept = true;
        let mut value = Some(header.value);
        let mut popped = false;
        for (change, pending) in edits.changes.iter().zip(&mut self.pending).rev() {
            if !edits.concerns(change, &header) {
                continue;
            }
            match change.action {
                Action::Prepend if !pending.done => edits.write(change, out),
                Action::Remove | Action::Set => kept = false,
                Action::Pop(_) if pending.pops > 0 && !header.value.is_empty() => {
                    popped = true;
                    value = pop(&header, &mut pending.pops);
                }
                _ => continue,
            }
            pending.done |= change.action == Action::Prepend;
        }
        match value {
            _ if !kept => self.replacement(&header, out),
            Some(value) if popped => print::raw_line(out, header.raw_name, value),
            Some(_) => out.extend_from_slice(raw),
            None => {}
        }
    }

    /// The line that stands in the place of the first of its name, after what is prepended to it.
    fn replacement(&mut self, header: &Header<'_>, out: &mut BytesMut) {
        for (change, pending) in self.edits.changes.iter().zip(&mut self.pending) {
            if change.action == Action::Set && !pending.done && self.edits.concerns(change, header) {
                self.edits.write(change, out);
                pending.done = true;
            }
        }
    }

    /// What found no place among the message's lines.
    fn rest(&mut self, out: &mut BytesMut) {
        for (change, pending) in self.edits.changes.iter().zip(&self.pending) {
            if !pending.done && matches!(change.action, Action::Set | Action::Append) {
                self.edits.write(change, out);
            }
        }
    }
}

/// Takes values from the top of a line; what is left of it, if anything.
fn pop<'a>(header: &Header<'a>, pops: &mut u16) -> Option<&'a [u8]> {
    let mut rest = Some(header.value);
    while let (Some(value), true) = (rest, *pops > 0) {
        *pops -= 1;
        rest = if header.name.is_list() { split_value(value).1 } else { None };
    }
    rest.map(crate::lex::trim)
}
