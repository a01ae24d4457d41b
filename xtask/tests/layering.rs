//! Who may know whom: the picture of ARCHITECTURE.md, kept by a test.

#![allow(clippy::expect_used, reason = "a test")]

use std::{collections::BTreeMap, process::Command};

/// Our packages, and which of ours each may name in any kind of dependency but those for tests.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("mcx-sip", &[]),
    ("mcx-xml", &[]),
    ("mcx-store", &[]),
    ("mcx-certs", &[]),
    ("mcx-transaction", &["mcx-sip"]),
    ("mcx-proxy", &["mcx-sip"]),
    ("mcx-dialog", &["mcx-sip"]),
    ("mcx-xcap", &["mcx-xml"]),
    ("mcx-protection", &["mcx-xml"]),
    ("mcx-audit", &["mcx-store"]),
    ("mcx-wire", &["mcx-sip"]),
    ("mcx-driver", &["mcx-wire", "mcx-proxy", "mcx-transaction", "mcx-sip"]),
    ("mcx-xml-schemas", &["mcx-xml"]),
    (
        "mcx-kit",
        &[
            "mcx-xml-schemas",
            "mcx-xml",
            "mcx-xcap",
            "mcx-protection",
            "mcx-audit",
            "mcx-store",
            "mcx-wire",
            "mcx-dialog",
            "mcx-sip",
        ],
    ),
    // Beside the schemas, the border reads bodies that it does not decode.
    (
        "mcx-gateway",
        &["mcx-kit", "mcx-xml-schemas", "mcx-xml", "mcx-store", "mcx-wire", "mcx-sip", "mcx-proxy"],
    ),
    ("mcx-sip-core", &["mcx-kit", "mcx-xml-schemas", "mcx-store", "mcx-wire", "mcx-sip", "mcx-proxy"]),
    ("mcx-service", DOCUMENTS),
    ("mcx-locations", &["mcx-kit", "mcx-xml-schemas", "mcx-store", "mcx-wire", "mcx-sip"]),
    ("mcx-aliases", &["mcx-kit", "mcx-xml-schemas", "mcx-audit", "mcx-store", "mcx-wire", "mcx-sip"]),
    // A user's profile is shown as it was and as it is to be.
    (
        "mcx-acm",
        &[
            "mcx-kit",
            "mcx-xml-schemas",
            "mcx-xml",
            "mcx-xcap",
            "mcx-audit",
            "mcx-store",
            "mcx-wire",
            "mcx-sip",
        ],
    ),
    ("mcx-groups", DOCUMENTS),
    ("mcx-configuration", DOCUMENTS),
    // GPX tracks are XML of nobody's schema here.
    (
        "mcx-clients",
        &[
            "mcx-kit",
            "mcx-xml-schemas",
            "mcx-xml",
            "mcx-xcap",
            "mcx-store",
            "mcx-wire",
            "mcx-dialog",
            "mcx-sip",
        ],
    ),
    ("mcx-identity", &["mcx-kit", "mcx-xml-schemas", "mcx-audit", "mcx-store", "mcx-wire"]),
    ("xtask", &["mcx-certs"]),
];

/// What servers of documents build on.
const DOCUMENTS: &[&str] = &[
    "mcx-kit",
    "mcx-xml-schemas",
    "mcx-xml",
    "mcx-xcap",
    "mcx-audit",
    "mcx-store",
    "mcx-wire",
    "mcx-dialog",
    "mcx-sip",
];

/// These assemble everything, or stand outside.
const ASSEMBLE: &[&str] = &["mcx", "mcx-tests", "mcx-interop", "mcx-load"];

/// Others' crates that only some of ours may name. `deny.toml` keeps the same for the binary's whole tree.
const ONLY: &[(&[&str], &[&str])] = &[
    (
        &["tokio", "tokio-rustls", "rustls", "hyper", "hyper-util"],
        &["mcx-driver", "mcx", "mcx-certs", "mcx-tests", "mcx-store", "mcx-interop", "mcx-load"],
    ),
    (&["nom", "rsip"], &["mcx-sip"]),
    (&["quick-xml", "roxmltree"], &["mcx-xml"]),
];

struct Package {
    /// Name and whether it is for tests only.
    dependencies: Vec<(String, bool)>,
}

fn workspace() -> BTreeMap<String, Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let package = |package: &serde_json::Value| {
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        let dependencies = dependencies.map(|each| (text(&each["name"]), each["kind"] == "dev")).collect();
        (text(&package["name"]), Package { dependencies })
    };
    metadata["packages"].as_array().into_iter().flatten().map(package).collect()
}

#[test]
fn every_package_has_its_place() {
    for name in workspace().keys() {
        let placed = MAY_KNOW.iter().any(|(known, _)| known == name) || ASSEMBLE.contains(&name.as_str());
        assert!(placed, "{name} has no place in the layering; give it one here and in ARCHITECTURE.md");
    }
}

#[test]
fn nobody_knows_more_of_ours_than_the_layering_allows() {
    let packages = workspace();
    for (name, may_know) in MAY_KNOW {
        let Some(package) = packages.get(*name) else { continue };
        for (dependency, _) in package.dependencies.iter().filter(|(_, for_tests)| !for_tests) {
            let ours = packages.contains_key(dependency);
            assert!(!ours || may_know.contains(&dependency.as_str()), "{name} must not know {dependency}");
        }
    }
}

#[test]
fn entities_never_know_each_other_not_even_in_tests() {
    let entities = [
        "mcx-gateway",
        "mcx-sip-core",
        "mcx-service",
        "mcx-locations",
        "mcx-clients",
        "mcx-groups",
        "mcx-configuration",
        "mcx-identity",
    ];
    let packages = workspace();
    for name in entities {
        for (dependency, _) in packages.get(name).into_iter().flat_map(|package| &package.dependencies) {
            assert!(!entities.contains(&dependency.as_str()), "{name} must not know {dependency}");
        }
    }
}

#[test]
fn runtimes_and_parsers_are_named_only_where_they_belong() {
    for (name, package) in workspace() {
        for (dependency, _) in package.dependencies.iter().filter(|(_, for_tests)| !for_tests) {
            for (crates, places) in ONLY {
                let belongs = !crates.contains(&dependency.as_str()) || places.contains(&name.as_str());
                assert!(belongs, "{name} must not name {dependency}");
            }
        }
    }
}
