//! The configuration management client (TS 23.280 7.4.2.2): a user reads the profiles that the own MC system keeps of him, by XCAP
//! (TS 24.484 clause 6.3.2), with the access token that he got there.

mod groups;
pub mod partner;

use std::{fmt, sync::Arc};

use http::StatusCode;
use kit::documents::client::{Ask, Sender};
use wire::{Hop, WireError, web::Web};
use xml::{Document, Element, Limits};
use xml_schemas::{body::mcptt_info::AccessToken, ids::McServiceId, migration::ProfileIndex};

pub use partner::{NoWay, PartnerSystem};

/// The namespace of MCPTT user profiles (TS 24.484 clause 8.3.2.3).
pub const NAMESPACE: &str = "urn:3gpp:mcptt:user-profile:1.0";

/// Their media type (TS 24.484 clause 8.3.2.5).
const MEDIA_TYPE: &str = "application/vnd.3gpp.mcptt-user-profile+xml";

/// Their application usage (TS 24.484 clause 8.3.2.1).
const AUID: &str = "org.3gpp.mcptt.user-profile";

/// Reads profiles for one user.
#[derive(Clone)]
pub struct ProfileClient {
    web: Arc<dyn Web>,
    hop: Hop,
    root: String,
    token: AccessToken,
}

/// What a user profile says that a client goes by: where its groups are, and how he is connected with partner MC systems.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserProfile {
    /// Whose: the MC service ID in the primary MC system.
    pub user: McServiceId,
    /// Which of his.
    pub index: ProfileIndex,
    /// Where it is valid beside the primary MC system (TS 23.379 table A.3-2).
    partners: Vec<partner::Entry>,
    /// Which server to ask for which group.
    groups: Vec<groups::Entry>,
}

/// Why there is no profile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotRead {
    /// The root, the user or the token cannot stand in a request.
    Unsendable,
    /// No answer came.
    Unanswered(WireError),
    /// The user has no profile of this index.
    Missing,
    /// The server refuses.
    Refused(StatusCode),
    /// It is no user profile, or another one.
    Unreadable(String),
}

impl fmt::Display for NotRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsendable => f.write_str("the profile cannot be asked for: its URI or the token is none"),
            Self::Unanswered(why) => write!(f, "the configuration management server: {why}"),
            Self::Missing => f.write_str("the user has no profile of this index"),
            Self::Refused(status) => write!(f, "the configuration management server answers {status}"),
            Self::Unreadable(why) => write!(f, "the user profile cannot be read: {why}"),
        }
    }
}

impl std::error::Error for NotRead {}

impl ProfileClient {
    /// A client of the server behind `hop`, whose documents are below the XCAP root `root`, with its user's access token.
    #[must_use]
    pub fn new(web: Arc<dyn Web>, hop: Hop, root: &str, token: AccessToken) -> Self {
        Self { web, hop, root: root.trim_end_matches('/').to_owned(), token }
    }

    /// Reads one of the user's profiles.
    ///
    /// # Errors
    /// [`NotRead`].
    pub async fn get(&self, user: &McServiceId, index: ProfileIndex) -> Result<UserProfile, NotRead> {
        let uri = format!("{}{}", self.root, path(user, index));
        let ask = Ask { media_type: Some(MEDIA_TYPE), ..Ask::get(&uri) };
        let request = ask.request(Sender::User(self.token.as_str())).ok_or(NotRead::Unsendable)?;
        let answer = self.web.fetch(request, self.hop.clone()).await.map_err(NotRead::Unanswered)?;
        match answer.status() {
            StatusCode::OK => UserProfile::read(answer.body(), user, index).map_err(NotRead::Unreadable),
            StatusCode::NOT_FOUND => Err(NotRead::Missing),
            status => Err(NotRead::Refused(status)),
        }
    }
}

/// Where a profile is below the XCAP root (TS 24.484 clause 8.3.2.8).
#[must_use]
pub fn path(user: &McServiceId, ProfileIndex(index): ProfileIndex) -> String {
    format!("/{AUID}/users/{}/mcptt-user-profile-{index}.xml", user.as_str())
}

impl UserProfile {
    /// Reads a document, which has to be this profile of this user.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &[u8], user: &McServiceId, index: ProfileIndex) -> Result<Self, String> {
        let document = Document::parse(text, &Limits::default()).map_err(|why| why.to_string())?;
        let root = document.root();
        if !root.is(NAMESPACE, "mcptt-user-profile") {
            return Err("it is no MCPTT user profile".to_owned());
        }
        let says = |name| root.attribute(name).map(str::trim).unwrap_or_default();
        if xcap::canonical(says("XUI-URI")) != xcap::canonical(user.as_str()) {
            return Err("it is of another user".to_owned());
        }
        if says("user-profile-index").parse() != Ok(index.0) {
            return Err("it has another index".to_owned());
        }
        let networks = || root.children().filter(|part| part.is(NAMESPACE, "OnNetwork"));
        let partners = networks().flat_map(extended).filter_map(partner::Entry::read).collect();
        let groups = networks().flat_map(groups::read).collect();
        Ok(Self { user: user.clone(), index, partners, groups })
    }
}

/// What stands in an element, and in its extensions as beside them.
fn extended(element: Element<'_>) -> impl Iterator<Item = Element<'_>> {
    element.children().flat_map(|child| {
        let within = child.is(NAMESPACE, xml_schemas::names::EXTENSION);
        let inner = within.then(|| child.children()).into_iter().flatten();
        std::iter::once(child).filter(move |_| !within).chain(inner)
    })
}

#[cfg(test)]
mod tests;
