//! The conformance table, as Markdown.

use std::fmt::Write as _;

use super::{Clauses, Kind, Row, Standing};

/// One table for each clause, under its title and count.
pub fn render(clauses: &Clauses, standings: &[(&Row, Standing)]) -> String {
    let mut out = String::new();
    for clause in &clauses.clauses {
        let rows: Vec<_> = standings.iter().filter(|(row, _)| row.clause == clause.number).collect();
        let covered = rows.iter().filter(|(_, standing)| *standing == Standing::Covered).count();
        let (source, number, title) = (&clause.source, &clause.number, &clause.title);
        let _ = writeln!(out, "**{source} {number}** {title}: {covered} of {}\n", rows.len());
        out.push_str("| | What | Status | Tests |\n|---|---|---|---|\n");
        for (row, standing) in rows {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} |",
                row.kind.name(),
                what(row),
                status(standing),
                tests(row)
            );
        }
        out.push('\n');
    }
    out
}

/// What the README has: a line for each clause, and folded below it one for each step.
pub fn short(clauses: &Clauses, standings: &[(&Row, Standing)]) -> String {
    let fold = "<details><summary>Every step, and the tests that show it</summary>";
    format!("{}\n{fold}\n\n{}\n</details>\n", summary(clauses, standings), steps(standings))
}

/// One line for each step of every clause.
fn steps(standings: &[(&Row, Standing)]) -> String {
    let mut out = String::from("| Clause | Step | Status | Tests |\n|---|---|---|---|\n");
    for (row, standing) in standings.iter().filter(|(row, _)| row.kind == Kind::Step) {
        let _ = writeln!(out, "| {} | {} | {} | {} |", row.clause, what(row), status(standing), tests(row));
    }
    out
}

/// One line for each clause: how many of its rows are covered.
fn summary(clauses: &Clauses, standings: &[(&Row, Standing)]) -> String {
    let mut out = String::from("| Clause | What | Covered |\n|---|---|---|\n");
    for clause in &clauses.clauses {
        let rows = standings.iter().filter(|(row, _)| row.clause == clause.number);
        let (all, covered) = rows.fold((0, 0), |(all, covered), (_, standing)| {
            (all + 1, covered + usize::from(*standing == Standing::Covered))
        });
        let _ =
            writeln!(out, "| {} {} | {} | {covered} of {all} |", clause.source, clause.number, clause.title);
    }
    out
}

fn what(row: &Row) -> String {
    match row.text.as_str() {
        "" => cell(&row.id),
        text => cell(&format!("{}. {text}", row.id)),
    }
}

fn status(standing: &Standing) -> String {
    match standing {
        Standing::Covered => "covered".to_owned(),
        Standing::Open(why) => format!("**open**: {}", cell(why)),
    }
}

fn tests(row: &Row) -> String {
    row.tests.iter().map(|test| format!("`{test}`")).collect::<Vec<_>>().join(", ")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
