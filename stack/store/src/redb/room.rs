//! Whether a disk has room for more.
//!
//! What opening a database writes lies where it has written before, and succeeds on a full disk. So does a commit that finds such a
//! place, while the next is refused. Only what makes something grow tells whether a store can be relied on.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

/// How much has to fit: more than the commits of one group need, unless they carry documents.
pub(super) const OCTETS: usize = 1 << 20;

/// What is written at once.
const PIECE: usize = 64 << 10;

/// Writes so much beside a file, up to the disk, and leaves nothing of it there.
///
/// # Errors
/// The disk took no more of it; or nothing can be made there at all, which says nothing about room.
pub(super) fn beside(file: &Path) -> io::Result<()> {
    let mut name = file.as_os_str().to_owned();
    name.push(".room");
    // That of a process which was killed in between, if any.
    let _ = fs::remove_file(&name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut trial = options.open(&name)?;
    // It has its space until it is closed, and whoever kills the process frees it.
    let _ = fs::remove_file(&name);
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    for _ in 0..OCTETS / PIECE {
        trial.write_all(&noise.piece())?;
    }
    trial.sync_data()
}

/// Not to be packed into less by a file system that packs.
struct Noise(u64);

impl Noise {
    fn piece(&mut self) -> Vec<u8> {
        let words = std::iter::repeat_with(|| {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 ^ (self.0 >> 29)).to_le_bytes()
        });
        words.take(PIECE / 8).flatten().collect()
    }
}
