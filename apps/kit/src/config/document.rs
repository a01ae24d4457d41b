//! One file, parsed with the place of everything in it.

use std::{
    cell::RefCell,
    collections::HashSet,
    ops::Range,
    path::{Path, PathBuf},
};

use toml::de::{DeTable, Error};

use super::{Asked, ConfigError, Errors, Table, asked::Keys, errors::WARNING};

/// What reading a document came to.
#[derive(Debug)]
pub struct Examined<T> {
    /// What was read, or everything that is wrong, among the warnings.
    pub value: Result<T, Errors>,
    /// What is not wrong but may not be meant.
    pub warnings: Errors,
    /// Every key that was asked for.
    pub asked: Vec<Asked>,
}

/// A file and its text. What TOML itself forbids is an error beside the rest, so that all is told at once.
#[derive(Clone, Debug)]
pub struct Document {
    file: PathBuf,
    text: String,
}

impl Document {
    /// `file` names the text in errors, and paths in it are relative to that file's folder.
    #[must_use]
    pub fn parse(file: impl Into<PathBuf>, text: &str) -> Self {
        Self { file: file.into(), text: text.to_owned() }
    }

    /// Reads the file from disk and parses it.
    ///
    /// # Errors
    /// The one error that the file cannot be read.
    pub fn open(file: impl Into<PathBuf>) -> Result<Self, Errors> {
        let file = file.into();
        match std::fs::read_to_string(&file) {
            Ok(text) => Ok(Self::parse(file, &text)),
            Err(why) => Err(Errors(vec![ConfigError {
                file: file.display().to_string(),
                line: 1,
                column: 1,
                text: format!("cannot be read: {why}"),
            }])),
        }
    }

    /// The text, as it stands.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Reads the whole document with `f`, which is given the root table.
    ///
    /// # Errors
    /// Everything that was wrong, in the order of the file: TOML syntax, missing keys, wrong values, unknown keys,
    /// and whatever `f` reported.
    pub fn read<T>(self, f: impl FnOnce(&Table<'_>) -> Option<T>) -> Result<T, Errors> {
        self.examine(f).value
    }

    /// As [`Document::read`], with what else there is to tell.
    pub fn examine<T>(self, f: impl FnOnce(&Table<'_>) -> Option<T>) -> Examined<T> {
        let (table, faults) = DeTable::parse_recoverable(&self.text);
        let source = Source::new(&self.file, &self.text, &faults);
        let root = Table::new(&source, String::new(), table.get_ref(), 0..0);
        let read = f(&root);
        root.finish();
        let (mut errors, mut warnings) = (source.errors.take(), source.warnings.take());
        // What follows from a mistake is no more worth telling than what is right.
        let wrong: HashSet<usize> = errors.iter().map(|(at, _)| *at).collect();
        warnings.retain(|(at, _)| !wrong.contains(at));
        let warnings = source.location.placed(warnings);
        let value = match read {
            Some(value) if errors.is_empty() => Ok(value),
            _ => {
                if errors.is_empty() {
                    errors.push((0, "is not complete".to_owned()));
                }
                let mut all = source.location.placed(errors);
                all.0.extend(warnings.iter().cloned());
                Err(all.in_order())
            }
        };
        Examined { value, warnings, asked: source.asked.take().into_list() }
    }
}

/// The text's places, and what has been found wrong so far.
#[derive(Debug)]
pub(super) struct Source<'t> {
    location: Location<'t>,
    /// TOML itself could not be read in places: a key that seems to be missing may stand there.
    pub(super) broken: bool,
    /// By their offsets in the text: where that is is found for all of them at once.
    errors: RefCell<Vec<(usize, String)>>,
    warnings: RefCell<Vec<(usize, String)>>,
    pub(super) asked: RefCell<Keys>,
}

impl<'t> Source<'t> {
    fn new(file: &'t Path, text: &'t str, faults: &[Error]) -> Self {
        let location = Location { file, text };
        let error = |fault: &Error| {
            let what = fault.message().lines().collect::<Vec<_>>().join("; ");
            (fault.span().map_or(0, |span| span.start), what)
        };
        let errors = RefCell::new(faults.iter().map(error).collect());
        let (warnings, asked) = (RefCell::default(), RefCell::default());
        Self { broken: !faults.is_empty(), errors, warnings, asked, location }
    }

    pub(super) fn file(&self) -> &'t Path {
        self.location.file
    }

    pub(super) fn folder(&self) -> &'t Path {
        self.location.file.parent().unwrap_or(Path::new(""))
    }

    /// Whether the table whose place this is has no header of its own, and only one below it has (`[a.b]` without `[a]`).
    pub(super) fn is_part(&self, at: &Range<usize>) -> bool {
        let header = self.location.text.get(..at.start).and_then(|before| before.lines().next_back());
        let goes_on = self.location.text.get(at.end..).is_some_and(|rest| rest.starts_with('.'));
        goes_on && header.is_some_and(|line| line.trim_start().starts_with('['))
    }

    pub(super) fn error(&self, at: &Range<usize>, text: impl Into<String>) {
        self.errors.borrow_mut().push((at.start, text.into()));
    }

    pub(super) fn warn(&self, at: &Range<usize>, text: &str) {
        self.warnings.borrow_mut().push((at.start, format!("{WARNING}{text}")));
    }
}

#[derive(Clone, Copy, Debug)]
struct Location<'t> {
    file: &'t Path,
    text: &'t str,
}

impl Location<'_> {
    /// Each with its line and column, in their order: the text is gone through once, however many there are.
    fn placed(&self, mut told: Vec<(usize, String)>) -> Errors {
        told.sort();
        told.dedup();
        let file = self.file.display().to_string();
        let (mut line, mut column, mut from) = (1, 1, 0);
        let place = |(offset, text): (usize, String)| {
            for c in self.text.get(from..offset).unwrap_or_default().chars() {
                (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
            }
            from = offset.max(from);
            ConfigError { file: file.clone(), line, column, text: text.chars().map(shown).collect() }
        };
        Errors(told.into_iter().map(place).collect())
    }
}

/// Keys are whoever's wrote the file: none of them begins a line of its own, or moves a terminal.
fn shown(c: char) -> char {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if c.is_control() || turns { '\u{fffd}' } else { c }
}
