//! Elements that are not understood, and walking past them.

use xml::{Element, Malformed, Raw, Writer};

use crate::names;

/// What a body held beside the elements of its struct. It is written out again where the schema allows it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Kept {
    /// Children of the element itself.
    pub direct: Vec<Raw>,
    /// Children of its `anyExt`.
    pub extension: Vec<Raw>,
}

/// A child element, or a child of `anyExt`: later releases add their elements there (TS 24.379 F.1).
#[derive(Clone, Copy)]
pub(crate) struct Field<'d> {
    pub(crate) element: Element<'d>,
    extended: bool,
}

/// The children of an element, those of `anyExt` among them in its place.
pub(crate) fn fields<'d>(element: Element<'d>, namespace: &'static str) -> impl Iterator<Item = Field<'d>> {
    element.children().flat_map(move |child| {
        let extended = child.is(namespace, names::EXTENSION);
        let inner = if extended { Some(child.children()) } else { None };
        let outer = if extended { None } else { Some(child) };
        let inner = inner.into_iter().flatten().map(|element| Field { element, extended: true });
        outer.map(|element| Field { element, extended: false }).into_iter().chain(inner)
    })
}

impl<'d> Field<'d> {
    /// The local name where the element is in this namespace, else empty.
    pub(crate) fn name(&self, namespace: &str) -> &'d str {
        if self.element.namespace() == namespace { self.element.name() } else { "" }
    }
}

/// Fills a slot that may be filled once.
pub(crate) fn once<T>(slot: &mut Option<T>, element: Element<'_>, value: T) -> Result<(), Malformed> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(element.fault("the element appears twice")),
    }
}

impl Kept {
    /// Keeps an element. One of the own namespace that the schema has no place for moves to `anyExt`, where it has one.
    pub(crate) fn keep(&mut self, field: Field<'_>, own: Own) {
        let element = field.element;
        let stray = element.namespace() == own.namespace && !own.placed.contains(&element.name());
        let kept = if field.extended || stray { &mut self.extension } else { &mut self.direct };
        kept.push(element.to_raw());
    }

    /// Writes the kept children that have this name of the body's own namespace, where the schema's sequence has them.
    pub(crate) fn write_named(&self, w: &mut Writer, own: Own, name: &str) {
        let named = self.direct.iter().filter(|raw| raw.name() == name && raw.namespace() == own.namespace);
        named.for_each(|raw| w.raw(raw));
    }

    /// Writes the end that all sequences of these schemas have: elements of other namespaces, then `anyExt` with the
    /// typed extensions and the kept ones.
    pub(crate) fn write_end(&self, w: &mut Writer, own: Own, typed: Option<&dyn Fn(&mut Writer)>) {
        self.direct.iter().filter(|raw| raw.namespace() != own.namespace).for_each(|raw| w.raw(raw));
        if typed.is_some() || !self.extension.is_empty() {
            w.element(names::EXTENSION, &[], |w| {
                if let Some(typed) = typed {
                    typed(w);
                }
                self.extension.iter().for_each(|raw| w.raw(raw));
            });
        }
    }
}

/// What the schema knows of the children of an element that are kept.
#[derive(Clone, Copy)]
pub(crate) struct Own {
    /// The body's namespace.
    pub(crate) namespace: &'static str,
    /// Their names, where the sequence has a place for them: the writer puts each there with [`Kept::write_named`].
    pub(crate) placed: &'static [&'static str],
}
