//! The bodies that flows travel on, each written once from its schema.
//!
//! A reader takes the elements that are listed in its struct, wherever the schema or an earlier release puts them
//! (directly, or under `anyExt`), keeps every other element as it is ([`Kept`]), and refuses what is missing, doubled or of
//! the wrong type with the place. A writer puts all of it in the schema's order.

mod content;
mod kept;
mod migration_elements;

pub mod acm_info;
pub mod interconnection_info;
pub mod location_info;
pub mod mcptt_info;
pub mod mcvideo_info;
pub mod poc_settings;
pub mod presence;
pub mod result_info;
pub mod service_info;

pub use acm_info::AcmInfo;
pub use content::{Content, StillEncrypted};
pub use interconnection_info::InterconnectionInfo;
pub use kept::Kept;
pub use location_info::LocationInfo;
pub use mcptt_info::McpttInfo;
pub use mcvideo_info::McVideoInfo;
pub use migration_elements::MigrationElements;
pub use poc_settings::PocSettings;
pub use presence::Presence;

/// A body that can be read from and written as a document of its own.
pub trait Body: Sized {
    /// Its media type.
    const MEDIA_TYPE: &'static str;

    /// Reads the body.
    ///
    /// # Errors
    /// [`xml::Malformed`] with line, column and path of the first fault.
    fn read(bytes: &[u8]) -> Result<Self, xml::Malformed>;

    /// Writes the body: UTF-8, valid by its schema.
    fn write(&self) -> Vec<u8>;
}

/// Checks a body against its schema as far as its reader does: required elements, types, no element twice. None for a media
/// type that is not known here.
#[must_use]
pub fn check(part: &crate::flow::Part<'_>) -> Option<Result<(), xml::Malformed>> {
    fn read<B: Body>(bytes: &[u8]) -> Result<(), xml::Malformed> {
        B::read(bytes).map(drop)
    }
    let readers = [
        (McpttInfo::MEDIA_TYPE, read::<McpttInfo> as fn(&[u8]) -> _),
        (McVideoInfo::MEDIA_TYPE, read::<McVideoInfo>),
        (PocSettings::MEDIA_TYPE, read::<PocSettings>),
        (Presence::MEDIA_TYPE, read::<Presence>),
        (LocationInfo::MEDIA_TYPE, read::<LocationInfo>),
        (InterconnectionInfo::MEDIA_TYPE, read::<InterconnectionInfo>),
        (AcmInfo::MEDIA_TYPE, read::<AcmInfo>),
    ];
    let (_, read) = readers.into_iter().find(|(media_type, _)| part.is(media_type))?;
    Some(read(&part.bytes))
}

/// Opens a document whose root must be this element.
fn open<'i>(bytes: &'i [u8], namespace: &str, root: &str) -> Result<xml::Document<'i>, xml::Malformed> {
    let document = xml::Document::parse(bytes, &xml::Limits::default())?;
    if document.root().is(namespace, root) {
        Ok(document)
    } else {
        Err(document.root().fault(format!("the root element must be {root} in namespace {namespace}")))
    }
}
