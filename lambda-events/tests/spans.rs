//! What a log can tell of a record of a batch: the span in which it is handled.
//!
//! A binary of its own with one test in it: `tracing` asks once for each span whether anyone listens, and would ask the thread of
//! another test, on which nobody does. Everything else is shown in `it`.

#![expect(clippy::unwrap_used, reason = "a lock that is poisoned fails the test")]

use std::{
    fmt::Debug,
    sync::{Arc, Mutex},
};

use lambda_events::{
    batch::Batch,
    sqs::{Message, Sqs},
};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    registry::{LookupSpan, Registry},
};

/// Keeps what is said, with the fields of the span in which it is.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<String>>>);

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0 += &format!(" {}={value:?}", field.name());
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Said {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields(attributes.metadata().name().to_owned());
        attributes.record(&mut fields);
        context.span(id).unwrap().extensions_mut().insert(fields);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let span = context.event_span(event);
        let fields = span.and_then(|span| span.extensions().get::<Fields>().map(|fields| fields.0.clone()));
        self.0.lock().unwrap().push(fields.unwrap_or_default());
    }
}

#[tokio::test]
async fn what_a_handler_logs_stands_in_the_span_of_its_record() {
    let said = Said::default();
    let _guard = tracing::subscriber::set_default(Registry::default().with(said.clone()));
    let records = ["a", "b"].map(|id| Message { message_id: id.into(), ..Message::default() });
    let event = Sqs { records: records.into(), ..Sqs::default() };
    let handler = async |_: &Message<'_>| {
        tokio::task::yield_now().await;
        tracing::info!("handled");
        Ok::<(), String>(())
    };
    let report = Batch::of(&event).concurrency(2).run(handler).await;
    assert!(report.is_success());
    let mut said = said.0.lock().unwrap().clone();
    said.sort_unstable();
    assert_eq!(said, ["record place=0 id=a", "record place=1 id=b"]);
}
