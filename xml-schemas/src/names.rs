//! Names that all readers of one body share, those at a border among them: a reader that knew other names would not see whom
//! the body means.

/// Where the schemas put what later releases add (TS 24.379 F.1). Readers look there as they look beside it.
pub const EXTENSION: &str = "anyExt";

/// What holds a value in `interconnection-info` and `acm-info`: a URI, a string. Senders mix them up, so either is read.
pub const MCS: [&str; 2] = ["mcsURI", "mcsString"];

/// The same in `mcpttinfo` (TS 24.379 F.1).
pub const MCPTT: [&str; 2] = ["mcpttURI", "mcpttString"];

/// The same in `mcvideoinfo` (TS 24.281 F.1).
pub const MCVIDEO: [&str; 2] = ["mcvideoURI", "mcvideoString"];

/// Whether an element of this name holds a value, and so no elements.
#[must_use]
pub fn is_value(name: &str) -> bool {
    [MCS, MCPTT, MCVIDEO].as_flattened().contains(&name)
}
