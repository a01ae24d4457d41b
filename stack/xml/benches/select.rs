//! One element of a document of 2 kB and of 59 kB: found by its index, found cold, and edited.

use std::{fmt::Write as _, hint::black_box};

use criterion::{Criterion, criterion_group, criterion_main};
use xml::{
    Document, Index, Limits,
    edit::{self, Fragment},
    path::{Bindings, Path},
};

const NAMESPACE: &str = "urn:ietf:params:xml:ns:resource-lists";

fn document(size: usize) -> (String, usize) {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<resource-lists xmlns=\"{NAMESPACE}\">\n<list name=\"all\">\n"
    );
    let mut entries = 0;
    while text.len() + 40 < size {
        let _ = writeln!(
            text,
            "  <entry uri=\"sip:member{entries}@primary.example\">\n    <display-name>Member {entries}</display-name>\n  </entry>"
        );
        entries += 1;
    }
    text.push_str("</list>\n</resource-lists>\n");
    (text, entries)
}

fn benches(criterion: &mut Criterion) {
    for size in [2_048, 59 * 1024] {
        let (text, entries) = document(size);
        let selector = format!(
            "resource-lists/list[@name=\"all\"]/entry[@uri=\"sip:member{}@primary.example\"]",
            entries / 2
        );
        let bindings = Bindings { default: NAMESPACE, prefixes: &[] };
        let Ok(path) = Path::parse(&selector, &bindings) else { return };
        let Some(index) = Index::build(&text) else { return };
        let put = format!("<entry uri=\"sip:member{}@primary.example\"/>", entries / 2);
        criterion.bench_function(&format!("select warm {size}"), |b| {
            b.iter(|| black_box(index.select(&text, &path)));
        });
        criterion.bench_function(&format!("selector read and select warm {size}"), |b| {
            b.iter(|| Path::parse(black_box(&selector), &bindings).map(|path| index.select(&text, &path)));
        });
        criterion.bench_function(&format!("select cold {size}"), |b| {
            b.iter(|| Index::build(black_box(&text)).and_then(|index| index.select(&text, &path)));
        });
        criterion.bench_function(&format!("parse {size}"), |b| {
            b.iter(|| Document::parse(black_box(text.as_bytes()), &Limits::default()).is_ok());
        });
        criterion.bench_function(&format!("edit {size}"), |b| {
            b.iter(|| {
                let fragment = Fragment::parse(black_box(&put), &Limits::default()).ok()?;
                let spliced = edit::put_element(&text, &index, &path, &fragment).ok()?;
                let document = Document::parse(spliced.text.as_bytes(), &Limits::default()).ok()?;
                Some(spliced.keeps(&Index::of(&document), &path))
            });
        });
    }
}

criterion_group!(select, benches);
criterion_main!(select);
