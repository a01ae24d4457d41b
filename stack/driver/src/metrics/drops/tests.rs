use super::*;

const TABLE: &str = "\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 4222: 0100007F:13C4 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 194416 2 00000000f52a2d4d 3
 4222: 0100007F:13C4 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 194417 2 00000000f52a2d4e 4
 7654: 0200007F:13C4 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 194402 2 000000003589c441 9
";

#[cfg(target_endian = "little")]
#[test]
fn drops_of_all_shards_of_one_address_are_summed() {
    assert_eq!(dropped(TABLE, "127.0.0.1:5060".parse().unwrap()), Some(7));
    assert_eq!(dropped(TABLE, "127.0.0.3:5060".parse().unwrap()), None);
    assert_eq!(in_table("[::1]:5060".parse().unwrap()), "00000000000000000000000001000000:13C4");
}
