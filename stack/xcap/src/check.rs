//! What a schema cannot say: uniqueness and other constraints (RFC 4825 clause 5.3).

mod reference;
mod value;

use std::collections::HashSet;

use xml::{
    Index,
    index::NodeId,
    path::{Bindings, Invalid, Name, Path},
};

use crate::{Exists, Target, Tree, Usage, XcapError, target::canonical};

/// One rule. Which element or attribute is meant is said by a node selector that finds one, or by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Check {
    /// Of the elements of this name under one parent no two have the same value of the attribute.
    UniqueAmongSiblings {
        /// Which elements.
        element: Name,
        /// Which attribute, in no namespace.
        attribute: String,
    },
    /// Of the elements of this name in the document no two have the same value of the attribute.
    UniqueInDocument {
        /// Which elements.
        element: Name,
        /// Which attribute, in no namespace.
        attribute: String,
    },
    /// No other document of the usage has an element of this name with the same value of the attribute. With a folder of
    /// the global tree, the document is found there under the value too (RFC 4825 clause 5.6).
    UniqueOnServer {
        /// Which elements.
        element: Name,
        /// Which attribute, in no namespace.
        attribute: String,
        /// Such as `byGroupID`.
        alias: Option<String>,
    },
    /// The value is the name of the document.
    NamesDocument {
        /// Of what.
        path: Path,
        /// Whether in the global tree; else in the trees of users.
        global: bool,
    },
    /// The value is what `*` stands for in the name of the document.
    NamesVariant {
        /// Of what.
        path: Path,
    },
    /// The value is the XCAP user identifier under which the document is.
    NamesUser {
        /// Of what.
        path: Path,
    },
    /// It is there.
    Required {
        /// What.
        path: Path,
    },
    /// The text of every such element is the absolute URI of a document, or of a part of one, of this usage: of the user in
    /// whose tree the document is that holds it, or a global one. What it refers to need not be there.
    Refers {
        /// On which elements.
        element: Name,
        /// Of which usage.
        auid: String,
    },
    /// Wherever the attribute stands, its value has this form.
    Form {
        /// On which elements.
        element: Name,
        /// Which attribute, in no namespace.
        attribute: String,
        /// Of what kind.
        form: Form,
    },
}

/// The form of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// An absolute URI of scheme `http` or `https`.
    HttpUri,
    /// A relative path, below the XCAP root.
    RelativePath,
}

/// A value that no other document of a usage may hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// Where it stands, as a selector.
    pub field: String,
    /// The value; of a SIP URI the one spelling by which they are compared.
    pub value: String,
    /// The folder of the global tree in which the document is found by it.
    pub alias: Option<String>,
}

impl Claim {
    /// The refusal where another document holds it.
    #[must_use]
    pub fn conflict(&self, alternatives: Vec<String>) -> XcapError {
        let exists = Exists { field: self.field.clone(), alternatives };
        XcapError::Uniqueness {
            phrase: Some("the value is in use in another document".to_owned()),
            exists: vec![exists],
        }
    }

    /// The `number`th value that could be taken instead: with a number at the end of the user part.
    #[must_use]
    pub fn alternative(&self, number: u32) -> String {
        alternative(&self.value, number)
    }
}

/// A selector of a check, in which names without a prefix are in `namespace`.
///
/// # Errors
/// [`Invalid`], where it is none.
pub fn selector(text: &str, namespace: &str, prefixes: &[(String, String)]) -> Result<Path, Invalid> {
    Path::parse(text, &Bindings { default: namespace, prefixes })
}

/// The values in a document of the usage that no other may hold.
#[must_use]
pub fn claims(usage: &Usage, text: &str, index: &Index) -> Vec<Claim> {
    let claimed = usage.checks.iter().filter_map(|check| match check {
        Check::UniqueOnServer { element, attribute, alias } => Some((element, attribute, alias)),
        _ => None,
    });
    let found = claimed.flat_map(|(element, attribute, alias)| {
        attributes(text, index, element, attribute).map(move |(id, value)| Claim {
            field: format!("{}/@{attribute}", value::place(text, index, id)),
            value: canonical(&value),
            alias: alias.clone(),
        })
    });
    // One more than may be, to tell that there are too many.
    found.take(MAX_CLAIMS + 1).collect()
}

/// Goes through the checks of a usage; says which values no other document may hold.
pub(crate) fn run(
    usage: &Usage,
    target: &Target,
    text: &str,
    index: &Index,
) -> Result<Vec<Claim>, XcapError> {
    for check in &usage.checks {
        match check {
            Check::UniqueAmongSiblings { element, attribute } => {
                unique(text, index, element, attribute, true)?
            }
            Check::UniqueInDocument { element, attribute } => unique(text, index, element, attribute, false)?,
            Check::UniqueOnServer { element, attribute, .. } => {
                unique(text, index, element, attribute, false)?
            }
            Check::NamesDocument { path, global } if *global == (target.tree == Tree::Global) => {
                let (field, value) = required(text, index, path)?;
                must(canonical(&value) == target.name(), &field, "is not the name of the document")?;
            }
            Check::NamesDocument { .. } => {}
            Check::NamesVariant { path } => {
                let (field, value) = required(text, index, path)?;
                must(usage.star(target) == Some(&value), &field, "is not what the document's name says")?;
            }
            Check::NamesUser { path } => {
                if let Tree::User(xui) = &target.tree {
                    let (field, value) = required(text, index, path)?;
                    must(canonical(&value) == *xui, &field, "is not the user in whose tree the document is")?;
                }
            }
            Check::Required { path } => drop(required(text, index, path)?),
            Check::Refers { element, auid } => refers(target, text, index, element, auid)?,
            Check::Form { element, attribute, form } => formed(text, index, element, attribute, *form)?,
        }
    }
    let claims = claims(usage, text, index);
    if claims.len() > MAX_CLAIMS {
        let phrase = format!("more than {MAX_CLAIMS} values that only one document may hold");
        return Err(XcapError::Constraint(Some(phrase)));
    }
    Ok(claims)
}

/// More values than this no document claims, since each is looked for in the store.
const MAX_CLAIMS: usize = 256;

fn must(holds: bool, field: &str, rule: &str) -> Result<(), XcapError> {
    if holds { Ok(()) } else { Err(XcapError::Constraint(Some(format!("{field} {rule}")))) }
}

fn required(text: &str, index: &Index, path: &Path) -> Result<(String, String), XcapError> {
    let found = value::of(text, index, path);
    found.ok_or_else(|| XcapError::Constraint(Some(format!("{} is missing", value::shown(path)))))
}

/// Elements of one name, with the value of an attribute where they have it.
fn attributes<'t>(
    text: &'t str,
    index: &'t Index,
    element: &'t Name,
    attribute: &'t str,
) -> impl Iterator<Item = (NodeId, String)> + 't {
    let named = index.elements().filter(|id| index.name(*id) == (&*element.namespace, &*element.local));
    named.filter_map(move |id| index.value(text, id, attribute).map(|value| (id, value.into_owned())))
}

fn unique(
    text: &str,
    index: &Index,
    element: &Name,
    attribute: &str,
    siblings: bool,
) -> Result<(), XcapError> {
    let scope = |id: NodeId| siblings.then(|| index.parent(id)).flatten();
    let mut taken = HashSet::new();
    let mut twice = Vec::new();
    for (id, value) in attributes(text, index, element, attribute) {
        let key = (scope(id), canonical(&value));
        if !taken.contains(&key) {
            taken.insert(key);
        } else if twice.len() < MAX_EXISTS {
            twice.push((id, value));
        }
    }
    if twice.is_empty() {
        return Ok(());
    }
    let tell = |(id, value): (NodeId, String)| {
        let free = (2..100).map(|number| alternative(&value, number));
        let free = free.filter(|other| !taken.contains(&(scope(id), canonical(other)))).take(1).collect();
        Exists { field: format!("{}/@{attribute}", value::place(text, index, id)), alternatives: free }
    };
    let phrase = Some(format!("two values of {attribute} are the same"));
    Err(XcapError::Uniqueness { phrase, exists: twice.into_iter().map(tell).collect() })
}

/// More values than this are not told at once.
const MAX_EXISTS: usize = 8;

fn alternative(value: &str, number: u32) -> String {
    match value.split_once('@') {
        Some((user, host)) => format!("{user}-{number}@{host}"),
        None => format!("{value}-{number}"),
    }
}

fn refers(target: &Target, text: &str, index: &Index, element: &Name, auid: &str) -> Result<(), XcapError> {
    for id in index.elements().filter(|id| index.name(*id) == (&*element.namespace, &*element.local)) {
        let uri = index.text(text, id).unwrap_or_default();
        let rule = match reference::read(&uri, auid) {
            None => Some(format!("is not the absolute URI of a document of {auid}")),
            Some(Tree::User(other)) if matches!(&target.tree, Tree::User(own) if *own != other) => {
                Some("refers to another user's document".to_owned())
            }
            Some(_) => None,
        };
        if let Some(rule) = rule {
            return must(false, &value::place(text, index, id), &rule);
        }
    }
    Ok(())
}

fn formed(text: &str, index: &Index, element: &Name, attribute: &str, form: Form) -> Result<(), XcapError> {
    for (id, value) in attributes(text, index, element, attribute) {
        let holds = match form {
            Form::HttpUri => value.starts_with("http://") || value.starts_with("https://"),
            Form::RelativePath => {
                let before = value.split('/').next().unwrap_or_default();
                !value.is_empty() && !value.starts_with('/') && !before.contains(':')
            }
        };
        let field = || format!("{}/@{attribute}", value::place(text, index, id));
        let rule = match form {
            Form::HttpUri => "is not an absolute HTTP URI",
            Form::RelativePath => "is not a relative path",
        };
        if !holds {
            return must(false, &field(), rule);
        }
    }
    Ok(())
}
