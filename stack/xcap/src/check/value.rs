//! Values by selector, and how a place is told.

use xml::{
    Index,
    index::{Hit, NodeId},
    path::{Path, Terminal, Test},
};

/// The value that a selector finds, and where: an attribute's, or the text of an element without children.
pub(super) fn of(text: &str, index: &Index, path: &Path) -> Option<(String, String)> {
    match (index.select(text, path)?, &path.terminal) {
        (Hit::Attribute(id, _), Some(Terminal::Attribute(name))) => {
            let value = index.attribute_value(text, id, name)?;
            Some((format!("{}/@{}", place(text, index, id), name.local), value.into_owned()))
        }
        (Hit::Element(id), _) => Some((place(text, index, id), index.text(text, id)?)),
        _ => None,
    }
}

/// A selector for one element: names as they are written, positions where there are several.
pub(super) fn place(text: &str, index: &Index, id: NodeId) -> String {
    let mut steps = Vec::new();
    let mut next = Some(id);
    while let Some(id) = next {
        let name = index.qualified_name(text, id);
        let alike = |other: &NodeId| index.name(*other) == index.name(id);
        next = index.parent(id);
        let siblings = next.map(|parent| index.children(parent).filter(alike).count()).unwrap_or(1);
        let before =
            next.map(|parent| index.children(parent).filter(alike).take_while(|other| *other != id).count());
        steps.push(match before {
            Some(before) if siblings > 1 => format!("{name}[{}]", before + 1),
            _ => name.to_owned(),
        });
    }
    steps.reverse();
    steps.join("/")
}

/// A selector with local names, for one that finds nothing.
pub(super) fn shown(path: &Path) -> String {
    let step = |test: &Test| match test {
        Test::Any => "*".to_owned(),
        Test::Name(name) => name.local.to_string(),
    };
    let mut steps: Vec<String> = path.steps.iter().map(|found| step(&found.test)).collect();
    if let Some(Terminal::Attribute(name)) = &path.terminal {
        steps.push(format!("@{}", name.local));
    }
    steps.join("/")
}
