//! Names of documents, by pattern.

/// A path whose segments are literal, or hold one `*` each that stands for one character or more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern {
    segments: Vec<String>,
}

impl Pattern {
    /// A pattern such as `byGroupID/*` or `mcptt-user-profile-*.xml`.
    ///
    /// `None` where a segment is empty or holds more than one `*`.
    #[must_use]
    pub fn new(pattern: &str) -> Option<Self> {
        let segments: Vec<String> = pattern.split('/').map(str::to_owned).collect();
        let is_sound = |segment: &String| !segment.is_empty() && segment.matches('*').count() <= 1;
        segments.iter().all(is_sound).then_some(Self { segments })
    }

    /// Whether a document may go by this path.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        let mut names = path.split('/');
        self.segments.iter().all(|segment| names.next().is_some_and(|name| fits(segment, name)))
            && names.next().is_none()
    }

    /// Whether the folders of this path may hold documents.
    #[must_use]
    pub fn matches_folder(&self, path: &str) -> bool {
        let folders = path.split('/').count() - 1;
        folders + 1 == self.segments.len()
            && self
                .segments
                .iter()
                .zip(path.split('/'))
                .take(folders)
                .all(|(segment, name)| fits(segment, name))
    }

    /// What `*` of the last segment stands for in a path that matches.
    #[must_use]
    pub fn star<'p>(&self, path: &'p str) -> Option<&'p str> {
        let (before, after) = self.segments.last()?.split_once('*')?;
        path.rsplit('/').next()?.strip_prefix(before)?.strip_suffix(after)
    }
}

fn fits(segment: &str, name: &str) -> bool {
    match segment.split_once('*') {
        None => segment == name,
        Some((before, after)) => {
            name.len() > before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
        }
    }
}
