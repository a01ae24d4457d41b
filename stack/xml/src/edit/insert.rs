//! Where a new element goes (RFC 4825 clause 8.2.3).

use super::{Fragment, Refused, Spliced, splice, splice_between};
use crate::{
    Index,
    index::NodeId,
    path::{Path, Test},
};

/// With a position: behind the element before it, or before the first. Without one: behind the last of the same name,
/// or as the last child.
pub(super) fn element(
    text: &str,
    index: &Index,
    path: &Path,
    fragment: &Fragment<'_>,
) -> Result<Spliced, Refused> {
    let (found, steps) = index.descend(text, path);
    let (Some(parent), true) = (found, steps + 1 == path.steps.len()) else {
        // The parent of the outermost element is the document, which is there and has room for one only.
        return Err(if path.steps.len() == 1 {
            Refused::CannotInsert
        } else {
            Refused::NoParent { found: steps }
        });
    };
    let Some(step) = path.steps.last() else { return Err(Refused::CannotInsert) };
    match step.position {
        Some(position) => at_position(text, index, parent, (&step.test, position), fragment),
        None => Ok(among_its_like(text, index, parent, fragment)),
    }
}

/// Behind the last sibling of the same name; as the last child where there is none.
fn among_its_like(text: &str, index: &Index, parent: NodeId, fragment: &Fragment<'_>) -> Spliced {
    let name = fragment.name_in(index, parent);
    let is_alike =
        |child: &NodeId| name.as_ref().is_some_and(|(ns, local)| index.name(*child) == (ns, local));
    match index.children(parent).filter(is_alike).last() {
        Some(sibling) => behind(text, index, sibling, fragment),
        None => last_child(text, index, parent, fragment),
    }
}

/// So that it becomes the one that this step names: as the first of those that it counts, or behind the one before.
fn at_position(
    text: &str,
    index: &Index,
    parent: NodeId,
    (test, position): (&Test, u32),
    fragment: &Fragment<'_>,
) -> Result<Spliced, Refused> {
    let is_counted = |child: &NodeId| match test {
        Test::Any => true,
        Test::Name(name) => index.name(*child) == (&*name.namespace, &*name.local),
    };
    let mut counted = index.children(parent).filter(is_counted);
    match position {
        0 => Err(Refused::CannotInsert),
        1 => Ok(match counted.next() {
            Some(first) => {
                let start = index.span(first).element.start;
                splice(text, start..start, fragment.text(), true)
            }
            None => last_child(text, index, parent, fragment),
        }),
        _ => {
            let before = usize::try_from(position).unwrap_or(usize::MAX).saturating_sub(2);
            let sibling = counted.nth(before).ok_or(Refused::CannotInsert)?;
            Ok(behind(text, index, sibling, fragment))
        }
    }
}

fn behind(text: &str, index: &Index, sibling: NodeId, fragment: &Fragment<'_>) -> Spliced {
    let end = index.span(sibling).element.end;
    splice(text, end..end, fragment.text(), true)
}

fn last_child(text: &str, index: &Index, parent: NodeId, fragment: &Fragment<'_>) -> Spliced {
    let span = index.span(parent);
    if !span.empty_tag {
        return splice(text, span.content.end..span.content.end, fragment.text(), true);
    }
    // An empty tag is opened: its `/>` becomes `>`, and an end tag of the same qualified name follows.
    let tag = text.get(span.element.clone()).unwrap_or_default();
    let name = tag.get(1..).unwrap_or_default();
    let name = name.get(..name.find([' ', '\t', '\r', '\n', '/']).unwrap_or(0)).unwrap_or_default();
    let end = format!("</{name}>");
    splice_between(text, span.element.end - 2..span.element.end, [">", fragment.text(), &end], true)
}
