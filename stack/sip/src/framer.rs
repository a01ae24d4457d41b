//! Messages out of a stream: RFC 3261 clause 18.3, keep-alives of RFC 5626 clause 3.5.1.

use bytes::{Bytes, BytesMut};
use memchr::memmem;

use crate::{
    Limits, Malformed, Message,
    message::{Framing, Head},
};

/// What a stream brings.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "a box would cost an allocation for each message")]
pub enum Frame {
    /// A whole message.
    Message(Message),
    /// A double CRLF: to be answered with one CRLF.
    KeepAlivePing,
    /// A CRLF: the answer to a ping, or stray before a message (RFC 3261 clause 7.5).
    Pong,
}

/// Cuts a stream into messages by Content-Length. After a fault it gives nothing but that fault: where a message's end is
/// not known, every octet that follows may be a body's.
#[derive(Debug)]
pub struct Framer {
    buffer: BytesMut,
    limits: Limits,
    /// Octets in which no empty line begins.
    searched: usize,
    /// The head whose body is awaited.
    head: Option<Head>,
    after_crlf: bool,
    fault: Option<Malformed>,
}

/// Octets that are set aside at a time for a body that is still to come.
const MAX_RESERVE: usize = 16 * 1024;

impl Framer {
    /// An empty stream.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { buffer: BytesMut::new(), limits, searched: 0, head: None, after_crlf: false, fault: None }
    }

    /// Takes octets as they come. After a fault they are dropped.
    pub fn push(&mut self, octets: &[u8]) {
        if self.fault.is_none() {
            self.buffer.extend_from_slice(octets);
        }
    }

    /// The buffer, for a transport that reads right into it; it must only append.
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// Octets that wait for the rest of their message.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.buffer.len()
    }

    /// The next frame, or none until more octets have come.
    ///
    /// # Errors
    /// [`Malformed`], and the same one for ever after: the stream must be closed (RFC 3261 clause 18.3).
    #[allow(
        clippy::should_implement_trait,
        reason = "none means not yet, where an iterator's none means never"
    )]
    pub fn next(&mut self) -> Result<Option<Frame>, Malformed> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let frame = self.advance();
        self.fault = frame.as_ref().err().copied();
        frame
    }

    /// After a fault: what can be read of the request at fault, so that it can be refused before the stream is closed.
    #[must_use]
    pub fn refused(&self) -> Option<Message> {
        self.fault?;
        Message::salvage(&Bytes::copy_from_slice(&self.buffer))
    }

    fn advance(&mut self) -> Result<Option<Frame>, Malformed> {
        if self.head.is_none() {
            if let Some(frame) = self.keep_alive()? {
                return Ok(Some(frame));
            }
            if !self.find_head()? {
                return Ok(None);
            }
        }
        let whole = self
            .head
            .as_ref()
            .map_or(0, |head| head.len as usize + head.content_length.unwrap_or_default() as usize);
        if self.buffer.len() < whole {
            // What a peer announces is not what it sends.
            self.buffer.reserve((whole - self.buffer.len()).min(MAX_RESERVE));
            return Ok(None);
        }
        self.searched = 0;
        self.after_crlf = false;
        Ok(self
            .head
            .take()
            .map(|head| Frame::Message(Message::assemble(self.buffer.split_to(whole).freeze(), head))))
    }

    /// CRLFs between messages. A lone one is a pong at once; the one after it makes a ping.
    fn keep_alive(&mut self) -> Result<Option<Frame>, Malformed> {
        let (frame, octets) = match self.buffer.get(..) {
            Some([b'\r', b'\n', b'\r', b'\n', ..]) => (Frame::KeepAlivePing, 4),
            Some([b'\r', b'\n', ..]) if self.after_crlf => (Frame::KeepAlivePing, 2),
            Some([b'\r', b'\n', ..]) => (Frame::Pong, 2),
            Some([b'\n', ..] | [b'\r', _, ..]) => {
                return Err(Malformed::new("Bare CR or LF between messages", 0));
            }
            _ => return Ok(None),
        };
        self.after_crlf = matches!(frame, Frame::Pong);
        let _ = self.buffer.split_to(octets);
        Ok(Some(frame))
    }

    /// Whether the head is complete; if so, it is parsed.
    fn find_head(&mut self) -> Result<bool, Malformed> {
        let from = self.searched.saturating_sub(3);
        let found = memmem::find(self.buffer.get(from..).unwrap_or_default(), b"\r\n\r\n");
        self.searched = self.buffer.len();
        if found.is_none() && self.searched <= self.limits.max_head {
            return Ok(false);
        }
        let head = self.head.insert(Head::new());
        head.read(&self.buffer, &self.limits, Framing::Stream)?;
        Ok(true)
    }
}
