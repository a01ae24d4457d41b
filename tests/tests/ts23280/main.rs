//! TS 23.280, clause by clause.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "tests fail loudly")]

mod administration;
mod administration_failures;
mod c10_17_3_2;
mod c10_17_4_2;
mod c10_17_5_2;
mod c10_17_7_2;
mod c10_17_aliases;
mod c10_17_ends;
mod c10_2_7_2;
mod c10_2_7_3;
mod c10_6_3_3;
mod c10_6_3_3_profile;
mod c10_6_3_clocks;
mod c10_6_3_served;
mod c10_6_3_tokens;
mod c10_9_3_10_2;
mod c10_9_3_2;
mod failures;
mod flow_names;
mod group_failures;
mod groups;
mod log_on;
mod migration_failures;

const ALICE: &str = "sip:alice@primary.example";
const DAVE: &str = "sip:dave@primary.example";
const BOB: &str = "sip:bob@partner.example";
const CAROL: &str = "sip:carol@partner.example";
const ERIN: &str = "sip:erin@partner.example";

const LMS_A: &str = "lms1.core.primary.example";
const LMS_B: &str = "lms1.core.partner.example";
const GMS_A: &str = "gms1.core.primary.example";
const MCS_A: &str = "mcs1.core.primary.example";
const MCS_B: &str = "mcs1.core.partner.example";
const GMS_B: &str = "gms1.core.partner.example";
const GATEWAY_A: &str = "mcgw.primary.example";
const GATEWAY_B: &str = "mcgw.partner.example";
const ACM_A: &str = "acm1.core.primary.example";
const ACM_B: &str = "acm1.core.partner.example";
const ALIASES_A: &str = "fa1.core.primary.example";
const ALIASES_B: &str = "fa1.core.partner.example";
const CORE_B: &str = "sip-core.core.partner.example";
