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
    let is_counted = |child: &NodeId| match &step.test {
        Test::Any => true,
        Test::Name(name) => index.name(*child) == (&*name.namespace, &*name.local),
    };
    match step.position {
        None => {
            let name = fragment.name_in(index, parent);
            let is_alike =
                |child: &NodeId| name.as_ref().is_some_and(|(ns, local)| index.name(*child) == (ns, local));
            match index.children(parent).filter(is_alike).last() {
                Some(sibling) => Ok(behind(text, index, sibling, fragment)),
                None => Ok(last_child(text, index, parent, fragment)),
            }
        }
        Some(0) => Err(Refused::CannotInsert),
        Some(1) => match index.children(parent).find(is_counted) {
            Some(first) => {
                let start = index.span(first).element.start;
                Ok(splice(text, start..start, fragment.text(), true))
            }
            None => Ok(last_child(text, index, parent, fragment)),
        },
        Some(position) => {
            let before = usize::try_from(position).unwrap_or(usize::MAX).saturating_sub(2);
            let sibling =
                index.children(parent).filter(is_counted).nth(before).ok_or(Refused::CannotInsert)?;
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
