//! Reading a document that a notifier has sent. RFC 5874 clauses 3 and 5

use xml::{Document, Element, Limits, Malformed, patch::Patch};

use super::{Change, Content, DocumentChange, NAMESPACE, NodeChange, State, XcapDiff};
use crate::Etag;

impl XcapDiff {
    /// Reads the document. Elements of other namespaces are passed over.
    ///
    /// # Errors
    /// [`Malformed`] with the place, also where a patch leaves its schema; its phrase then ends in RFC 5261's name for
    /// why.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, Malformed> {
        let document = Document::parse(bytes, limits)?;
        let root = document.root();
        if !root.is(NAMESPACE, "xcap-diff") {
            return Err(root.fault("not an xcap-diff"));
        }
        let changes = root.children().filter(|child| child.namespace() == NAMESPACE).map(change);
        Ok(Self {
            root: root.required_attribute("xcap-root")?.to_owned(),
            changes: changes.collect::<Result<_, _>>()?,
        })
    }
}

fn change(element: Element<'_>) -> Result<Change, Malformed> {
    match element.name() {
        "document" => Ok(Change::Document(document(element)?)),
        "element" => Ok(Change::Element(node(element, |found| {
            found
                .children()
                .next()
                .map(Element::to_raw)
                .ok_or_else(|| found.fault("a required element is missing"))
        })?)),
        "attribute" => Ok(Change::Attribute(node(element, |found| Ok(found.untrimmed_text().into_owned()))?)),
        _ => Err(element.fault("not an element of xcap-diff")),
    }
}

fn document(element: Element<'_>) -> Result<DocumentChange, Malformed> {
    let content = if element.child(NAMESPACE, "body-not-changed").is_some() {
        Content::NotChanged
    } else {
        let refused = |refused| element.fault(format!("a patch that cannot be applied: {refused}"));
        let patch = Patch::read(element).map_err(refused)?;
        if patch.is_empty() { Content::Untold } else { Content::Patched(patch) }
    };
    let etag = |name| element.attribute(name).map(Etag::new);
    Ok(DocumentChange {
        sel: element.required_attribute("sel")?.to_owned(),
        previous: etag("previous-etag"),
        new: etag("new-etag"),
        content,
    })
}

fn node<T>(
    element: Element<'_>,
    content: impl Fn(Element<'_>) -> Result<T, Malformed>,
) -> Result<NodeChange<T>, Malformed> {
    let sel = element.required_attribute("sel")?.to_owned();
    let is_used = |prefix: &str| prefix.is_empty() || sel.contains(&format!("{prefix}:"));
    let used = element.declarations().filter(|(prefix, _)| is_used(prefix));
    let bindings = used.map(|(prefix, namespace)| (prefix.to_owned(), namespace.to_owned())).collect();
    let state = match element.attribute("exists").map(str::trim) {
        None => State::Is(content(element)?),
        Some("true" | "1") => State::There,
        Some("false" | "0") => State::Gone,
        Some(_) => return Err(element.fault("attribute exists: not true or false")),
    };
    Ok(NodeChange { sel, bindings, state })
}
