use ahash::RandomState;

use super::*;

#[test]
fn what_was_put_in_is_found_until_it_is_taken_out() {
    let hasher = RandomState::with_seeds(1, 2, 3, 4);
    let hash = |number: &u32| hasher.hash_one(number);
    let mut index = Index::new();
    (0..10_000_u32).for_each(|number| index.insert(hash(&number), number, hash));
    assert!((0..10_000).all(|number| index.find(hash(&number), |other| *other == number) == Some(number)));
    (0..10_000).filter(|number| number % 2 == 0).for_each(|number| index.remove(hash(&number), number));
    assert!((0..10_000).all(|number| {
        let found = index.find(hash(&number), |other| *other == number);
        found == (number % 2 == 1).then_some(number)
    }));
}

#[test]
fn no_stripe_has_much_more_to_move_than_the_others() {
    let hasher = RandomState::with_seeds(1, 2, 3, 4);
    let mut index = Index::new();
    (0..100_000_u32)
        .for_each(|number| index.insert(hasher.hash_one(number), number, |key| hasher.hash_one(key)));
    assert!(index.0.iter().all(|stripe| (200..800).contains(&stripe.len())));
}
