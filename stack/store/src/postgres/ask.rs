//! What is asked of the tables.

use futures::future::try_join_all;
use tokio_postgres::{Client, Statement};

/// A statement. What it takes is said with it, in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ask {
    /// One record: key.
    Get,
    /// A range: from, whether that itself, end, limit, now.
    Scan,
    /// A range without an end: from, whether that itself, limit, now.
    ScanToEnd,
    /// The keys of what has expired: now, limit.
    Expired,
    /// Makes this transaction the one that gives versions out.
    Lock,
    /// Which group of a writer was committed last: its name.
    Committed,
    /// What is under keys: these.
    Look,
    /// Writes records: keys, versions, expiries, values.
    Put,
    /// Deletes records: keys.
    Delete,
    /// Writes down what changes: versions, ordinals, keys, whether deleted.
    Log,
    /// The last version that was given: this.
    Count,
    /// Whose group this is: name of the writer, number of the group.
    Sign,
    /// Forgets changes: up to which version.
    Forget,
    /// Says so: up to which version.
    Forgotten,
    /// What has changed since: version, ordinal, limit.
    Changes,
    /// The last version that was given, and up to which changes are forgotten.
    Position,
}

const ALL: [Ask; 16] = [
    Ask::Get,
    Ask::Scan,
    Ask::ScanToEnd,
    Ask::Expired,
    Ask::Lock,
    Ask::Committed,
    Ask::Look,
    Ask::Put,
    Ask::Delete,
    Ask::Log,
    Ask::Count,
    Ask::Sign,
    Ask::Forget,
    Ask::Forgotten,
    Ask::Changes,
    Ask::Position,
];

impl Ask {
    fn sql(self) -> &'static str {
        match self {
            Self::Get => "SELECT version, expires, value FROM mcx_records WHERE key = $1",
            Self::Scan => {
                "SELECT key, version, expires, value FROM mcx_records
                 WHERE key >= $1 AND ($2 OR key <> $1) AND key < $3 AND (expires IS NULL OR expires > $5)
                 ORDER BY key LIMIT $4"
            }
            Self::ScanToEnd => {
                "SELECT key, version, expires, value FROM mcx_records
                 WHERE key >= $1 AND ($2 OR key <> $1) AND (expires IS NULL OR expires > $4)
                 ORDER BY key LIMIT $3"
            }
            Self::Expired => "SELECT key FROM mcx_records WHERE expires <= $1 ORDER BY expires LIMIT $2",
            Self::Lock => "SELECT format, version FROM mcx_about FOR UPDATE",
            Self::Committed => "SELECT committed FROM mcx_writers WHERE id = $1",
            Self::Look => "SELECT key, version, expires FROM mcx_records WHERE key = ANY($1)",
            Self::Put => {
                "INSERT INTO mcx_records (key, version, expires, value)
                 SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bytea[])
                 ON CONFLICT (key) DO UPDATE
                 SET version = excluded.version, expires = excluded.expires, value = excluded.value"
            }
            Self::Delete => "DELETE FROM mcx_records WHERE key = ANY($1)",
            Self::Log => {
                "INSERT INTO mcx_changes (version, ordinal, key, deleted)
                 SELECT * FROM unnest($1::bigint[], $2::integer[], $3::bytea[], $4::boolean[])"
            }
            Self::Count => "UPDATE mcx_about SET version = $1",
            Self::Sign => {
                "INSERT INTO mcx_writers (id, committed, seen) VALUES ($1, $2, now())
                 ON CONFLICT (id) DO UPDATE SET committed = excluded.committed, seen = excluded.seen"
            }
            Self::Forget => "DELETE FROM mcx_changes WHERE version <= $1",
            Self::Forgotten => "UPDATE mcx_about SET forgotten = $1",
            Self::Changes => {
                "SELECT version, ordinal, key, deleted FROM mcx_changes
                 WHERE (version, ordinal) > ($1, $2) ORDER BY version, ordinal LIMIT $3"
            }
            Self::Position => "SELECT version, forgotten FROM mcx_about",
        }
    }
}

/// All of them, prepared for one connection.
pub(super) struct Statements(Vec<Statement>);

impl Statements {
    pub(super) async fn prepare(client: &Client) -> Result<Self, tokio_postgres::Error> {
        Ok(Self(try_join_all(ALL.map(|ask| client.prepare(ask.sql()))).await?))
    }

    pub(super) fn of(&self, ask: Ask) -> &Statement {
        &self.0[ask as usize]
    }
}

#[cfg(test)]
#[test]
fn each_statement_is_where_it_is_looked_for() {
    assert!(ALL.iter().enumerate().all(|(index, ask)| *ask as usize == index));
}
