//! The tables, and who makes them.

use tokio_postgres::{Client, error::SqlState};

use super::faults::Failed;
use crate::Kind;

/// The format that this program writes and reads. It changes when an earlier program would misread the tables.
pub(super) const FORMAT: i32 = 1;

/// `mcx_about` has one row, which every commit locks first: it gives versions out, in the order in which commits become
/// visible. `mcx_writers` says which group of each process was committed last. `mcx_changes` is what watchers are told.
///
/// Values of up to 8 kB lie in their row as they are: an MC document is not worth being compressed or moved to a table of its
/// own with every commit.
const TABLES: &str = "
CREATE TABLE mcx_about (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    format integer NOT NULL,
    version bigint NOT NULL,
    forgotten bigint NOT NULL
);
CREATE TABLE mcx_records (
    key bytea PRIMARY KEY,
    version bigint NOT NULL,
    expires bigint,
    value bytea NOT NULL
) WITH (toast_tuple_target = 8160);
CREATE INDEX mcx_records_expires ON mcx_records (expires) WHERE expires IS NOT NULL;
CREATE TABLE mcx_changes (
    version bigint NOT NULL,
    ordinal integer NOT NULL,
    key bytea NOT NULL,
    deleted boolean NOT NULL,
    PRIMARY KEY (version, ordinal)
);
CREATE TABLE mcx_writers (
    id text PRIMARY KEY,
    committed bigint NOT NULL,
    seen timestamptz NOT NULL
);
";

/// What became of the tables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Migration {
    /// There were none.
    Made,
    /// They are as this program wants them.
    Present,
}

/// Makes the tables where there are none.
pub(super) async fn migrate(client: &mut Client) -> Result<Migration, Failed> {
    let failed = |error| Failed::at("cannot make the tables", error);
    let transaction = client.transaction().await.map_err(failed)?;
    // Two who migrate at once do so one after the other.
    transaction.batch_execute("SELECT pg_advisory_xact_lock(7234120)").await.map_err(failed)?;
    let there = transaction.query_one("SELECT to_regclass('mcx_about') IS NOT NULL", &[]).await;
    if there.map_err(failed)?.get(0) {
        drop(transaction);
        return check(client).await.map(|()| Migration::Present);
    }
    transaction.batch_execute(TABLES).await.map_err(failed)?;
    let about = "INSERT INTO mcx_about (format, version, forgotten) VALUES ($1, 0, 0)";
    transaction.execute(about, &[&FORMAT]).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(Migration::Made)
}

/// Whether the tables are there, in our format.
pub(super) async fn check(client: &Client) -> Result<(), Failed> {
    match client.query_one("SELECT format FROM mcx_about", &[]).await {
        Ok(row) => is_ours(row.get(0)),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Err(Failed::for_good(
            Kind::Unprepared,
            "the database has no tables for documents: make them with mcx store migrate",
        )),
        Err(error) => Err(Failed::at("cannot look at the tables", error)),
    }
}

/// Whether tables in this format may be used.
pub(super) fn is_ours(format: i32) -> Result<(), Failed> {
    match format {
        FORMAT => Ok(()),
        newer if newer > FORMAT => {
            let what = format!(
                "the tables were made by a later version of this program (format {newer}, known is {FORMAT})"
            );
            Err(Failed::for_good(Kind::Newer, what))
        }
        unknown => {
            Err(Failed::for_good(Kind::Corrupt, format!("the tables have the unknown format {unknown}")))
        }
    }
}
