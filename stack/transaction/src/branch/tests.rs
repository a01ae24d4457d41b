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
fn every_shard_reads_shard_and_loop_hash_back() {
    let other = BranchMaker::new(9, SECRET);
    for (shard, hash) in [(0, 0), (7, 0x0123_4567_89ab_cdef), (u16::MAX, u64::MAX)] {
        let branch = BranchMaker::new(shard, SECRET).next(hash);
        assert_eq!(other.shard(branch.as_bytes()), Some(shard));
        assert_eq!(other.loop_hash(branch.as_bytes()), Some(hash));
    }
}

#[test]
fn a_branch_of_anybody_else_or_one_that_was_changed_has_neither() {
    let mut maker = BranchMaker::new(3, SECRET);
    let ours = maker.next(5);
    let ours = ours.as_bytes();
    let longer = [ours, b"0"].concat();
    let upper = ours.to_ascii_uppercase();
    let another_run = BranchMaker::new(3, [9; 4]).next(5);
    let mut foreign: Vec<Vec<u8>> =
        [b"".as_slice(), b"z9hG4bK", b"z9hG4bK776asdhds", &longer, &upper].map(<[u8]>::to_vec).to_vec();
    foreign.push(another_run.as_bytes().to_vec());
    foreign.push(ours[..ours.len() - 1].to_vec());
    for at in COOKIE.len()..ours.len() {
        let mut changed = ours.to_vec();
        changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
        foreign.push(changed);
    }
    for branch in foreign {
        let read = (maker.shard(&branch), maker.loop_hash(&branch));
        assert_eq!(read, (None, None), "{}", branch.escape_ascii());
    }
}

#[test]
fn who_sees_our_branches_counts_neither_requests_nor_shards() {
    let mut makers = [BranchMaker::new(0, SECRET), BranchMaker::new(1, SECRET)];
    let branches: Vec<Branch> = (0..512).map(|turn| makers[turn % 2].next(0)).collect();
    // A digit that counts, or says the shard, would be the same in branches that follow each other; a sealed one is so in
    // one of sixteen.
    for place in COOKIE.len() + 17..LENGTH {
        let steady = branches.windows(3).filter(|near| near[0].0[place] == near[2].0[place]).count();
        assert!(steady < 100, "digit {place} changes too seldom: {steady} of 510");
        let first = branches.iter().step_by(2).map(|branch| branch.0[place]);
        let mut seen: Vec<u8> = first.collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 16, "digit {place}");
    }
}
