//! Listens to events and spans, and writes a line for each event.
//!
//! Fields of spans are kept with the span. Which events there are is decided before, by the filter around the layer.

use std::sync::Arc;

use lambda_api::transport::Clock;
use tracing::{
    Event, Level, Metadata, Subscriber,
    span::{Attributes, Id, Record as Recorded},
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

use super::{
    Format,
    fields::{Fields, MESSAGE, Value},
    output::{Head, Output},
    record::{Invocations, Record},
    render::render,
};

/// Writes records in a format to an output.
pub(super) struct Writer {
    format: Format,
    output: Output,
    clock: Clock,
}

impl Writer {
    pub(super) fn new(format: Format, output: Output) -> Self {
        Self { format, output, clock: Clock::system() }
    }

    /// Says what is wrong with the settings, whatever level they ask for.
    pub(super) fn warn(&self, problems: &[String]) {
        for problem in problems {
            let message = Value::Text(problem.clone());
            let own = Fields::default();
            self.write(None, Level::WARN, "lambda_runtime::tracing", Some(&message), &own, &[]);
        }
    }

    fn write(
        &self,
        metadata: Option<&'static Metadata<'static>>,
        level: Level,
        target: &str,
        message: Option<&Value>,
        own: &Fields,
        spans: &[Arc<Fields>],
    ) {
        let (time, invocations) = (self.clock.now(), Invocations::now());
        let record = Record::new(time, level, target, message, own, spans, &invocations);
        self.output.write(Head { format: self.format, level, time, metadata }, render(&record, self.format));
    }
}

/// The layer under the filter.
pub(super) struct LogLayer {
    writer: Arc<Writer>,
}

impl LogLayer {
    pub(super) fn new(writer: Arc<Writer>) -> Self {
        Self { writer }
    }
}

/// A span's fields, where the registry keeps what belongs to it. Shared, so that a line need not hold the span.
struct OfSpan(Arc<Fields>);

impl<S> Layer<S> for LogLayer
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id)
            && !fields.is_empty()
        {
            // Another layer of this kind has put the same there.
            span.extensions_mut().replace(OfSpan(Arc::new(fields)));
        }
    }

    fn on_record(&self, id: &Id, recorded: &Recorded<'_>, context: Context<'_, S>) {
        let mut newer = Fields::default();
        recorded.record(&mut newer);
        let Some(span) = context.span(id) else { return };
        let mut extensions = span.extensions_mut();
        match extensions.get_mut::<OfSpan>() {
            Some(OfSpan(fields)) => Arc::make_mut(fields).update(newer),
            None => drop(extensions.replace(OfSpan(Arc::new(newer)))),
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut own = Fields::default();
        event.record(&mut own);
        let message = own.remove(MESSAGE);
        let spans: Vec<_> = context
            .event_scope(event)
            .into_iter()
            .flatten()
            .filter_map(|span| span.extensions().get::<OfSpan>().map(|OfSpan(fields)| Arc::clone(fields)))
            .collect();
        let metadata = event.metadata();
        let (level, target) = (*metadata.level(), metadata.target());
        self.writer.write(Some(metadata), level, target, message.as_ref(), &own, &spans);
    }
}
