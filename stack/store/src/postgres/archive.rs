//! All that the tables have: taken, put.

use std::sync::Arc;

use tokio_postgres::{Client, Error};

use super::{
    Address, apart,
    faults::Failed,
    octets, record, schema, session,
    transact::{signed, unsigned},
};
use crate::{
    Entry, Fault, Record, Version,
    archive::{Existing, Piece, Pieces, Take, occupied, unfinished},
    clock::Moment,
};

/// How many records are fetched or put at once.
const PAGE: usize = 200;

const FETCH: &str = "FETCH 200 FROM everything";

const PUT: &str = "INSERT INTO mcx_records (key, version, expires, value)
    SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bytea[])";

/// Whoever watches in a running process is told to read again: changes up to here are forgotten.
const FINISH: &str =
    "UPDATE mcx_about SET version = greatest(version, $1) + $2, forgotten = greatest(version, $1) + $2";

/// Gives everything, as of one moment.
pub(crate) fn export(address: &Address, take: Take<'_>) -> Result<(), Fault> {
    apart(async {
        let client = connect(address).await?;
        give(&client, take).await
    })
}

/// Puts everything, in one transaction. Who commits meanwhile waits.
pub(crate) fn import(address: &Address, pieces: Pieces<'_>, existing: Existing) -> Result<(), Fault> {
    apart(async {
        let client = connect(address).await?;
        receive(&client, pieces, existing).await
    })
}

async fn connect(address: &Address) -> Result<Client, Failed> {
    let what = format!("cannot use the database {address}");
    let (client, _) = session::connect(address, Arc::default(), &what).await?;
    schema::check(&client).await?;
    Ok(client)
}

fn unread(error: Error) -> Failed {
    Failed::at("cannot read all records", error)
}

fn unwritten(error: Error) -> Failed {
    Failed::at("cannot write records", error)
}

async fn give(client: &Client, take: Take<'_>) -> Result<(), Failed> {
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
        DECLARE everything NO SCROLL CURSOR FOR SELECT key, version, expires, value FROM mcx_records ORDER BY key";
    client.batch_execute(begin).await.map_err(unread)?;
    let about = client.query_one("SELECT version FROM mcx_about", &[]).await.map_err(unread)?;
    let fetch = client.prepare(FETCH).await.map_err(unread)?;
    loop {
        let rows = client.query(&fetch, &[]).await.map_err(unread)?;
        for row in &rows {
            take(Piece::Record(Entry { key: octets(row, 0), record: record(row, 1) }))?;
        }
        if rows.len() < PAGE {
            break;
        }
    }
    take(Piece::End(Version(unsigned(about.get(0)))))?;
    Ok(())
}

async fn receive(client: &Client, pieces: Pieces<'_>, existing: Existing) -> Result<(), Failed> {
    client.batch_execute("BEGIN; SELECT FROM mcx_about FOR UPDATE").await.map_err(unwritten)?;
    let there = client.query_one("SELECT EXISTS (SELECT FROM mcx_records)", &[]).await.map_err(unwritten)?;
    if there.get(0) && existing == Existing::Keep {
        return Err(occupied().into());
    }
    client.batch_execute("TRUNCATE mcx_records, mcx_changes").await.map_err(unwritten)?;
    let put = client.prepare(PUT).await.map_err(unwritten)?;
    let (mut page, mut end) = (Vec::with_capacity(PAGE), None);
    for piece in pieces {
        match piece? {
            Piece::Record(entry) => page.push(entry),
            Piece::End(version) => end = Some(version),
        }
        if page.len() == PAGE {
            write(client, &put, &page).await?;
            page.clear();
        }
    }
    let Some(version) = end else { return Err(unfinished().into()) };
    write(client, &put, &page).await?;
    client
        .execute(FINISH, &[&signed(version.0), &i64::from(there.get::<_, bool>(0))])
        .await
        .map_err(unwritten)?;
    client.batch_execute("COMMIT").await.map_err(unwritten)
}

async fn write(client: &Client, put: &tokio_postgres::Statement, page: &[Entry]) -> Result<(), Failed> {
    let expires = |record: &Record| record.expires.map(|expires| signed(Moment::of(expires).0));
    let keys: Vec<&[u8]> = page.iter().map(|entry| &entry.key[..]).collect();
    let versions: Vec<i64> = page.iter().map(|entry| signed(entry.record.version.0)).collect();
    let expiries: Vec<Option<i64>> = page.iter().map(|entry| expires(&entry.record)).collect();
    let values: Vec<&[u8]> = page.iter().map(|entry| &entry.record.value[..]).collect();
    client.execute(put, &[&keys, &versions, &expiries, &values]).await.map(|_| ()).map_err(unwritten)
}
