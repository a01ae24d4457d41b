//! A file without content is taken as new, and not in silence.

use std::{fmt, sync::Arc};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use super::*;

/// Keeps the warnings of one thread.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<String>>>);

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!("{field}={value:?} "));
    }
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().push(text.0);
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

fn opened(path: &Path) -> Vec<String> {
    let warnings = Warnings::default();
    tracing::subscriber::with_default(warnings.clone(), || drop(Redb::open(path, clock()).unwrap()));
    warnings.0.lock().clone()
}

#[test]
fn a_file_without_content_is_taken_as_new_with_a_warning_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let (new, emptied) = (folder.path().join("new"), folder.path().join("emptied"));
    fs::write(&emptied, "").unwrap();
    #[cfg(unix)]
    fs::set_permissions(&emptied, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert_eq!(opened(&new), [""; 0]);
    assert_eq!(opened(&new), [""; 0], "its own");
    let told = opened(&emptied);
    assert!(told.len() == 1 && told[0].contains(&emptied.display().to_string()), "{told:?}");
    assert_eq!(opened(&emptied), [""; 0], "it has content now");
}
