//! A mistake is told once: what follows from it is not.

use crate::refused;

#[test]
fn nobody_is_to_blame_for_a_profile_that_could_not_be_read() {
    refused("certificate = \"tls/border.pem\"\n", "", "missing key \"certificate\" in [tls.border]");
    refused("certificate = \"tls/border.pem\"", "certificate = 3.5", "\"certificate\" must be a path");
    refused(
        "certificate = \"tls/border.pem\"",
        "certificate = \"tls/nothing.pem\"",
        "tls/nothing.pem cannot be read",
    );
}

#[test]
fn a_border_listener_that_names_no_profile_speaks_tls_all_the_same() {
    refused(
        "transport = \"tls\"\ntls = \"border\"",
        "transport = \"tls\"",
        "a TLS listener needs the key \"tls\"",
    );
}

#[test]
fn nobody_is_to_blame_for_a_user_whom_the_core_could_not_read() {
    refused("username = \"alice\"\n", "", "missing key \"username\" in [sip-core.users]");
    refused("ha1-sha-256 = \"", "ha1-sha-256 = 3.5 # \"", "\"ha1-sha-256\" must be a string");
}

#[test]
fn nobody_is_to_blame_for_a_system_that_has_no_name() {
    refused(
        "[locations]\nname = \"lms1.core.primary.example\"\npsi = ",
        "[locations]\nname = \"lms1.core.primary.example\"\n# psi = ",
        "missing key \"psi\" in [locations]",
    );
    refused(
        "[[locations.partner]]\nname = \"partner.example\"\n",
        "[[locations.partner]]\n",
        "missing key \"name\" in [locations.partner]",
    );
}

#[test]
fn what_is_looked_at_twice_is_told_of_once() {
    refused("lab = true", "lab = 3.5", "\"lab\" must be true or false");
    refused(
        "impu = \"sip:alice.imsi@primary.example\"",
        "impu = 3.5",
        "\"impu\" must be public user identity",
    );
    refused("side = \"border\"", "side = 3.5", "\"side\" must be one of");
}
