//! Golden ladders: `tests/ladders/NAME.txt`.

use std::{fs, path::Path};

/// Compares a ladder with the golden one. With `MCX_BLESS=1` it is written instead.
///
/// # Panics
/// Where they differ, at the first line that does.
pub fn is_golden(name: &str, drawn: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("ladders").join(format!("{name}.txt"));
    if is_blessing() {
        fs::write(&file, drawn).expect("the golden ladder can be written");
        return;
    }
    let golden = fs::read_to_string(&file)
        .unwrap_or_else(|why| panic!("{}: {why}; bless it with MCX_BLESS=1", file.display()));
    let mut lines = (1..).zip(drawn.lines().zip(golden.lines()));
    if let Some((at, (drawn, golden))) = lines.find(|(_, (drawn, golden))| drawn != golden) {
        panic!("{name}.txt:{at}\n  golden: {golden}\n  drawn:  {drawn}");
    }
    let (longer, shorter) = (drawn.lines().count(), golden.lines().count());
    assert_eq!(longer, shorter, "{name}.txt: the one goes on where the other ends:\n{drawn}");
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says so")]
fn is_blessing() -> bool {
    std::env::var("MCX_BLESS").is_ok_and(|bless| bless == "1")
}
