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
    assert_eq!((slab.len(), slab.pages.iter().map(Vec::len).sum::<usize>()), (10, 10));
}

#[test]
fn a_key_that_may_be_missing_is_no_larger() {
    assert_eq!(size_of::<Option<Key>>(), 8);
}

#[test]
fn what_is_there_stays_where_it_is_when_more_comes() {
    let mut slab = Slab::new();
    let first = slab.insert(0).unwrap();
    let place = std::ptr::from_ref(slab.get(first).unwrap());
    let keys: Vec<Key> = (1..=3 * PAGE).map(|number| slab.insert(number).unwrap()).collect();
    assert_eq!(std::ptr::from_ref(slab.get(first).unwrap()), place);
    assert!(keys.iter().zip(1..).all(|(key, number)| slab.get(*key) == Some(&number)));
    assert!(keys.iter().zip(1..).all(|(key, number)| slab.remove(*key) == Some(number)));
    assert_eq!(slab.len(), 1);
}
