//! Application usages: what documents there are and what they must be (RFC 4825 clause 5), as data.

use std::collections::BTreeMap;

use crate::{Access, Check, Pattern, Target, Tree};

/// One application usage.
#[derive(Clone, Debug)]
pub struct Usage {
    /// Its identifier (5.1).
    pub auid: String,
    /// The media type of its documents (5.3).
    pub media_type: String,
    /// The namespace that element names without a prefix have in its selectors (5.2).
    pub default_namespace: String,
    /// Other namespaces that its documents may use, as xcap-caps lists them.
    pub namespaces: Vec<String>,
    /// The local name of the outermost element, which is in the default namespace; none where it may be any.
    pub outermost: Option<String>,
    /// Which schema its documents must follow, by a name that the caller knows.
    pub schema: Option<String>,
    /// Documents of the global tree; none where there is no such tree.
    pub global: Option<Documents>,
    /// Documents of each user's tree.
    pub users: Option<Documents>,
    /// What the schema cannot say (5.3, 5.6).
    pub checks: Vec<Check>,
    /// Who may do what (5.7).
    pub access: Access,
    /// What POST to its documents is for elsewhere, and not served here; told with the 405.
    pub post: Option<String>,
}

/// The naming convention of one tree (RFC 4825 clause 5.5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Documents {
    /// By which paths documents go.
    pub names: Vec<Pattern>,
    /// Where they come from.
    pub served: Served,
}

/// Where documents come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Served {
    /// Clients put them.
    Kept,
    /// The server makes them; they are read only.
    Generated,
}

impl Documents {
    /// Documents that go by one of these patterns; those that are no patterns are left out.
    #[must_use]
    pub fn named(patterns: &[&str]) -> Self {
        let names = patterns.iter().filter_map(|pattern| Pattern::new(pattern)).collect();
        Self { names, served: Served::Kept }
    }

    /// The same, made by the server.
    #[must_use]
    pub fn generated(patterns: &[&str]) -> Self {
        Self { served: Served::Generated, ..Self::named(patterns) }
    }

    /// Whether a document may go by this path.
    #[must_use]
    pub fn allow(&self, path: &str) -> bool {
        self.names.iter().any(|pattern| pattern.matches(path))
    }

    /// Whether there is such a folder.
    #[must_use]
    pub fn has_folder_of(&self, path: &str) -> bool {
        self.names.iter().any(|pattern| pattern.matches_folder(path))
    }
}

impl Usage {
    /// A usage without checks, with any name in the users tree, and the access of RFC 4825 clause 5.7.
    #[must_use]
    pub fn new(auid: &str, media_type: &str, default_namespace: &str) -> Self {
        Self {
            auid: auid.to_owned(),
            media_type: media_type.to_owned(),
            default_namespace: default_namespace.to_owned(),
            namespaces: Vec::new(),
            outermost: None,
            schema: None,
            global: None,
            users: None,
            checks: Vec::new(),
            access: Access::default(),
            post: None,
        }
    }

    /// The naming convention of a target's tree.
    #[must_use]
    pub fn documents(&self, tree: &Tree) -> Option<&Documents> {
        match tree {
            Tree::Global => self.global.as_ref(),
            Tree::User(_) => self.users.as_ref(),
        }
    }

    /// Where the documents of a target's tree come from.
    #[must_use]
    pub fn served(&self, tree: &Tree) -> Served {
        self.documents(tree).map_or(Served::Kept, |documents| documents.served)
    }

    /// What `*` of the pattern stands for in the name of a target.
    pub(crate) fn star<'t>(&self, target: &'t Target) -> Option<&'t str> {
        let documents = self.documents(&target.tree)?;
        let pattern = documents.names.iter().find(|pattern| pattern.matches(&target.document))?;
        pattern.star(&target.document)
    }
}

/// The usages that a server has, by identifier.
#[derive(Clone, Debug, Default)]
pub struct Usages {
    by_auid: BTreeMap<String, Usage>,
}

impl Usages {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more; it takes the place of one of the same identifier.
    #[must_use]
    pub fn with(mut self, usage: Usage) -> Self {
        self.add(usage);
        self
    }

    /// Adds one; the one of the same identifier whose place it took is handed back.
    pub fn add(&mut self, usage: Usage) -> Option<Usage> {
        self.by_auid.insert(usage.auid.clone(), usage)
    }

    /// The usage of an identifier.
    #[must_use]
    pub fn get(&self, auid: &str) -> Option<&Usage> {
        self.by_auid.get(auid)
    }

    /// The usage of an identifier, to be changed, as by configuration.
    pub fn get_mut(&mut self, auid: &str) -> Option<&mut Usage> {
        self.by_auid.get_mut(auid)
    }

    /// All, in the order of their identifiers.
    pub fn iter(&self) -> impl Iterator<Item = &Usage> {
        self.by_auid.values()
    }
}
