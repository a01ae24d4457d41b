//! What one message may cost.

/// Bounds that hold before anything is stored or searched. The defaults suit a server; a test may tighten them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Octets of a whole message, start line to body. Above: 413.
    pub max_message: usize,
    /// Octets of start line and header fields together. Above: 413.
    pub max_head: usize,
    /// Header field lines. Above: 400.
    pub max_headers: usize,
    /// Via values over all lines, commas counted. Above: 400.
    pub max_vias: usize,
    /// Route values, and Record-Route values, over all lines, commas counted. Above: 400.
    pub max_routes: usize,
    /// Parts of one multipart body. Above: 400.
    pub max_parts: usize,
}

impl Limits {
    /// For datagrams: 64 KiB, which is all that UDP can carry.
    pub const DATAGRAM: Self = Self {
        max_message: 64 * 1024,
        max_head: 64 * 1024,
        max_headers: 256,
        max_vias: 100,
        max_routes: 64,
        max_parts: 64,
    };

    /// For streams: 1 MiB, so that a Content-Length cannot reserve more.
    pub const STREAM: Self = Self { max_message: 1024 * 1024, ..Self::DATAGRAM };
}

impl Default for Limits {
    fn default() -> Self {
        Self::STREAM
    }
}
