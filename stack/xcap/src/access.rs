//! Who may do what (RFC 4825 clause 5.7).

use crate::{Tree, target::canonical};

/// The rule of one usage. Identities are compared as SIP URIs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Access {
    /// Reads the global tree.
    pub global_read: Who,
    /// Writes the global tree.
    pub global_write: Who,
    /// Reads a user's tree.
    pub users_read: Who,
    /// Writes a user's tree.
    pub users_write: Who,
    /// Who may read everything, such as the servers that the documents configure.
    pub readers: Vec<String>,
    /// Who may read and write everything.
    pub writers: Vec<String>,
}

/// Whom a rule names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    /// Only those listed.
    Listed,
    /// The user whose tree it is; nobody in the global tree.
    Owner,
    /// Everybody whose identity is known.
    Authenticated,
    /// Everybody.
    Anyone,
}

/// What is done to a resource.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// GET and HEAD.
    Read,
    /// PUT and DELETE.
    Write,
}

/// Why not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Denied {
    /// No identity came with the request, and one is needed (403: TS 24.482 A.2.3).
    Anonymous,
    /// The identity may not.
    Forbidden,
}

/// RFC 4825 clause 5.7: users read and write their own, everybody who is known reads the global documents.
impl Default for Access {
    fn default() -> Self {
        Self {
            global_read: Who::Authenticated,
            global_write: Who::Listed,
            users_read: Who::Owner,
            users_write: Who::Owner,
            readers: Vec::new(),
            writers: Vec::new(),
        }
    }
}

impl Access {
    /// Whether `principal`, an authenticated identity, may do this.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn check(&self, principal: Option<&str>, tree: &Tree, act: Act) -> Result<(), Denied> {
        let who = match (tree, act) {
            (Tree::Global, Act::Read) => self.global_read,
            (Tree::Global, Act::Write) => self.global_write,
            (Tree::User(_), Act::Read) => self.users_read,
            (Tree::User(_), Act::Write) => self.users_write,
        };
        if who == Who::Anyone {
            return Ok(());
        }
        let principal = canonical(principal.ok_or(Denied::Anonymous)?);
        let is_listed = |list: &[String]| list.iter().any(|name| same(name, &principal));
        let granted = match (who, tree) {
            (Who::Anyone | Who::Authenticated, _) => true,
            (Who::Owner, Tree::User(xui)) => same(xui, &principal),
            (Who::Owner, Tree::Global) | (Who::Listed, _) => false,
        };
        let listed = is_listed(&self.writers) || act == Act::Read && is_listed(&self.readers);
        if granted || listed { Ok(()) } else { Err(Denied::Forbidden) }
    }
}

/// An XUI is a SIP URI, or the same without its scheme (RFC 4825 clause 6.2 leaves its form open).
fn same(name: &str, principal: &str) -> bool {
    let full = |uri: &str| if uri.contains(':') { canonical(uri) } else { canonical(&format!("sip:{uri}")) };
    !principal.is_empty() && full(name) == full(principal)
}
