//! What a terminal shows: columns, and nothing of what others wrote that it would obey.

/// A line for the names of the columns and one for each row, whatever is in it; no lines where there are no rows.
pub(crate) fn lines<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> Vec<String> {
    let rows: Vec<[String; N]> = rows.iter().map(|row| row.each_ref().map(|cell| one_line(cell))).collect();
    let all = || rows.iter().map(|row| row.each_ref().map(String::as_str)).chain([head]);
    let widths: [usize; N] = std::array::from_fn(|at| {
        all().filter_map(|row| Some(row.get(at)?.chars().count())).max().unwrap_or(0)
    });
    let written = |row: [&str; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let head = (!rows.is_empty()).then(|| written(head));
    head.into_iter().chain(rows.iter().map(|row| written(row.each_ref().map(String::as_str)))).collect()
}

/// What others wrote, on one line, and without anything by which a terminal would do something.
pub(crate) fn one_line(text: &str) -> String {
    let shown = |c: char| match c {
        c if c.is_whitespace() => ' ',
        // Directions that would show a line otherwise than it is.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}
