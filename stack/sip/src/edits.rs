//! What a proxy changes in a message: recorded first, applied while the message is written out.

mod apply;
mod record;

use smallvec::SmallVec;

use crate::Name;

/// Changes to a message's start line and header fields. A body is passed on as it is or left out whole.
///
/// Changes act as if made one after the other: what is removed after it was added is gone, and of two values that are
/// prepended the later stands on top. Nothing borrows from the message, and nothing is allocated for up to 16 changes of
/// together 640 octets.
///
/// Injection is impossible: values are written with each CR, LF and NUL as a space (a NUL in a quoted pair stays), a
/// Request-URI with such octets escaped, and an extension header field whose name is no token is not added. Content-Length
/// is the serializer's own, so that changes to it do nothing; neither do changes to [`Name::Other`], whose names are given to
/// [`Edits::remove_extension`] and [`Edits::append_extension`].
#[derive(Clone, Debug, Default)]
pub struct Edits {
    changes: SmallVec<[Change; 16]>,
    scratch: SmallVec<[u8; 640]>,
    uri: Option<Text>,
    touched: u128,
    /// The reason phrase becomes the customary one.
    customary_reason: bool,
    /// The status code, with its customary reason phrase.
    status: Option<u16>,
    bodiless: bool,
}

/// Octets in the scratch space.
#[derive(Clone, Copy, Debug)]
struct Text {
    start: u32,
    end: u32,
}

/// One change of one name.
#[derive(Clone, Copy, Debug)]
struct Change {
    action: Action,
    name: Name,
    /// For [`Name::Other`]: which.
    extension: Text,
    value: Text,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Action {
    /// All lines.
    Remove,
    /// All lines, for one.
    Set,
    /// That many values from the top.
    Pop(u16),
    /// On top of all lines of its name.
    Prepend,
    /// After all lines.
    Append,
}

impl Edits {
    /// No change.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is to be changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let same_start = self.uri.is_none() && !self.customary_reason && self.status.is_none();
        self.changes.is_empty() && same_start && !self.bodiless
    }

    /// The status code that a response is given, where it is given another.
    #[must_use]
    pub fn new_status(&self) -> Option<u16> {
        self.status
    }

    fn text(&self, text: Text) -> &[u8] {
        self.scratch.get(text.start as usize..text.end as usize).unwrap_or_default()
    }
}
