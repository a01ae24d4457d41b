//! What a verified token says. TS 33.180 table B.1.2.2

use std::{sync::Arc, time::SystemTime};

use xml_schemas::{body::interconnection_info::McService, ids::McServiceId};

use super::{Marks, Part, Scopes};

/// What a verified token says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bearer {
    /// The user's MC service IDs, each once.
    pub users: Vec<McServiceId>,
    /// The one of each MC service that the token is for: `mcptt_id`, `mcvideo_id`, `mcdata_id`.
    pub services: Vec<(McService, McServiceId)>,
    /// Of a user who has migrated here: his MC service ID in his primary MC system, for which his own identity management server
    /// vouched (`primary_id`, TS 33.180 B.7). None of a user of this system, and where the issuer does not say it.
    pub primary: Option<McServiceId>,
    /// The client it was given to, where it says so.
    pub client: Option<String>,
    /// Scopes, such as `3gpp:mc:ptt_service`.
    pub scopes: Vec<String>,
    /// What is asked of them.
    pub wanted: Scopes,
    /// When it ends.
    pub expires: SystemTime,
    /// By what it is revoked.
    pub marks: Arc<Marks>,
}

impl Bearer {
    /// Whether the token is for such a server, whatever the MC service (TS 33.180 B.4.2.2).
    #[must_use]
    pub fn is_for(&self, part: Part) -> bool {
        self.wanted.admit(&self.scopes, &part.scopes())
    }

    /// Who the user is with this MC service; none where the token is not for it: it names no such ID, or not the scope of that
    /// service (`3gpp:mc:ptt_service`, `3gpp:mc:video_service`, `3gpp:mc:data_service`; TS 33.180 B.4.2.2).
    #[must_use]
    pub fn with(&self, service: McService) -> Option<&McServiceId> {
        let scope = match service {
            McService::Mcptt => "3gpp:mc:ptt_service",
            McService::McVideo => "3gpp:mc:video_service",
            McService::McData => "3gpp:mc:data_service",
        };
        let is_meant = self.wanted.admit(&self.scopes, &[scope]);
        let found = self.services.iter().find(|(known, _)| *known == service).filter(|_| is_meant);
        found.map(|(_, user)| user)
    }
}
