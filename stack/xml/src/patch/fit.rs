//! Content made to mean the same where it goes: a prefix that stands for another namespace there is exchanged. RFC 5261 clause 4.2.3
//!
//! Whoever writes content may declare many prefixes around many elements: each tag and each declaration is read once.

use std::collections::HashMap;

use roxmltree::{Node, NodeId};

use super::{
    Code,
    content::spell,
    siblings,
    tag::{Tag, split},
};

/// A place in the source, how long what stands there is, and what shall stand there.
pub(super) type Edit = (usize, usize, String);

#[cfg(test)]
thread_local! {
    /// How often something was read for the content that was fitted last.
    pub(super) static LOOKS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// What has to be changed in the nodes in `around` for them to mean the same below `parent`.
///
/// # Errors
/// [`Code::InvalidNamespaceUri`] where no prefix in scope there stands for a namespace that is wanted.
pub(super) fn edits(around: Node<'_, '_>, parent: Node<'_, '_>) -> Result<Vec<Edit>, Code> {
    let mut fitting = Fitting {
        around,
        wanted: bound(around),
        there: bound(parent),
        open: Vec::new(),
        declared: HashMap::new(),
        candidates: HashMap::new(),
        default_serves: None,
        edits: Vec::new(),
        #[cfg(test)]
        looks: 0,
    };
    for element in around.descendants().filter(|node| node.is_element() && *node != around) {
        fitting.element(element)?;
    }
    #[cfg(test)]
    LOOKS.set(fitting.looks);
    Ok(fitting.edits)
}

/// What each prefix in scope at a node stands for; the empty one is the default namespace. The document node declares nothing.
pub(super) fn bound<'d>(node: Node<'d, 'd>) -> HashMap<&'d str, &'d str> {
    let declared = node.is_element().then(|| node.namespaces());
    let declared = declared.into_iter().flatten().filter(|namespace| !namespace.uri().is_empty());
    declared.map(|namespace| (namespace.name().unwrap_or_default(), namespace.uri())).collect()
}

struct Fitting<'d, 'p> {
    around: Node<'d, 'd>,
    /// What prefixes stand for around the content.
    wanted: HashMap<&'d str, &'d str>,
    /// What they stand for where it goes.
    there: HashMap<&'p str, &'p str>,
    /// The elements that are open, with the prefixes that each declares.
    open: Vec<(NodeId, Vec<&'d str>)>,
    /// How many open elements declare a prefix.
    declared: HashMap<&'d str, usize>,
    /// Which prefixes stand there for what is wanted of one, in order; of names of elements, and of others.
    candidates: HashMap<(&'d str, bool), Vec<&'p str>>,
    /// Whether the default namespace means the same to all elements of the content; looked at once.
    default_serves: Option<bool>,
    edits: Vec<Edit>,
    /// How often something was read: a start tag, a list of prefixes, the content as a whole.
    #[cfg(test)]
    looks: usize,
}

enum Spelling {
    Prefix(String),
    NoNamespace,
}

impl<'d, 'p> Fitting<'d, 'p> {
    fn element(&mut self, element: Node<'d, 'd>) -> Result<(), Code> {
        let source = siblings::source(element);
        let start = element.range().start;
        let tag = Tag::read(source).ok_or(Code::InvalidDiffFormat)?;
        self.looked();
        self.enter(element, source, &tag);
        let name = source.get(tag.name.clone()).unwrap_or_default();
        let (prefix, local) = split(name);
        match self.exchange(prefix, true)? {
            None => {}
            Some(Spelling::NoNamespace) => {
                self.edits.push((start + tag.name.end, 0, " xmlns=\"\"".to_owned()));
            }
            Some(Spelling::Prefix(prefix)) => {
                let spelled = spell(&prefix, local);
                if !tag.is_empty {
                    let end = source.rfind("</").unwrap_or_default() + 2;
                    self.edits.push((start + end, name.len(), spelled.clone()));
                }
                self.edits.push((start + tag.name.start, name.len(), spelled));
            }
        }
        for piece in &tag.attributes {
            let name = source.get(piece.name.clone()).unwrap_or_default();
            let (prefix, local) = split(name);
            if prefix.is_empty() || matches!(prefix, "xml" | "xmlns") {
                continue;
            }
            if let Some(Spelling::Prefix(prefix)) = self.exchange(prefix, false)? {
                self.edits.push((start + piece.name.start, name.len(), spell(&prefix, local)));
            }
        }
        Ok(())
    }

    /// Elements come in the order of the document: what is open and not above this one has ended.
    fn enter(&mut self, element: Node<'d, 'd>, source: &'d str, tag: &Tag) {
        let above = element.parent().map(|parent| parent.id());
        while let Some((_, prefixes)) = self.open.pop_if(|(id, _)| Some(*id) != above) {
            for prefix in prefixes {
                if let Some(number) = self.declared.get_mut(prefix) {
                    *number = number.saturating_sub(1);
                }
            }
        }
        let names = tag.attributes.iter().filter_map(|piece| source.get(piece.name.clone()));
        let declared =
            names.filter_map(|name| if name == "xmlns" { Some("") } else { name.strip_prefix("xmlns:") });
        let prefixes: Vec<&str> = declared.collect();
        for prefix in &prefixes {
            *self.declared.entry(prefix).or_default() += 1;
        }
        self.open.push((element.id(), prefixes));
    }

    /// Whether a prefix is declared by the element that was entered last or one above it inside the content.
    fn declares(&self, prefix: &str) -> bool {
        self.declared.get(prefix).is_some_and(|number| *number > 0)
    }

    /// What a prefix of the content becomes; nothing where it may stay.
    fn exchange(&mut self, prefix: &'d str, of_element: bool) -> Result<Option<Spelling>, Code> {
        if self.declares(prefix) {
            return Ok(None);
        }
        let wanted = self.wanted.get(prefix).copied().unwrap_or_default();
        if wanted == self.there.get(prefix).copied().unwrap_or_default() {
            return Ok(None);
        }
        if wanted.is_empty() {
            return Ok(Some(Spelling::NoNamespace));
        }
        if !self.candidates.contains_key(&(prefix, of_element)) {
            let candidates = self.standing_for(wanted, of_element);
            self.candidates.insert((prefix, of_element), candidates);
        }
        let candidates = self.candidates.get(&(prefix, of_element)).map(Vec::as_slice).unwrap_or_default();
        let first = candidates.iter().find(|candidate| !self.declares(candidate));
        first.map(|first| Some(Spelling::Prefix((*first).to_owned()))).ok_or(Code::InvalidNamespaceUri)
    }

    fn looked(&mut self) {
        #[cfg(test)]
        {
            self.looks += 1;
        }
    }

    fn standing_for(&mut self, wanted: &str, of_element: bool) -> Vec<&'p str> {
        self.looked();
        let default_serves = of_element && self.default_serves();
        let all = self.there.iter().filter(|(_, uri)| **uri == wanted).map(|(prefix, _)| *prefix);
        let mut prefixes: Vec<_> = all.filter(|prefix| default_serves || !prefix.is_empty()).collect();
        prefixes.sort_unstable();
        prefixes
    }

    /// Elements of the content in no namespace undeclare the default namespace for what is in them.
    fn default_serves(&mut self) -> bool {
        let around = self.around;
        let undeclares =
            |node: Node<'_, '_>| node.is_element() && node != around && node.tag_name().namespace().is_none();
        if self.default_serves.is_none() {
            self.looked();
            self.default_serves = Some(!around.descendants().any(undeclares));
        }
        self.default_serves.unwrap_or_default()
    }
}
