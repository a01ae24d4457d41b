//! The nearest right name to a wrong one.

/// The candidate that `wrong` was most likely meant to be, or none where all are too far: more than a third of the
/// characters (but one may always), or all of them, would have to change.
pub fn nearest<'n>(wrong: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    candidates
        .into_iter()
        .map(|candidate| (distance(wrong, candidate), candidate))
        .filter(|(distance, candidate)| {
            let length = candidate.chars().count();
            *distance < length && *distance <= (length / 3).max(1)
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// The candidate that so few edits make of `wrong`, or none: for long names of which many are alike, where a third of the characters
/// may tell one from the next.
pub fn nearest_within<'n>(
    wrong: &str,
    candidates: impl IntoIterator<Item = &'n str>,
    edits: usize,
) -> Option<&'n str> {
    nearest(wrong, candidates).filter(|found| distance(wrong, found) <= edits)
}

/// `; did you mean "x"?` where there is a nearest, else nothing.
#[must_use]
pub fn did_you_mean<'n>(wrong: &str, candidates: impl IntoIterator<Item = &'n str>) -> String {
    nearest(wrong, candidates).map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default()
}

/// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment), over lower-cased
/// characters, `_` and `-` being one.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (fold(a), fold(b));
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let mut least = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(before_last[j - 1] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

fn fold(name: &str) -> Vec<char> {
    name.chars().flat_map(char::to_lowercase).map(|c| if c == '_' { '-' } else { c }).collect()
}
