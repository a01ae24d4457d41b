//! Who is there, and what for.

use super::SystemPlan;

/// A user and how he stands to being located.
pub struct User {
    /// His name in the lab.
    pub name: &'static str,
    /// The digest password.
    pub password: String,
    /// What he is there for.
    pub part: Part,
}

/// A user who works in a system that is not his own: who he is here, with the identities that the system gave him (TS 23.280 10.1.6).
pub struct Visitor {
    /// His name at home.
    pub user: &'static str,
    /// What his terminal here is called.
    pub name: &'static str,
    /// The digest password of his account here.
    pub password: String,
}

/// With which of their profiles users migrate.
pub const ABROAD: u8 = 3;

/// Which of his clients a visitor has with him (TS 24.379 7.2.1).
pub const CLIENT_ID: &str = "urn:uuid:7d3a9c60-52e1-4b8f-9a07-c1e5f24b8d36";

impl Visitor {
    /// The MC service ID in the primary MC system.
    #[must_use]
    pub fn primary(&self, home: &SystemPlan) -> String {
        format!("sip:{}@{}", self.user, home.domain)
    }

    /// The MC service ID that the partner system gave him.
    #[must_use]
    pub fn partner(&self, here: &SystemPlan) -> String {
        format!("sip:{}@{}", self.name, here.domain)
    }

    /// The public user identity under which he registers here.
    #[must_use]
    pub fn impu(&self, here: &SystemPlan) -> String {
        format!("sip:{}.imsi@{}", self.name, here.domain)
    }
}

/// What a user is there for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// Asks where others are.
    Asks,
    /// Is located: his client reports from a track.
    Moves,
    /// May not be located from outside: a rule of his own.
    Hides,
    /// Never logs on.
    Away,
}

impl User {
    /// The MC service ID.
    #[must_use]
    pub fn mc_service_id(&self, domain: &str) -> String {
        format!("sip:{}@{domain}", self.name)
    }

    /// The public user identity under which he registers.
    #[must_use]
    pub fn impu(&self, domain: &str) -> String {
        format!("sip:{}.imsi@{domain}", self.name)
    }

    /// Whether his client has a position, on a track of its own: also of one who may not be located from outside.
    #[must_use]
    pub fn moves(&self) -> bool {
        matches!(self.part, Part::Moves | Part::Hides)
    }

    /// Whether his client logs on as soon as it runs: one who asks does so when he asks.
    #[must_use]
    pub fn logs_on_by_itself(&self) -> bool {
        matches!(self.part, Part::Moves | Part::Hides)
    }
}
