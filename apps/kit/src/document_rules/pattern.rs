//! Which nodes of a document a rule is about: `group/list-service/list/entry`, `//mcpttgi:user-priority`, `list-service/@uri`.

use std::fmt;

use xml::Element;

/// The prefixes that patterns may use, and the namespace of names without one.
#[derive(Clone, Debug)]
pub struct Prefixes {
    /// The outermost element, at which a path begins; none where it may be any.
    pub root: Option<&'static str>,
    /// Of names without a prefix.
    pub default: &'static str,
    /// Prefix and namespace.
    pub table: &'static [(&'static str, &'static str)],
}

impl Prefixes {
    /// Prefix and namespace of all, the default among them with an empty prefix.
    pub(super) fn namespaces(&self) -> impl Iterator<Item = (&'static str, &'static str)> + Clone {
        std::iter::once(("", self.default)).chain(self.table.iter().copied())
    }
}

/// One name of a pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Test {
    /// `*`.
    Any,
    /// `*:name`: this local name in any namespace, such as one of an operator's own.
    Local(String),
    /// An expanded name.
    Name {
        /// The namespace.
        namespace: &'static str,
        /// The local name.
        local: String,
    },
}

impl Test {
    fn matches(&self, element: Element<'_>) -> bool {
        match self {
            Self::Any => true,
            Self::Local(local) => element.name() == local,
            Self::Name { namespace, local } => element.is(namespace, local),
        }
    }
}

/// A path from the outermost element down, or the end of one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern {
    text: String,
    /// Whether it begins at the outermost element; else anything may stand before it.
    anchored: bool,
    steps: Vec<Test>,
    attribute: Option<String>,
    /// Whether it was written as one of any namespace, `@*:name`. It is found by its local name either way.
    any_namespace: bool,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// With what is wrong with it, fit for a configuration error.
    pub fn parse(text: &str, prefixes: &Prefixes) -> Result<Self, String> {
        let (anchored, path) = match text.strip_prefix("//") {
            Some(path) => (false, path),
            None => (true, text.strip_prefix('/').unwrap_or(text)),
        };
        let mut steps = Vec::new();
        let (mut attribute, mut any_namespace) = (None, false);
        for step in path.split('/') {
            if attribute.is_some() {
                return Err("nothing can follow an attribute".into());
            }
            match step.strip_prefix('@') {
                Some(name) => {
                    any_namespace = name.starts_with(ANY_NAMESPACE);
                    let name = name.strip_prefix(ANY_NAMESPACE).unwrap_or(name);
                    attribute = Some(checked(name)?.to_owned());
                }
                None => steps.push(test(step, prefixes)?),
            }
        }
        if steps.is_empty() {
            return Err("an attribute needs its element: element/@name, or */@name".into());
        }
        Ok(Self { text: text.to_owned(), anchored, steps, attribute, any_namespace })
    }

    /// The attribute that it ends in.
    #[must_use]
    pub fn attribute(&self) -> Option<&str> {
        self.attribute.as_deref()
    }

    /// Its elements, from the outermost one down.
    pub(super) fn steps(&self) -> &[Test] {
        &self.steps
    }

    /// Whether it begins at the outermost element.
    pub(super) fn is_anchored(&self) -> bool {
        self.anchored
    }

    /// Whether the attribute was said to be of any namespace.
    pub(super) fn is_of_any_namespace(&self) -> bool {
        self.any_namespace
    }

    /// Whether its elements, the attribute aside, are these: from the outermost one down.
    #[must_use]
    pub fn matches(&self, way: &[Element<'_>]) -> bool {
        let Some(skipped) = way.len().checked_sub(self.steps.len()) else { return false };
        if self.anchored && skipped > 0 {
            return false;
        }
        way.iter().skip(skipped).zip(&self.steps).all(|(element, test)| test.matches(*element))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Before a name of any namespace.
const ANY_NAMESPACE: &str = "*:";

fn test(step: &str, prefixes: &Prefixes) -> Result<Test, String> {
    if step == "*" {
        return Ok(Test::Any);
    }
    if let Some(local) = step.strip_prefix(ANY_NAMESPACE) {
        return Ok(Test::Local(checked(local)?.to_owned()));
    }
    let (namespace, local) = match step.split_once(':') {
        None => (prefixes.default, step),
        Some((prefix, local)) => match prefixes.table.iter().find(|(known, _)| *known == prefix) {
            Some((_, namespace)) => (*namespace, local),
            None => {
                let known: Vec<&str> = prefixes.table.iter().map(|(known, _)| *known).collect();
                return Err(format!("unknown prefix \"{prefix}\"; known are {}", known.join(", ")));
            }
        },
    };
    Ok(Test::Name { namespace, local: checked(local)?.to_owned() })
}

fn checked(name: &str) -> Result<&str, String> {
    let usual = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    match name.chars().next() {
        None => Err("a name is empty".into()),
        Some(_) if name.chars().all(usual) => Ok(name),
        Some(_) => Err(format!("\"{name}\" is not a name")),
    }
}

#[cfg(test)]
mod tests;
