//! `docs/CAUSES.md`: the table of refusals.

use kit::refusal::TABLE;

use super::table::{rows, same};

const FILE: &str = "CAUSES.md";

#[test]
fn every_cause_has_its_row_with_its_code_status_and_text() {
    let mut told: Vec<Vec<String>> = rows(FILE).into_iter().map(|row| row.cells).collect();
    let (mut missing, mut wrong) = (Vec::new(), Vec::new());
    for row in &TABLE {
        let (code, name) = (format!("`{}`", row.code), row.name);
        let begins = [code.clone(), format!("`{name}`"), row.status.to_string(), row.text.to_owned()];
        let place = told.iter().position(|cells| cells.first() == Some(&code));
        match place.map(|place| told.swap_remove(place)) {
            None => missing.push(format!("| {} | |", begins.join(" | "))),
            Some(cells) if !cells.starts_with(&begins) => {
                wrong.push(format!("| {} |, not | {} |", begins.join(" | "), cells.join(" | ")));
            }
            Some(cells) if cells.get(4).is_none_or(String::is_empty) => {
                wrong.push(format!("{code} has no meaning"))
            }
            Some(_) => {}
        }
    }
    let obsolete: Vec<String> = told.into_iter().map(|cells| cells.join(" | ")).collect();
    same(FILE, &missing, &obsolete, &wrong);
}
