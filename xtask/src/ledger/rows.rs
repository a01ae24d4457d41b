//! `tests/clauses.toml`.

use std::{fs, path::Path};

use serde::Deserialize;

use super::Step;
use crate::shell::Done;

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clauses {
    /// `[[clause]]`
    #[serde(rename = "clause")]
    pub clauses: Vec<Clause>,
    /// `[[row]]`
    #[serde(rename = "row")]
    pub rows: Vec<Row>,
}

/// A clause in scope.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Such as `10.9.3.10.2`.
    pub number: String,
    /// In our own words.
    pub title: String,
    /// Such as `TS 23.280`.
    pub source: String,
}

/// One thing that a clause demands.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// A [`Clause::number`].
    pub clause: String,
    /// What it is.
    pub kind: Kind,
    /// A step's number, or a few words.
    pub id: String,
    /// A step in our own words.
    #[serde(default)]
    pub text: String,
    /// The functions that assert it.
    pub tests: Vec<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Precondition,
    Step,
    Note,
    Branch,
    Element,
}

impl Kind {
    /// As the table calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Precondition => "precondition",
            Self::Step => "step",
            Self::Note => "note",
            Self::Branch => "branch",
            Self::Element => "element",
        }
    }
}

impl Row {
    /// What its tests must have recorded, where it is a numbered step.
    pub fn step(&self) -> Option<Step> {
        (self.kind == Kind::Step).then(|| self.id.parse().ok().map(|number| (self.clause.clone(), number)))?
    }
}

impl Clauses {
    /// Reads the file; rows of clauses that it does not list are an error.
    pub fn read(file: &Path) -> Done<Self> {
        let text = fs::read_to_string(file).map_err(|why| format!("{}: {why}", file.display()))?;
        Self::parse(&text).map_err(|why| format!("{}: {why}", file.display()))
    }

    pub(super) fn parse(text: &str) -> Done<Self> {
        let clauses: Self = toml::from_str(text).map_err(|why| why.to_string())?;
        let known = |row: &Row| clauses.clauses.iter().any(|clause| clause.number == row.clause);
        match clauses.rows.iter().find(|row| !known(row)) {
            Some(row) => {
                Err(format!("row \"{}\" is of clause {}, which has no [[clause]]", row.id, row.clause))
            }
            None => match clauses.rows.iter().find(|row| row.kind == Kind::Step && row.step().is_none()) {
                Some(row) => Err(format!("step \"{}\" of {} has no number for an id", row.id, row.clause)),
                None => Ok(clauses),
            },
        }
    }
}
