//! Nothing internal of either system is in any octet of a whole subscription between them.

use proptest::{prelude::*, test_runner::RngSeed};
use sip::{Message, Name};

use crate::{
    CHANGED, PROXY, changed,
    common::ends::{self, *},
    fine, live, subscribed,
};

/// What names the inside of either system.
fn exposes(message: &Message) -> Option<String> {
    Pair::hosts().occur_in(message.bytes()).then(|| String::from_utf8_lossy(message.bytes()).into_owned())
}

#[test]
fn nothing_internal_crosses_in_a_whole_subscription() {
    for recorded in ["", PROXY] {
        let mut pair = Pair::new(true);
        let (mut subscriber, mut notifier) = subscribed(&mut pair, recorded);
        live(&mut pair, &mut subscriber, &mut notifier);
        assert_eq!(pair.crossed.len(), 6);
        for message in &pair.crossed {
            assert_eq!(exposes(message), None);
        }
    }
}

fn seeded() -> ProptestConfig {
    ProptestConfig { rng_seed: RngSeed::Fixed(6665), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(seeded())]

    #[test]
    fn nothing_internal_crosses_in_any_field_of_a_subscription(
        lines in proptest::collection::vec(("[A-Z][a-z]{2,12}(-[A-Z][a-z]{1,8})?", "[a-z]{1,8}", any::<bool>()), 0..6),
        call in "[a-z0-9]{1,12}", tag in "[a-z0-9]{1,12}",
    ) {
        let more: String = lines.iter().filter(|(name, ..)| Name::from_bytes(name.as_bytes()) == Name::Other)
            .map(|(name, host, near)| {
                let system = if *near { "primary" } else { "partner" };
                format!("{name}: <sip:{host}.core.{system}.example>\r\n")
            }).collect();
        let first = changed(&subscribe(PROXY), "Expires: 3600\r\n", &format!("Expires: 3600\r\n{more}"));
        let first = changed(&changed(&first, "sub1@", &format!("{call}@")), "tag=s1.", &format!("tag={tag}."));
        let mut pair = Pair::new(true);
        let (arrived, answered) = pair.out(&first, |arrived| {
            changed(&answer(200, arrived, &format!("{tag}.core.partner.example"), NOTIFIER), "Expires: 3600\r\n", &more)
        });
        let mut notifier = ends::Dialog::of_request(&arrived, &format!("{tag}.core.partner.example"));
        let mut subscriber = ends::Dialog::of_answer(&answered);
        pair.notify(&notifier.request("NOTIFY", &format!("Subscription-State: active\r\n{more}"), CHANGED), fine);
        pair.out(&subscriber.request("SUBSCRIBE", &more, ""), |arrived| answer(200, arrived, "", NOTIFIER));
        for message in &pair.crossed {
            prop_assert_eq!(exposes(message), None);
        }
    }
}
