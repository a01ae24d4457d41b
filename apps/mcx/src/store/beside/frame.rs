//! What is said at the socket: a question and its answer, each with its length in front. Between processes of one release on one machine.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use store::{Batch, Change, Entry, Expect, Record, Version};

/// Octets of one message.
pub(super) const LARGEST: u32 = 256 << 20;

/// What is asked.
#[derive(Debug)]
pub(super) enum Question {
    Get(Bytes),
    Scan { prefix: Bytes, after: Option<Bytes>, limit: u64 },
    Commit(Batch),
}

/// What is answered.
#[derive(Debug)]
pub(super) enum Answer {
    Record(Option<Record>),
    Entries(Vec<Entry>),
    Done(Version),
    Conflict(Bytes),
    Fault(String),
}

impl Question {
    pub(super) fn encode(&self) -> Bytes {
        let mut out = BytesMut::new();
        match self {
            Self::Get(key) => {
                out.put_u8(0);
                put(&mut out, key);
            }
            Self::Scan { prefix, after, limit } => {
                out.put_u8(1);
                put(&mut out, prefix);
                put_optional(&mut out, after.as_ref());
                out.put_u64(*limit);
            }
            Self::Commit(batch) => {
                out.put_u8(2);
                put_batch(&mut out, batch);
            }
        }
        out.freeze()
    }

    /// None where it is none.
    pub(super) fn decode(mut from: Bytes) -> Option<Self> {
        let from = &mut from;
        Some(match from.try_get_u8().ok()? {
            0 => Self::Get(take(from)?),
            1 => Self::Scan {
                prefix: take(from)?,
                after: take_optional(from)?,
                limit: from.try_get_u64().ok()?,
            },
            2 => Self::Commit(take_batch(from)?),
            _ => return None,
        })
    }
}

impl Answer {
    pub(super) fn encode(&self) -> Bytes {
        let mut out = BytesMut::new();
        match self {
            Self::Record(record) => {
                out.put_u8(0);
                out.put_u8(record.is_some().into());
                record.iter().for_each(|record| put_record(&mut out, record));
            }
            Self::Entries(entries) => {
                out.put_u8(1);
                out.put_u64(entries.len() as u64);
                for entry in entries {
                    put(&mut out, &entry.key);
                    put_record(&mut out, &entry.record);
                }
            }
            Self::Done(version) => {
                out.put_u8(2);
                out.put_u64(version.0);
            }
            Self::Conflict(key) => {
                out.put_u8(3);
                put(&mut out, key);
            }
            Self::Fault(why) => {
                out.put_u8(4);
                put(&mut out, why.as_bytes());
            }
        }
        out.freeze()
    }

    /// None where it is none.
    pub(super) fn decode(mut from: Bytes) -> Option<Self> {
        let from = &mut from;
        Some(match from.try_get_u8().ok()? {
            0 if from.try_get_u8().ok()? == 0 => Self::Record(None),
            0 => Self::Record(Some(take_record(from)?)),
            1 => {
                let count = from.try_get_u64().ok()?;
                let entry = |from: &mut Bytes| Some(Entry { key: take(from)?, record: take_record(from)? });
                Self::Entries((0..count).map(|_| entry(from)).collect::<Option<_>>()?)
            }
            2 => Self::Done(Version(from.try_get_u64().ok()?)),
            3 => Self::Conflict(take(from)?),
            4 => Self::Fault(String::from_utf8_lossy(&take(from)?).into_owned()),
            _ => return None,
        })
    }
}

fn put(out: &mut BytesMut, bytes: &[u8]) {
    out.put_u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    out.put_slice(bytes);
}

fn take(from: &mut Bytes) -> Option<Bytes> {
    let length = usize::try_from(from.try_get_u32().ok()?).ok()?;
    (from.len() >= length).then(|| from.split_to(length))
}

fn put_optional(out: &mut BytesMut, bytes: Option<&Bytes>) {
    out.put_u8(bytes.is_some().into());
    bytes.into_iter().for_each(|bytes| put(out, bytes));
}

fn take_optional(from: &mut Bytes) -> Option<Option<Bytes>> {
    if from.try_get_u8().ok()? == 0 { Some(None) } else { take(from).map(Some) }
}

fn put_moment(out: &mut BytesMut, moment: Option<SystemTime>) {
    out.put_u8(moment.is_some().into());
    let since = moment.map(|moment| moment.duration_since(UNIX_EPOCH).unwrap_or_default());
    since.into_iter().for_each(|since| out.put_u64(u64::try_from(since.as_millis()).unwrap_or(u64::MAX)));
}

fn take_moment(from: &mut Bytes) -> Option<Option<SystemTime>> {
    if from.try_get_u8().ok()? == 0 {
        return Some(None);
    }
    UNIX_EPOCH.checked_add(Duration::from_millis(from.try_get_u64().ok()?)).map(Some)
}

fn put_record(out: &mut BytesMut, record: &Record) {
    put(out, &record.value);
    out.put_u64(record.version.0);
    put_moment(out, record.expires);
}

fn take_record(from: &mut Bytes) -> Option<Record> {
    let (value, version) = (take(from)?, Version(from.try_get_u64().ok()?));
    Some(Record { value, version, expires: take_moment(from)? })
}

fn put_batch(out: &mut BytesMut, batch: &Batch) {
    out.put_u64(batch.preconditions().len() as u64);
    for precondition in batch.preconditions() {
        put(out, &precondition.key);
        match precondition.expect {
            Expect::Absent => out.put_u8(0),
            Expect::Version(version) => {
                out.put_u8(1);
                out.put_u64(version.0);
            }
        }
    }
    out.put_u64(batch.changes().len() as u64);
    for change in batch.changes() {
        put(out, change.key());
        match change {
            Change::Delete { .. } => out.put_u8(0),
            Change::Put { value, expires, .. } => {
                out.put_u8(1);
                put(out, value);
                put_moment(out, *expires);
            }
        }
    }
}

fn take_batch(from: &mut Bytes) -> Option<Batch> {
    let mut batch = Batch::new();
    for _ in 0..from.try_get_u64().ok()? {
        let key = take(from)?;
        batch = match from.try_get_u8().ok()? {
            0 => batch.expect_absent(key),
            _ => batch.expect_version(key, Version(from.try_get_u64().ok()?)),
        };
    }
    for _ in 0..from.try_get_u64().ok()? {
        let key = take(from)?;
        if from.try_get_u8().ok()? == 0 {
            batch = batch.delete(key);
            continue;
        }
        let value = take(from)?;
        batch = match take_moment(from)? {
            Some(expires) => batch.put_until(key, value, expires),
            None => batch.put(key, value),
        };
    }
    Some(batch)
}
