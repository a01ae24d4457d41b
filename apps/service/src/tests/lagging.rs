//! A server that could not follow what is written about migrations, since it was too much at once.

use store::Batch;

use super::*;

/// More than wait for one who watches (`stack/store/src/watch.rs`).
const TOO_MANY: usize = 5_000;

#[test]
fn whoever_waits_for_a_commit_of_which_was_not_told_waits_no_longer_than_what_is_kept_is_read_again() {
    let lab = Lab::new();
    let clock = lab.world("store").clock;
    let store: Arc<dyn Store> =
        Arc::new(Redb::open_in_memory(Disk::new(), store::Clock::new(move || clock.wall())).unwrap());
    let returning = config::Returning::Welcome;
    let server = server_with(&lab, returning, Arc::clone(&store), Some(MigrationConfig::default()));
    lab.run();
    let commit = |batch| store.commit(batch).now_or_never().expect("never busy").expect("is kept");
    let letter = |number: usize| format!("service/migration/letter/{number}");
    commit((0..TOO_MANY).fold(Batch::new(), |batch, number| batch.put(letter(number), "")));
    commit((0..TOO_MANY).fold(Batch::new(), |batch, number| batch.delete(letter(number))));
    let version = commit(Batch::new().put("service/migration/fence", ""));
    // All of that was too much to be told, and is read; nothing is written after it.
    lab.run();
    let migrations = server.migrations().expect("is configured");
    assert!(migrations.known_to(version).now_or_never().is_some());
}
