//! Whether the names in a rule are those of a document: a rule that is to keep something back and is misspelt keeps nothing back.
//! Which of them stands within which is not looked at: what a wildcard of the schemas lets in may stand anywhere.

use std::collections::BTreeSet;

use xml_schemas::xsd::declared;

use super::{Pattern, Prefixes, pattern::Test};
use crate::config::did_you_mean;

/// The namespace of `xml:lang`, which stands anywhere.
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// What rules may speak of.
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary<'v> {
    /// Of their paths.
    pub prefixes: &'v Prefixes,
    /// The domains of MC systems, of which a condition names one, or one below it; none where they could not all be read.
    pub domains: Option<&'v [String]>,
}

impl Vocabulary<'_> {
    /// The names of a path. One of a namespace of which no schema is here may be any, and so may one without a namespace (`*:name`).
    ///
    /// # Errors
    /// With the first that no schema declares, fit for a configuration error behind the name of its key.
    pub(super) fn path(&self, pattern: &Pattern) -> Result<(), String> {
        for step in pattern.steps() {
            let Test::Name { namespace, local } = step else { continue };
            let known = declared(namespace).elements;
            if !known.is_empty() && !known.contains(local) {
                let (written, elements) = (self.written(namespace, local), self.elements());
                let hint = did_you_mean(&written, elements.iter().map(String::as_str));
                return Err(format!("names an unknown element \"{written}\"{hint}"));
            }
        }
        self.root(pattern)?;
        pattern
            .attribute()
            .filter(|_| !pattern.is_of_any_namespace())
            .map_or(Ok(()), |name| self.attribute(name))
    }

    /// An attribute.
    ///
    /// # Errors
    /// As of [`Self::path`].
    pub(super) fn attribute(&self, name: &str) -> Result<(), String> {
        let namespaces = self.prefixes.namespaces().map(|(_, namespace)| namespace);
        if !namespaces.clone().any(|namespace| !declared(namespace).elements.is_empty()) {
            return Ok(());
        }
        let known: BTreeSet<String> =
            namespaces.chain([XML]).flat_map(|namespace| declared(namespace).attributes).collect();
        if known.contains(name) {
            return Ok(());
        }
        let hint = did_you_mean(name, known.iter().map(String::as_str));
        Err(format!("names an unknown attribute \"{name}\"{hint}"))
    }

    /// The domain that a condition names.
    ///
    /// # Errors
    /// As of [`Self::path`].
    pub(super) fn domain(&self, name: &str) -> Result<(), String> {
        let Some(domains) = self.domains else { return Ok(()) };
        let wanted = name.to_ascii_lowercase();
        let is_in = |domain: &String| {
            let above = wanted.strip_suffix(domain.to_ascii_lowercase().as_str());
            above.is_some_and(|before| before.is_empty() || before.ends_with('.'))
        };
        if domains.iter().any(is_in) {
            return Ok(());
        }
        let known = domains.iter().map(String::as_str).chain(["partner", "own"]);
        let hint = did_you_mean(&wanted, known);
        Err(format!("names an unknown MC system \"{name}\"{hint}"))
    }

    /// A path that begins elsewhere than at the outermost element finds nothing.
    fn root(&self, pattern: &Pattern) -> Result<(), String> {
        let (Some(root), Some(first)) = (self.prefixes.root, pattern.steps().first()) else { return Ok(()) };
        let is_root = match first {
            Test::Any => true,
            Test::Local(local) => local == root,
            Test::Name { namespace, local } => *namespace == self.prefixes.default && local == root,
        };
        if is_root || !pattern.is_anchored() {
            return Ok(());
        }
        let path = pattern.to_string();
        Err(format!(
            "begins elsewhere than at \"{root}\"; did you mean \"//{}\"?",
            path.trim_start_matches('/')
        ))
    }

    fn written(&self, namespace: &str, local: &str) -> String {
        let prefix = self.prefixes.namespaces().find(|(prefix, of)| *of == namespace && !prefix.is_empty());
        prefix.map_or_else(|| local.to_owned(), |(prefix, _)| format!("{prefix}:{local}"))
    }

    /// Every element that a path may name, as it names it.
    fn elements(&self) -> BTreeSet<String> {
        let of = |(_, namespace): (&str, &'static str)| {
            declared(namespace).elements.into_iter().map(move |local| self.written(namespace, &local))
        };
        self.prefixes.namespaces().flat_map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::document_rules::{Pattern, Prefixes, Vocabulary};

    const PREFIXES: Prefixes = Prefixes {
        root: Some("group"),
        default: "urn:oma:xml:poc:list-service",
        table: &[("mcpttgi", "urn:3gpp:ns:mcpttGroupInfo:1.0"), ("own", "urn:of:nobody")],
    };

    const NAMES: Vocabulary<'_> = Vocabulary { prefixes: &PREFIXES, domains: None };

    fn path(text: &str) -> Result<(), String> {
        NAMES.path(&Pattern::parse(text, &PREFIXES).unwrap())
    }

    #[test]
    fn names_that_no_schema_of_their_namespace_declares_are_refused_with_the_nearest_that_one_does() {
        let refused = |text: &str| path(text).unwrap_err();
        let element = "names an unknown element \"list-srvice\"; did you mean \"list-service\"?";
        assert_eq!(refused("group/list-srvice/list/entry"), element);
        assert_eq!(
            refused("//on-network-group-priority"),
            "names an unknown element \"on-network-group-priority\"; did you mean \"mcpttgi:on-network-group-priority\"?"
        );
        assert_eq!(refused("//entry/@ury"), "names an unknown attribute \"ury\"; did you mean \"uri\"?");
        assert_eq!(
            refused("//mcpttgi:nothing-like-it"),
            "names an unknown element \"mcpttgi:nothing-like-it\""
        );
    }

    #[test]
    fn what_the_schemas_declare_is_taken_and_what_they_do_not_speak_of() {
        for text in [
            "group/list-service/list/entry",
            "//mcpttgi:on-network-group-priority",
            "//entry/@uri",
            "group/*",
            "//own:anything",
            "//*:anything",
            "//entry/@*:anything",
        ] {
            assert_eq!(path(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_path_that_begins_below_the_outermost_element_is_refused() {
        let wrong = "begins elsewhere than at \"group\"; did you mean \"//list-service/list/entry\"?";
        assert_eq!(path("list-service/list/entry"), Err(wrong.to_owned()));
        assert_eq!(path("/list-service/list/entry"), Err(wrong.to_owned()));
        assert_eq!(path("*/list-service"), Ok(()));
    }

    #[test]
    fn a_domain_is_one_of_a_system_or_below_one() {
        let known = ["a.example".to_owned(), "B.example".to_owned()];
        let names = Vocabulary { domains: Some(&known), ..NAMES };
        for right in ["a.example", "b.Example", "fire.b.example"] {
            assert_eq!(names.domain(right), Ok(()), "{right}");
        }
        let wrong = |text: &str| names.domain(text).unwrap_err();
        assert_eq!(wrong("partnr"), "names an unknown MC system \"partnr\"; did you mean \"partner\"?");
        assert_eq!(wrong("b.exmple"), "names an unknown MC system \"b.exmple\"; did you mean \"B.example\"?");
        assert_eq!(wrong("notb.example").find("names an unknown MC system"), Some(0));
        assert_eq!(NAMES.domain("anything"), Ok(()));
    }
}
