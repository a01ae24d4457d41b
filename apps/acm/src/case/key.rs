//! What a case is found by.

use std::fmt;

use xml_schemas::ids::RequestId;

/// Which of the two servers this is for a request.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Side {
    /// The initiator's.
    Asked,
    /// The target's.
    Received,
}

/// A request at one server: its `request-id`, and at the target's server the system that it came from, since two systems may use
/// the same one.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct CaseKey {
    from: Option<Box<str>>,
    request_id: RequestId,
}

impl CaseKey {
    /// A request of our own user.
    #[must_use]
    pub fn asked(request_id: RequestId) -> Self {
        Self { from: None, request_id }
    }

    /// A request of the system of this configured name.
    #[must_use]
    pub fn received(from: &str, request_id: RequestId) -> Self {
        Self { from: Some(from.into()), request_id }
    }

    /// Which of the two servers this is.
    #[must_use]
    pub fn side(&self) -> Side {
        if self.from.is_some() { Side::Received } else { Side::Asked }
    }

    /// The `request-id`.
    #[must_use]
    pub fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// The system that it came from, where this is the target's server.
    #[must_use]
    pub fn from(&self) -> Option<&str> {
        self.from.as_deref()
    }

    /// As keys and records of the store spell it.
    pub(crate) fn text(&self) -> String {
        match &self.from {
            Some(from) => format!("i/{from}/{}", self.request_id),
            None => format!("o/{}", self.request_id),
        }
    }

    /// None where it is no such spelling.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (side, rest) = text.split_once('/')?;
        let (from, request_id) = match side {
            "o" => (None, rest),
            "i" => rest.split_once('/').map(|(from, id)| (Some(from.into()), id))?,
            _ => return None,
        };
        Some(Self { from, request_id: RequestId::new(request_id).ok()? })
    }
}

/// A place in the order in which a server took requests and messages. Sixteen hexadecimal digits, so that keys sort by it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Seq(pub u64);

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Seq {
    pub(crate) fn read(text: &str) -> Option<Self> {
        u64::from_str_radix(text, 16).ok().map(Self)
    }

    /// When it was given out, in milliseconds of Unix time, or soon after.
    pub(crate) fn millis(self) -> u64 {
        self.0 >> 20
    }
}
