use prometheus_client::{encoding::text, registry::Registry};

use super::Metrics;
use crate::Cause;

impl Metrics {
    /// What a scraper reads.
    pub(crate) fn text(&self) -> String {
        let (mut registry, mut out) = (Registry::default(), String::new());
        self.register(&mut registry);
        text::encode(&mut out, &registry).expect("a string takes everything");
        out
    }
}

#[test]
fn entities_of_one_process_share_a_family_and_differ_by_name() {
    let metrics = Metrics::default();
    for entity in ["lms1", "mcs1"] {
        metrics.of(entity.into()).decided("ask-location", "refuse policy-refuses");
    }
    let text = metrics.text();
    for entity in ["lms1", "mcs1"] {
        let labels =
            format!("entity=\"{entity}\",question=\"ask-location\",verdict=\"refuse policy-refuses\"");
        assert!(text.contains(&format!("mcx_decisions_total{{{labels}}} 1\n")), "{text}");
    }
    assert_eq!(text.matches("# TYPE mcx_decisions ").count(), 1);
}

#[test]
fn a_question_is_open_until_it_is_dropped() {
    let metrics = Metrics::default();
    let counters = metrics.of("lms1".into());
    let (first, second) = (counters.open(), counters.open());
    assert!(metrics.text().contains("mcx_questions_open{entity=\"lms1\"} 2\n"));
    drop((first, second));
    assert!(metrics.text().contains("mcx_questions_open{entity=\"lms1\"} 0\n"));
}

#[test]
fn a_part_of_a_request_is_counted_with_its_partner_and_cause() {
    let metrics = Metrics::default();
    let counters = metrics.of("lms1".into());
    counters.part("location-request", Some("b.example"), Some(Cause::TimedOut));
    counters.part("location-request", None, None);
    let text = metrics.text();
    for (partner, cause) in [("b.example", "timed-out"), ("", "")] {
        let labels =
            format!("entity=\"lms1\",flow=\"location-request\",partner=\"{partner}\",cause=\"{cause}\"");
        assert!(text.contains(&format!("mcx_parts_total{{{labels}}} 1\n")), "{text}");
    }
}
