//! What the log has of something.

use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What this comes to, and the lines about `target` that it leaves in the log.
pub fn lines_of<T>(target: &str, work: impl FnOnce() -> T) -> (T, Vec<String>) {
    let log = Log::default();
    let writer = log.clone();
    let lines = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
    // Of one dispatcher alone, threads of other tests would have their say in what it is asked about.
    let _other = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let done = tracing::subscriber::with_default(lines, work);
    let told = String::from_utf8_lossy(&log.0.lock().expect("lock")).into_owned();
    (done, told.lines().filter(|line| line.contains(target)).map(str::to_owned).collect())
}
