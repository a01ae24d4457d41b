//! The schemas of documents: the samples, and the same verdicts as the published schemas where these are at hand, on the
//! samples and on every small change of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::{collections::BTreeSet, fmt::Write, path::Path, process::Command, sync::LazyLock};

use common::{crate_path, samples, shared, valid_by_xmllint};
use xml::{
    Document, Limits,
    schema::{Catalog, SchemaSet, Validator},
};

/// Each vocabulary of documents with the root element of its samples.
const DOCUMENTS: [(&str, &str); 10] = [
    ("list-service", "group"),
    ("mcptt-service-config", "service-configuration-info"),
    ("mcptt-ue-config", "mcptt-UE-configuration"),
    ("mcptt-ue-init-config", "mcptt-UE-initial-configuration"),
    ("mcptt-user-profile", "mcptt-user-profile"),
    ("resource-lists", "resource-lists"),
    ("rls-services", "rls-services"),
    ("xcap-caps", "xcap-caps"),
    ("xcap-diff", "xcap-diff"),
    ("xcap-directory", "xcap-directory"),
];

static SCHEMAS: LazyLock<SchemaSet> =
    LazyLock::new(|| xml_schemas::xsd::documents(&xml_schemas::xsd::catalog().unwrap()).unwrap());

fn is_valid(schemas: &SchemaSet, bytes: &[u8]) -> bool {
    let document = Document::parse(bytes, &Limits::default()).unwrap();
    schemas.validate(&document).is_ok()
}

fn all(kind: &str) -> Vec<(String, Vec<u8>)> {
    let schemas = DOCUMENTS.iter().map(|(schema, _)| *schema).chain(["xcap-error"]);
    let named = |schema: &str| {
        let found = samples(&crate_path("samples").join(kind).join(schema));
        found.into_iter().map(|(name, bytes)| (format!("{kind}/{schema}/{name}"), bytes)).collect::<Vec<_>>()
    };
    schemas.flat_map(named).collect()
}

#[test]
fn the_schemas_accept_the_good_samples_and_no_other() {
    for (kind, expected) in [("good", true), ("bad", false)] {
        for (name, bytes) in all(kind) {
            assert_eq!(is_valid(&SCHEMAS, &bytes), expected, "{name}");
        }
    }
}

#[test]
fn a_sample_is_refused_under_another_usage() {
    for (schema, root) in DOCUMENTS {
        let (_, bytes) = samples(&crate_path("samples/good").join(schema)).remove(0);
        let document = Document::parse(&bytes, &Limits::default()).unwrap();
        let namespace = document.root().namespace();
        assert!(SCHEMAS.rooted(namespace, root).validate(&document).is_ok(), "{schema}");
        assert!(SCHEMAS.rooted(namespace, "another").validate(&document).is_err(), "{schema}");
    }
}

/// The published schemas, one import each, in an order in which those without a location find what they need.
const PUBLISHED: [(&str, &str); 17] = [
    ("http://www.w3.org/XML/1998/namespace", "xml.xsd"),
    ("urn:ietf:params:xml:ns:resource-lists", "resource-lists.xsd"),
    ("urn:ietf:params:xml:ns:rls-services", "rls-services.xsd"),
    ("urn:ietf:params:xml:ns:common-policy", "common-policy.xsd"),
    ("urn:oma:xml:xdm:common-policy", "oma-common-policy.xsd"),
    ("urn:oma:xml:xdm:extensions", "oma-xdm-extensions.xsd"),
    ("urn:oma:xml:xdm:xcap-directory", "oma-xcap-directory.xsd"),
    ("urn:ietf:params:xml:ns:xcap-caps", "xcap-caps.xsd"),
    ("urn:ietf:params:xml:ns:xcap-diff", "xcap-diff.xsd"),
    ("urn:ietf:params:xml:ns:xcap-error", "xcap-error.xsd"),
    ("urn:3gpp:ns:mcpttGKTP:1.0", "mcpttGKTP.xsd"),
    ("urn:3gpp:ns:mcpttGroupInfo:1.0", "mcpttGroupInfo.xsd"),
    ("urn:oma:xml:poc:list-service", "oma-list-service.xsd"),
    ("urn:3gpp:mcptt:user-profile:1.0", "mcptt-user-profile.xsd"),
    ("urn:3gpp:mcptt:mcpttUEinitConfig:1.0", "ue-init-config.xsd"),
    ("urn:3gpp:mcptt:mcpttUEConfig:1.0", "ue-config.xsd"),
    ("urn:3gpp:ns:mcpttServiceConfig:1.0", "Servconf.xsd"),
];

/// A schema in `folder` that imports others, for xmllint.
fn wrapper<'n>(
    folder: &Path,
    imports: impl Iterator<Item = (&'n str, std::path::PathBuf)>,
) -> std::path::PathBuf {
    let mut text =
        "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"urn:all\">".to_owned();
    for (namespace, path) in imports {
        let _ = write!(
            text,
            "<xs:import namespace=\"{namespace}\" schemaLocation=\"file://{}\"/>",
            path.display()
        );
    }
    let wrapper = folder.join("all.xsd");
    std::fs::write(&wrapper, text + "</xs:schema>").unwrap();
    wrapper
}

fn published(folder: &Path) -> Option<std::path::PathBuf> {
    let xsd = std::fs::canonicalize(shared("xsd")?).unwrap();
    let catalog = format!(
        "<catalog xmlns=\"urn:oasis:names:tc:entity:xmlns:xml:catalog\"><nextCatalog catalog=\"file://{}\"/></catalog>",
        xsd.join("catalog.xml").display()
    );
    std::fs::write(folder.join("catalog.xml"), catalog).unwrap();
    Some(wrapper(folder, PUBLISHED.iter().map(|(namespace, file)| (*namespace, xsd.join(file)))))
}

/// Our own schemas for xmllint. One of no namespace comes in by inclusion.
fn own(folder: &Path) -> std::path::PathBuf {
    let xsd = crate_path("xsd");
    let mut imports: Vec<(String, std::path::PathBuf)> = Vec::new();
    for (namespace, _) in PUBLISHED {
        let holds = |path: &Path| {
            std::fs::read_to_string(path).unwrap().contains(&format!("targetNamespace=\"{namespace}\""))
        };
        let mut files: Vec<_> = std::fs::read_dir(&xsd).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let file = files.into_iter().find(|path| holds(path));
        imports.push((namespace.to_owned(), file.unwrap_or_else(|| panic!("no schema of {namespace}"))));
    }
    wrapper(folder, imports.iter().map(|(namespace, path)| (namespace.as_str(), path.clone())))
}

/// Our engine over the published schemas, without the document type declarations that it refuses.
fn engine_over_published() -> Option<SchemaSet> {
    let xsd = shared("xsd")?;
    let mut catalog = Catalog::default();
    for file in PUBLISHED.iter().map(|(_, file)| *file).chain(["patch-ops.xsd"]) {
        let plain =
            Command::new("xmllint").args(["--nonet", "--noent", "--dropdtd"]).arg(xsd.join(file)).output();
        let Ok(plain) = plain else {
            eprintln!("skipped: xmllint cannot be run");
            return None;
        };
        let text = String::from_utf8(plain.stdout).unwrap();
        catalog
            .add(file, text.trim_start_matches('\u{feff}'))
            .unwrap_or_else(|error| panic!("{file}: {error}"));
    }
    let namespaces: Vec<&str> = PUBLISHED.iter().map(|(namespace, _)| *namespace).collect();
    Some(SchemaSet::build(&catalog, &namespaces).unwrap())
}

/// Demands one verdict of all four: our engine and xmllint, over our schemas and the published ones.
fn agree(documents: &[(String, Vec<u8>)]) {
    let (theirs, ours) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (Some(published), Some(engine)) = (published(theirs.path()), engine_over_published()) else { return };
    let own = own(ours.path());
    let Some(by_published) = valid_by_xmllint(&published, documents) else { return };
    let Some(by_own) = valid_by_xmllint(&own, documents) else { return };
    let mut disagreements = String::new();
    for (((name, bytes), by_published), by_own) in documents.iter().zip(by_published).zip(by_own) {
        let verdicts = [is_valid(&SCHEMAS, bytes), is_valid(&engine, bytes), by_own, by_published];
        if verdicts.iter().any(|verdict| *verdict != verdicts[0]) {
            let _ = writeln!(disagreements, "{name}: {verdicts:?}\n{}", String::from_utf8_lossy(bytes));
        }
    }
    assert!(
        disagreements.is_empty(),
        "ours, ours over theirs, xmllint over ours, xmllint over theirs:\n{disagreements}"
    );
}

#[test]
fn the_samples_get_the_verdicts_of_the_published_schemas() {
    let documents: Vec<_> = all("good").into_iter().chain(all("bad")).collect();
    agree(&documents);
}

#[test]
fn the_shared_samples_get_the_verdicts_of_the_published_schemas() {
    let Some(folder) = shared("samples/xml") else { return };
    let roots: BTreeSet<&str> = DOCUMENTS.iter().map(|(_, root)| *root).chain(["xcap-error"]).collect();
    let is_ours = |bytes: &[u8]| {
        let document = Document::parse(bytes, &Limits::default()).unwrap();
        roots.contains(document.root().name())
    };
    let documents: Vec<_> = samples(&folder).into_iter().filter(|(_, bytes)| is_ours(bytes)).collect();
    assert!(documents.len() > 4);
    agree(
        &documents
            .iter()
            .flat_map(|(name, bytes)| changes(name, bytes))
            .chain(documents.clone())
            .collect::<Vec<_>>(),
    );
}

#[test]
fn every_small_change_of_a_good_sample_gets_the_verdict_of_the_published_schemas() {
    let documents: Vec<_> = all("good").iter().flat_map(|(name, bytes)| changes(name, bytes)).collect();
    let valid = documents.iter().filter(|(_, bytes)| is_valid(&SCHEMAS, bytes)).count();
    assert!(valid > 1000 && documents.len() - valid > 3000, "{valid} of {} are valid", documents.len());
    agree(&documents);
}

/// What stands in for a value. Nothing on which libxml2 is known to leave XML Schema: references without identifiers,
/// odd Base64, odd URIs.
const VALUES: [&str; 8] = ["", " ", "x", "-1", "0", "256", "70000", "true"];

/// One element or attribute of the document left out, doubled, renamed, moved, or given another value, each in turn.
fn changes(name: &str, bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let text = std::str::from_utf8(bytes).unwrap();
    let document = Document::parse(bytes, &Limits::default()).unwrap();
    let mut changed: BTreeSet<String> = BTreeSet::new();
    let mut open = vec![document.root()];
    while let Some(element) = open.pop() {
        let children: Vec<_> = element.children().collect();
        let range = element.range();
        let source = &text[range.clone()];
        let mut with = |replacement: &str| {
            changed.insert(format!("{}{replacement}{}", &text[..range.start], &text[range.end..]));
        };
        let tag_end = source.find('>').unwrap();
        let name_end = source.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).unwrap();
        with(&format!("{} zz=\"1\"{}", &source[..name_end], &source[name_end..]));
        with(&format!("{} xml:lang=\"pt\"{}", &source[..name_end], &source[name_end..]));
        if children.is_empty() {
            for value in VALUES {
                let start = source[..tag_end].trim_end_matches('/');
                with(&format!("{start}>{value}</{}>", &source[1..name_end]));
            }
        }
        for (_, attribute, value) in element.attributes() {
            for new in VALUES {
                with(&source.replacen(
                    &format!("{attribute}=\"{value}\""),
                    &format!("{attribute}=\"{new}\""),
                    1,
                ));
            }
            with(&source.replacen(&format!(" {attribute}=\"{value}\""), "", 1));
        }
        if range.start != document.root().range().start {
            with("");
            with(&format!("{source}{source}"));
            with("<anyExt/>");
            with(&format!("{source}<o:odd xmlns:o=\"urn:odd\" a=\"1\" b=\"2\"/>"));
            with(&format!("text{source}"));
        }
        for pair in children.windows(2) {
            let (one, other) = (pair[0].range(), pair[1].range());
            changed.insert(format!(
                "{}{}{}{}{}",
                &text[..one.start],
                &text[other.clone()],
                &text[one.end..other.start],
                &text[one.clone()],
                &text[other.end..]
            ));
        }
        open.extend(children);
    }
    let documents =
        changed.into_iter().filter(|text| Document::parse(text.as_bytes(), &Limits::default()).is_ok());
    documents
        .enumerate()
        .map(|(number, text)| (format!("{name} change {number}"), text.into_bytes()))
        .collect()
}
