use super::*;

const SECRET: [u64; 4] = [1, 2, 3, 4];

#[test]
fn c8_1_1_7_a_branch_begins_with_the_cookie_and_is_a_token() {
    let branch = BranchMaker::new(0, SECRET).next(0);
    assert!(branch.as_str().starts_with(COOKIE));
    assert!(branch.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'.'));
}

#[test]
fn c8_1_1_7_no_two_branches_are_equal() {
    let mut shards = [BranchMaker::new(0, SECRET), BranchMaker::new(1, SECRET), BranchMaker::new(0, [9; 4])];
    let mut branches: Vec<Branch> = (0..3000).map(|turn| shards[turn % 3].next(7)).collect();
    branches.sort_unstable_by_key(|branch| branch.0);
    branches.dedup();
    assert_eq!(branches.len(), 3000);
}

#[test]
fn shard_and_loop_hash_are_read_back() {
    for (shard, hash) in [(0, 0), (7, 0x0123_4567_89ab_cdef), (u16::MAX, u64::MAX)] {
        let branch = BranchMaker::new(shard, SECRET).next(hash);
        assert_eq!(Branch::shard(branch.as_bytes()), Some(shard));
        assert_eq!(Branch::loop_hash(branch.as_bytes()), Some(hash));
    }
}

#[test]
fn a_foreign_branch_has_neither() {
    let ours = BranchMaker::new(3, SECRET).next(5);
    let ours = ours.as_bytes();
    let other_sign = [&ours[..7], b"-", &ours[8..]].concat();
    let no_digit = [&ours[..8], b"x", &ours[9..]].concat();
    let longer = [ours, b"0"].concat();
    let foreign: [&[u8]; 6] =
        [b"", b"z9hG4bK", b"z9hG4bK776asdhds", &other_sign, &longer, &ours[..ours.len() - 1]];
    for branch in foreign {
        assert_eq!(
            (Branch::shard(branch), Branch::loop_hash(branch)),
            (None, None),
            "{}",
            branch.escape_ascii()
        );
    }
    assert_eq!(Branch::shard(&no_digit), None);
}
