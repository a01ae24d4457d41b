//! Collections of many documents: RFC 5875 clause 4.4.

use futures::executor::block_on;
use store::Batch;

use super::*;

const FOLDER: &str = "resource-lists/users/sip:u@a.example/";

fn filled(documents: usize) -> World {
    let world = World::new();
    let list = "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"/>";
    let put = |batch: Batch, number: usize| batch.put(format!("gms/document/{FOLDER}{number:05}"), list);
    block_on(world.store.commit((0..documents).fold(Batch::new(), put))).unwrap();
    world
}

#[test]
fn c4_4_all_documents_are_told_however_many_pages_they_are_read_in() {
    let world = filled(1_500);
    world.subscribe("no-patching", &[FOLDER]);
    assert_eq!(read(&world.heard().pop().unwrap()).changes.len(), 1_500);
    let last = format!("{FOLDER}01499");
    world.request("DELETE", &last, "");
    let told = read(&world.heard().pop().unwrap());
    assert_eq!(told.changes.len(), 1, "one is gone, and no other");
}

#[test]
fn c4_4_a_collection_that_cannot_be_told_at_once_is_refused() {
    let world = filled(10_001);
    world.subscribe("no-patching", &[FOLDER]);
    assert_eq!(world.heard(), ["over Some(413)"]);
}
