//! Collects spans on this thread: their fields, what was logged inside of them, and when they closed.
//!
//! `logged` keeps events and no spans; this one is for tests about spans. A subscriber of its own, scoped to the test.

#![expect(clippy::unwrap_used, reason = "a test that has panicked has failed already")]

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex},
};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::DefaultGuard,
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    registry::{LookupSpan, Registry},
};

/// A span.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spanned {
    pub(crate) name: &'static str,
    /// In the form that they have in the log; absent if never recorded.
    pub(crate) fields: BTreeMap<&'static str, String>,
    is_closed: bool,
}

/// What has been logged, with the spans around it, outermost first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) message: String,
    /// Values of the field `requestId` of the spans.
    pub(crate) inside: Vec<String>,
}

#[derive(Default)]
struct State {
    /// In the order in which they were made.
    spans: Vec<(span::Id, Spanned)>,
    said: Vec<Said>,
}

impl State {
    fn open(&self) -> usize {
        self.spans.iter().filter(|(_, span)| !span.is_closed).count()
    }

    /// The last one with this id; ids are used again.
    fn span(&mut self, id: &span::Id) -> &mut Spanned {
        &mut self.spans.iter_mut().rfind(|(other, _)| other == id).unwrap().1
    }
}

/// The spans of this thread since this value was made, until it is dropped.
pub(crate) struct Spans {
    state: Arc<Mutex<State>>,
    _scope: DefaultGuard,
}

impl Spans {
    pub(crate) fn start() -> Self {
        crate::logged::listen_on_all_threads();
        let state = Arc::default();
        let collector = Collector { state: Arc::clone(&state) };
        let scope = tracing::subscriber::set_default(Registry::default().with(collector));
        Self { state, _scope: scope }
    }

    pub(crate) fn all(&self) -> Vec<Spanned> {
        self.state.lock().unwrap().spans.iter().map(|(_, span)| span.clone()).collect()
    }

    pub(crate) fn said(&self) -> Vec<Said> {
        self.state.lock().unwrap().said.clone()
    }

    /// Says how many spans are open, from wherever it is asked.
    pub(crate) fn open(&self) -> impl Fn() -> usize + Clone + Send + use<> {
        let state = Arc::clone(&self.state);
        move || state.lock().unwrap().open()
    }
}

struct Collector {
    state: Arc<Mutex<State>>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Collector {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, _: Context<'_, S>) {
        let mut span = Spanned { name: attributes.metadata().name(), ..Spanned::default() };
        attributes.record(&mut Fields(&mut span.fields));
        self.state.lock().unwrap().spans.push((id.clone(), span));
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, _: Context<'_, S>) {
        values.record(&mut Fields(&mut self.state.lock().unwrap().span(id).fields));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = BTreeMap::new();
        event.record(&mut Fields(&mut fields));
        let around: Vec<_> = context.event_scope(event).into_iter().flatten().map(|span| span.id()).collect();
        let mut state = self.state.lock().unwrap();
        let ids = around.iter().rev().map(|id| state.span(id).fields.get("requestId").cloned());
        let inside = ids.map(Option::unwrap_or_default).collect();
        let message = fields.remove("message").unwrap_or_default();
        state.said.push(Said { message, inside });
    }

    fn on_close(&self, id: span::Id, _: Context<'_, S>) {
        self.state.lock().unwrap().span(&id).is_closed = true;
    }
}

struct Fields<'a>(&'a mut BTreeMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}
