//! Collects what is logged on this thread, so that a test can say what must and what must not be there.
//!
//! A subscriber of its own, scoped to the test: no test sees another's lines. Spans are not kept.

#![expect(clippy::unwrap_used, reason = "a test that has panicked has failed already")]

use std::{
    fmt::{Debug, Write},
    sync::{Arc, LazyLock, Mutex},
};

use tracing::{
    Dispatch, Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::DefaultGuard,
};

/// A log event: its level and all its fields in one text.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) level: Level,
    pub(crate) text: String,
}

/// To be called before a subscriber of this thread alone.
///
/// While there is one dispatcher only, `tracing` asks the thread that comes first to a span or an event whether anyone listens, and
/// takes the answer for all threads: a test without a subscriber would silence it for the others. So there is a second one.
pub(crate) fn listen_on_all_threads() {
    static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(tracing_subscriber::registry()));
    LazyLock::force(&SECOND);
}

/// What has been logged on this thread since this value was made, until it is dropped.
pub(crate) struct Logged {
    lines: Arc<Mutex<Vec<Line>>>,
    _scope: DefaultGuard,
}

impl Logged {
    pub(crate) fn start() -> Self {
        listen_on_all_threads();
        let lines = Arc::default();
        let scope = tracing::subscriber::set_default(Collector { lines: Arc::clone(&lines) });
        Self { lines, _scope: scope }
    }

    pub(crate) fn lines(&self) -> Vec<Line> {
        self.lines.lock().unwrap().clone()
    }

    /// The lines of one level.
    pub(crate) fn at(&self, level: Level) -> Vec<String> {
        self.lines().into_iter().filter(|line| line.level == level).map(|line| line.text).collect()
    }
}

struct Collector {
    lines: Arc<Mutex<Vec<Line>>>,
}

impl Subscriber for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        let level = *event.metadata().level();
        self.lines.lock().unwrap().push(Line { level, text: text.0 });
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{field}={value:?} ").unwrap();
    }
}
