//! What is kept of migrations: one JSON record each. Times are milliseconds of Unix time.

mod mark;
mod visit;

use xml_schemas::{body::interconnection_info::McService, ids::McServiceId, lexical::Lexical as _};

pub use mark::Mark;
pub use visit::{Renewal, Stage, Visit};

/// Before every key.
pub(super) const RECORDS: &str = "service/migration/";
/// Before every key of a mark.
pub(super) const MARKS: &str = "service/migration/mark/";
/// Written with whatever has to be known in one order with marks and visits; it says nothing by itself.
pub(super) const FENCE: &str = "service/migration/fence";
/// Before every key of a visit.
pub(super) const VISITS: &str = "service/migration/visit/";

/// One record for each MC service and user: MCPTT and MCVideo migrate each for itself.
pub(super) fn key(prefix: &str, service: McService, user: &McServiceId) -> String {
    format!("{prefix}{}/{}", service.write(), user.as_str())
}

pub(super) fn of_key(prefix: &str, key: &[u8]) -> Option<(McService, McServiceId)> {
    let text = std::str::from_utf8(key).ok()?.strip_prefix(prefix)?;
    let (service, user) = text.split_once('/')?;
    Some((McService::read(service).ok()?, McServiceId::new(user).ok()?))
}
