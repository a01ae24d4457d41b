use super::*;

#[test]
fn a_key_outlives_its_value_and_names_nothing() {
    let mut slab = Slab::new();
    let first = slab.insert('a').unwrap();
    assert_eq!(slab.remove(first), Some('a'));
    let second = slab.insert('b').unwrap();
    assert_eq!(slab.get(first), None);
    assert_eq!(slab.get_mut(first), None);
    assert_eq!(slab.remove(first), None);
    assert_eq!(slab.get(second), Some(&'b'));
}

#[test]
fn holes_are_used_again() {
    let mut slab = Slab::new();
    let keys: Vec<Key> = (0..10).map(|number| slab.insert(number).unwrap()).collect();
    keys.iter().for_each(|key| {
        slab.remove(*key);
    });
    (0..10).for_each(|number| {
        slab.insert(number).unwrap();
    });
    assert_eq!((slab.len(), slab.slots.len()), (10, 10));
}

#[test]
fn a_key_that_may_be_missing_is_no_larger() {
    assert_eq!(size_of::<Option<Key>>(), 8);
}
