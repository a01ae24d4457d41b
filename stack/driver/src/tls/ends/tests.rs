use certs::{Authority, Leaf, Validity};

use super::*;
use crate::RuntimeClock;

fn clock(now: SystemTime) -> Arc<dyn Clock> {
    Arc::new(RuntimeClock::starting_at(now))
}

#[tokio::test(start_paused = true)]
async fn each_certificate_says_how_long_it_holds_as_of_the_last_reading() {
    let (ours, theirs) = (Authority::new("ours").expect("made"), Authority::new("theirs").expect("made"));
    let profile = |leaf: &Leaf| {
        let issued = ours.issue(leaf).expect("issued");
        TlsProfile::new("border", issued.cert_pem, issued.key_pem, theirs.pem())
    };
    let metrics = crate::Metrics::new();
    let now = UNIX_EPOCH + Duration::from_secs(1_767_225_600);
    let clock = clock(now);
    let node = |leaf: &Leaf| metrics.certificates().are("gw", &[profile(leaf)], &clock);

    node(&Leaf::new("gw a").sip_domain("a.example"));
    let left = metrics.certificates().left();
    let of = |holder: &str, left: &BTreeMap<Labels, i64>| {
        let found = left.iter().find(|((profile, of, _), _)| &**profile == "border" && *of == holder);
        found.map(|((.., subject), left)| (subject.clone(), *left)).expect("is there")
    };
    let (subject, own) = of("own", &left);
    assert!(subject.contains("gw a") && own > 0, "{left:?}");
    assert!(of("trusted", &left).0.contains("theirs"), "{left:?}");
    assert_eq!(left.len(), 2, "{left:?}");

    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(of("own", &metrics.certificates().left()).1, own - 60, "as of when it is asked");
    node(&Leaf::new("gw a").sip_domain("a.example").expired());
    assert!(of("own", &metrics.certificates().left()).1 < 0, "the one that was read last");
    let text = metrics.text();
    assert!(
        text.contains("tls_certificate_seconds{profile=\"border\",holder=\"own\",subject=\"CN=gw a\"} -"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn rfc5280_5_1_2_5_each_revocation_list_says_when_the_next_one_is_to_be_there() {
    let (ours, theirs) = (Authority::new("ours").expect("made"), Authority::new("theirs").expect("made"));
    let issued = ours.issue(&Leaf::new("gw a").sip_domain("a.example")).expect("issued");
    let now = UNIX_EPOCH + Duration::from_secs(1_767_225_600);
    let (metrics, clock) = (crate::Metrics::new(), clock(now));
    let node = |lists: &[u64]| {
        let mut profile = TlsProfile::new("border", &*issued.cert_pem, &*issued.key_pem, theirs.pem());
        for seconds in lists {
            let until = now + Duration::from_secs(*seconds);
            let validity = Validity { from: Validity::wide().from, until };
            profile.crls.push(theirs.crl(1, validity, &[7]).expect("signed"));
        }
        metrics.certificates().are("gw", &[profile], &clock);
    };
    node(&[600, 300]);
    tokio::time::advance(Duration::from_secs(400)).await;
    let line = "tls_revocation_list_seconds{profile=\"border\",issuer=\"CN=theirs\"} ";
    let text = metrics.text();
    assert!(
        text.contains(&format!("{line}-100\n")),
        "the one that ends first, as of when it is asked: {text}"
    );
    node(&[600]);
    assert!(metrics.text().contains(&format!("{line}200\n")), "as it was read last");
    node(&[]);
    assert!(!metrics.text().contains(line), "of none nothing is said");
}
