//! A backup: one file, to be kept anywhere.
//!
//! A line with the format, then each record as `R`, key, version, expiry in milliseconds since 1970 (zero: none) and value; then
//! `E`, the last version and the number of records; then the SHA-256 of all that. Numbers are unsigned and big-endian, of 64
//! bits, lengths of 32 bits before what they measure.

use std::io::{self, BufRead, Read, Write};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{Contents, Existing, Piece, Place};
use crate::{Entry, Fault, Kind, Record, Version, clock::Moment};

/// What a backup begins with, before the number of its format.
const MARK: &str = "mcx-store-backup ";

/// The format that this program writes and reads.
const FORMAT: u32 = 1;

/// Writes everything that a store has.
///
/// # Errors
/// [`Fault`] when the store cannot be read or the backup not be written. What was written is no backup then.
pub fn back_up(from: &Place, to: impl Write + Send) -> Result<Contents, Fault> {
    let mut writing = Writing { to, digest: Sha256::new(), contents: Contents::default() };
    writing.write(format!("{MARK}{FORMAT}\n").as_bytes())?;
    from.export(&mut |piece| writing.piece(&piece))?;
    let Writing { mut to, digest, contents } = writing;
    to.write_all(&digest.finalize()).and_then(|()| to.flush()).map_err(unwritten)?;
    Ok(contents)
}

/// Puts what was backed up into a store.
///
/// # Errors
/// [`Fault`] when the backup is damaged ([`Kind::Corrupt`]) or from a later version of this program ([`Kind::Newer`]), or the
/// store cannot be written or has something that is to be kept ([`Kind::Occupied`]). Nothing was restored then.
pub fn restore(from: impl BufRead + Send, to: &Place, existing: Existing) -> Result<Contents, Fault> {
    let mut reading = Reading { from, digest: Sha256::new(), records: 0, is_over: false };
    reading.head()?;
    to.import(&mut reading, existing)
}

struct Writing<W> {
    to: W,
    digest: Sha256,
    contents: Contents,
}

impl<W: Write> Writing<W> {
    fn write(&mut self, octets: &[u8]) -> Result<(), Fault> {
        self.digest.update(octets);
        self.to.write_all(octets).map_err(unwritten)
    }

    fn measured(&mut self, octets: &[u8]) -> Result<(), Fault> {
        let length = u32::try_from(octets.len())
            .map_err(|_| Fault::new(Kind::Io, "a record of more than 4 GB has no place in a backup"))?;
        self.write(&length.to_be_bytes())?;
        self.write(octets)
    }

    fn piece(&mut self, piece: &Piece) -> Result<(), Fault> {
        self.contents.count(piece);
        match piece {
            Piece::Record(Entry { key, record }) => {
                self.write(b"R")?;
                self.measured(key)?;
                self.write(&record.version.0.to_be_bytes())?;
                let expires = record.expires.map_or(0, |expires| Moment::of(expires).0.max(1));
                self.write(&expires.to_be_bytes())?;
                self.measured(&record.value)
            }
            Piece::End(version) => {
                self.write(b"E")?;
                self.write(&version.0.to_be_bytes())?;
                self.write(&self.contents.records.to_be_bytes())
            }
        }
    }
}

struct Reading<R> {
    from: R,
    digest: Sha256,
    records: u64,
    is_over: bool,
}

impl<R: BufRead> Reading<R> {
    fn head(&mut self) -> Result<(), Fault> {
        let mut line = Vec::new();
        (&mut self.from).take(64).read_until(b'\n', &mut line).map_err(unread)?;
        self.digest.update(&line);
        let format = std::str::from_utf8(&line).ok().and_then(|line| line.strip_prefix(MARK));
        match format.and_then(|format| format.trim_end().parse::<u32>().ok()) {
            Some(FORMAT) => Ok(()),
            Some(newer) if newer > FORMAT => {
                let what = format!(
                    "the backup was written by a later version of this program (format {newer}, known is {FORMAT})"
                );
                Err(Fault::new(Kind::Newer, what))
            }
            _ => Err(Fault::new(Kind::Corrupt, "this is no backup of a store")),
        }
    }

    fn piece(&mut self) -> Result<Piece, Fault> {
        match self.octets::<1>()? {
            [b'R'] => {
                self.records += 1;
                let key = self.measured()?;
                let (version, expires) = (self.number()?, self.number()?);
                let expires = (expires != 0).then(|| Moment(expires).time()).flatten();
                let record = Record { value: self.measured()?, version: Version(version), expires };
                Ok(Piece::Record(Entry { key, record }))
            }
            [b'E'] => self.end(),
            _ => Err(damaged()),
        }
    }

    /// The end is handed on only once all before it is known to be as it was written.
    fn end(&mut self) -> Result<Piece, Fault> {
        let (version, records) = (self.number()?, self.number()?);
        let expected = self.digest.clone().finalize();
        let digest: [u8; 32] = self.octets()?;
        let is_last = self.from.fill_buf().map_err(unread)?.is_empty();
        self.is_over = true;
        if records == self.records && digest[..] == expected[..] && is_last {
            return Ok(Piece::End(Version(version)));
        }
        Err(damaged())
    }

    fn number(&mut self) -> Result<u64, Fault> {
        self.octets().map(u64::from_be_bytes)
    }

    fn measured(&mut self) -> Result<Bytes, Fault> {
        let length = u32::from_be_bytes(self.octets()?);
        let mut octets = Vec::new();
        // No more is allocated than is there, whatever a damaged length says.
        let read = (&mut self.from).take(length.into()).read_to_end(&mut octets).map_err(unread)?;
        if read as u64 != u64::from(length) {
            return Err(damaged());
        }
        self.digest.update(&octets);
        Ok(octets.into())
    }

    fn octets<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut octets = [0; N];
        self.from.read_exact(&mut octets).map_err(unread)?;
        self.digest.update(octets);
        Ok(octets)
    }
}

impl<R: BufRead> Iterator for Reading<R> {
    type Item = Result<Piece, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let piece = self.piece();
        self.is_over |= piece.is_err();
        Some(piece)
    }
}

fn unwritten(why: io::Error) -> Fault {
    Fault::new(Kind::Io, "cannot write the backup").because(why)
}

fn unread(why: io::Error) -> Fault {
    match why.kind() {
        io::ErrorKind::UnexpectedEof => damaged(),
        _ => Fault::new(Kind::Io, "cannot read the backup").because(why),
    }
}

fn damaged() -> Fault {
    Fault::new(Kind::Corrupt, "the backup is damaged or not complete")
}
