//! Which children of two versions belong together.

use roxmltree::Node;

use super::canonical::digest;

/// Products of the numbers of children beyond which no longest common sequence is looked for.
const COMPARISONS: usize = 1 << 20;

/// What becomes of the children, in the order of the new version.
#[derive(Clone, Copy)]
pub(crate) enum Edit {
    Keep(usize, usize),
    Change(usize, usize),
    Delete(usize),
    Insert(usize),
}

/// How one list of elements becomes the other: what both have in the same order stays; of what lies between, elements
/// are changed pair by pair, then the rest is deleted or inserted. None where that is too much to find out.
pub(crate) fn edits(old: &[Node<'_, '_>], new: &[Node<'_, '_>]) -> Option<Vec<Edit>> {
    let kept = common(&digests(old), &digests(new))?;
    let mut edits = Vec::with_capacity(old.len().max(new.len()));
    let (mut one, mut other) = (0, 0);
    for (next_one, next_other) in kept.into_iter().chain([(old.len(), new.len())]) {
        while one < next_one && other < next_other {
            edits.push(Edit::Change(one, other));
            (one, other) = (one + 1, other + 1);
        }
        edits.extend((one..next_one).map(Edit::Delete));
        edits.extend((other..next_other).map(Edit::Insert));
        if next_one < old.len() {
            edits.push(Edit::Keep(next_one, next_other));
        }
        (one, other) = (next_one + 1, next_other + 1);
    }
    Some(edits)
}

fn digests(elements: &[Node<'_, '_>]) -> Vec<u64> {
    elements.iter().map(|element| digest(*element)).collect()
}

/// A longest common subsequence, as pairs of indices.
fn common(old: &[u64], new: &[u64]) -> Option<Vec<(usize, usize)>> {
    let head = old.iter().zip(new).take_while(|(one, other)| one == other).count();
    let (old_rest, new_rest) = (old.get(head..)?, new.get(head..)?);
    let tail =
        old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(one, other)| one == other).count();
    let old_middle = old_rest.get(..old_rest.len() - tail)?;
    let new_middle = new_rest.get(..new_rest.len() - tail)?;
    if old_middle.len().saturating_mul(new_middle.len()) > COMPARISONS {
        return None;
    }
    let middle = longest(old_middle, new_middle);
    let pairs = (0..head).map(|number| (number, number));
    let pairs = pairs.chain(middle.into_iter().map(|(one, other)| (head + one, head + other)));
    let tails = (0..tail).map(|number| (old.len() - tail + number, new.len() - tail + number));
    Some(pairs.chain(tails).collect())
}

fn longest(old: &[u64], new: &[u64]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    let mut lengths = vec![0_u32; (old.len() + 1) * width];
    let at = |lengths: &[u32], one: usize, other: usize| {
        lengths.get(one * width + other).copied().unwrap_or_default()
    };
    for (one, before) in old.iter().enumerate().rev() {
        for (other, after) in new.iter().enumerate().rev() {
            let length = if before == after {
                at(&lengths, one + 1, other + 1) + 1
            } else {
                at(&lengths, one + 1, other).max(at(&lengths, one, other + 1))
            };
            if let Some(cell) = lengths.get_mut(one * width + other) {
                *cell = length;
            }
        }
    }
    let mut pairs = Vec::new();
    let (mut one, mut other) = (0, 0);
    while let (Some(before), Some(after)) = (old.get(one), new.get(other)) {
        if before == after {
            pairs.push((one, other));
            (one, other) = (one + 1, other + 1);
        } else if at(&lengths, one + 1, other) >= at(&lengths, one, other + 1) {
            one += 1;
        } else {
            other += 1;
        }
    }
    pairs
}
