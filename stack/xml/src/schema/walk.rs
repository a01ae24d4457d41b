//! A parsed document, told to the engine node by node.

use std::cell::{Cell, RefCell};

use roxmltree::{Namespace, Node};
use xsd_schema::{
    SchemaSet,
    namespace::{NameTable, context::NamespaceContextSnapshot, table::XSI_NAMESPACE},
    validation::{
        ContentType, SchemaValidator, ValidationError, ValidationRuntime, ValidationSink, ValidationWarning,
    },
};

use super::{FAULTS, Fault, names::Names};
use crate::{Element, Place};

/// The faults of the document, in the order in which the engine meets them.
pub(crate) fn judge(
    schemas: &SchemaSet,
    validator: &SchemaValidator<'_>,
    names: &Names,
    root: Node<'_, '_>,
) -> Vec<Fault> {
    let found = Found::default();
    let mut walk = Walk {
        runtime: validator.start_run(Sink(&found)),
        found: &found,
        table: &schemas.name_table,
        names,
        scope: Vec::new(),
        context: NamespaceContextSnapshot::default(),
        content: Vec::new(),
    };
    walk.tree(root);
    // The last checks are of the document as a whole: references without an identifier.
    found.at.set(Some((root, None)));
    if let Err(error) = walk.runtime.end_validation() {
        found.keep(error.constraint);
    }
    drop(walk);
    let faults = found.faults.into_inner();
    faults.into_iter().map(|(node, attribute, constraint)| fault(node, attribute, constraint)).collect()
}

/// A node and, where the fault is one attribute's, its number.
type At<'d> = (Node<'d, 'd>, Option<usize>);

/// What the engine reported, with the node that it was told of last.
#[derive(Default)]
struct Found<'d> {
    at: Cell<Option<At<'d>>>,
    faults: RefCell<Vec<(Node<'d, 'd>, Option<usize>, &'static str)>>,
}

impl Found<'_> {
    fn keep(&self, constraint: &'static str) {
        let mut faults = self.faults.borrow_mut();
        if let (Some((node, attribute)), true) = (self.at.get(), faults.len() < FAULTS) {
            faults.push((node, attribute, constraint));
        }
    }
}

struct Sink<'f, 'd>(&'f Found<'d>);

impl ValidationSink for Sink<'_, '_> {
    fn on_error(&mut self, error: ValidationError) {
        self.0.keep(error.constraint);
    }

    fn on_warning(&mut self, _: ValidationWarning) {}
}

struct Walk<'r, 'd> {
    runtime: ValidationRuntime<'r, Sink<'r, 'd>>,
    found: &'r Found<'d>,
    table: &'r NameTable,
    names: &'r Names,
    /// The declarations that `context` was made of.
    scope: Vec<&'d Namespace<'d>>,
    context: NamespaceContextSnapshot,
    /// What the open elements may hold.
    content: Vec<Option<ContentType>>,
}

impl<'d> Walk<'_, 'd> {
    /// Depth first without recursion: a document may be as deep as its limits allow.
    fn tree(&mut self, root: Node<'d, 'd>) {
        let mut at = root;
        'down: loop {
            self.open(at);
            if let Some(child) = at.first_child() {
                at = child;
                continue;
            }
            loop {
                self.close(at);
                if at == root {
                    return;
                }
                if let Some(sibling) = at.next_sibling() {
                    at = sibling;
                    continue 'down;
                }
                let Some(parent) = at.parent() else { return };
                at = parent;
            }
        }
    }

    fn open(&mut self, node: Node<'d, 'd>) {
        if node.is_element() {
            self.found.at.set(Some((node, None)));
            self.element(node);
            self.attributes(node);
            self.found.at.set(Some((node, None)));
            self.runtime.validate_end_of_attributes_novalue();
        } else if let (true, Some(text)) = (node.is_text(), node.text()) {
            self.found.at.set(node.parent().map(|parent| (parent, None)));
            self.text(text);
        }
    }

    fn close(&mut self, node: Node<'d, 'd>) {
        if node.is_element() {
            self.found.at.set(Some((node, None)));
            let _ = self.runtime.validate_end_element_novalue();
            self.content.pop();
        }
    }

    fn element(&mut self, node: Node<'d, 'd>) {
        self.enter_scope(node);
        let xsi = |name: &str| node.attribute((XSI_NAMESPACE, name));
        let name = node.tag_name();
        let info = self.runtime.validate_element_by_id(
            self.names.element(self.table, name.name()),
            self.names.namespace(self.table, name.namespace()),
            xsi("type"),
            xsi("nil"),
            &self.context,
        );
        self.content.push(info.content_type);
    }

    fn text(&mut self, text: &str) {
        if text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
            self.runtime.validate_whitespace(text);
            return;
        }
        // The engine takes U+00A0 and its like for white space, which XML does not (XML 1.0 2.3).
        let holds_elements =
            matches!(self.content.last(), Some(Some(ContentType::ElementOnly | ContentType::Empty)));
        if holds_elements && text.trim().is_empty() {
            self.found.keep("cvc-complex-type.2.3");
        }
        self.runtime.validate_text(text);
    }

    fn attributes(&mut self, node: Node<'d, 'd>) {
        for (number, attribute) in node.attributes().enumerate() {
            self.found.at.set(Some((node, Some(number))));
            let _ = self.runtime.validate_attribute_by_id(
                self.names.attribute(self.table, attribute.name(), number),
                self.names.namespace(self.table, attribute.namespace()),
                attribute.value(),
            );
        }
    }

    /// The engine resolves the prefixes of `xsi:type` and of values that are qualified names.
    fn enter_scope(&mut self, node: Node<'d, 'd>) {
        let same = |one: &Namespace<'_>, other: &Namespace<'_>| std::ptr::eq(one, other);
        let namespaces = node.namespaces();
        if namespaces.len() == self.scope.len()
            && namespaces.clone().zip(&self.scope).all(|(one, other)| same(one, other))
        {
            return;
        }
        self.scope.clear();
        self.scope.extend(namespaces);
        self.context = NamespaceContextSnapshot::default();
        for namespace in &self.scope {
            let uri = self.table.add(namespace.uri());
            match namespace.name() {
                None if namespace.uri().is_empty() => {}
                None => self.context.default_ns = Some(uri),
                Some("xml") => {}
                Some(prefix) => self.context.bindings.push((self.table.add(prefix), uri)),
            }
        }
    }
}

fn fault(node: Node<'_, '_>, attribute: Option<usize>, constraint: &'static str) -> Fault {
    let element = Element::of(node);
    let Some(attribute) = attribute.and_then(|number| node.attributes().nth(number)) else {
        return Fault::new(element.place(), constraint);
    };
    let at = node.document().text_pos_at(attribute.range().start);
    let path = format!("{}/@{}", element.path(), attribute.name());
    Fault::new(Place { line: at.row, column: at.col, path }, constraint)
}
