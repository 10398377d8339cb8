//! What is asked of the log lines, and the layer that writes them.
//!
//! Settings are read in `settings`, events and spans become fields in `fields` and records in `record`, records become
//! JSON or text in `render`, and `output` takes the bytes where they go. The names that users see are in the public
//! module `tracing`, with what they promise.

mod fields;
mod layer;
mod output;
mod record;
mod render;
mod settings;

use std::{fmt, io::Write, sync::Arc};

use tracing::{Dispatch, Subscriber, dispatcher, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer, Registry, filter::Targets, fmt::MakeWriter, layer::SubscriberExt, registry::LookupSpan,
};

use crate::config;

use self::{
    layer::{LogLayer, Writer},
    output::{Destination, Made, Output},
    settings::Settings,
};

/// How a log line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Time, level, request id, target, message and fields on one line.
    #[default]
    Text,
    /// One flat JSON object on one line.
    Json,
}

/// Log lines set up by hand: for tests, and to compose them with other layers.
///
/// ```
/// use std::io::{Read, pipe};
/// use lambda_runtime::tracing::{Format, Logging, info, level_filters::LevelFilter, subscriber::util::SubscriberInitExt};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (mut lines, writer) = pipe()?;
/// let logging = Logging::new().format(Format::Json).level(LevelFilter::DEBUG).writer(writer);
/// let guard = logging.subscriber().set_default();
/// info!(order = 7, "taken");
/// drop(guard);
///
/// let mut text = String::new();
/// lines.read_to_string(&mut text)?;
/// let line: serde_json::Value = serde_json::from_str(&text)?;
/// assert_eq!((&line["level"], &line["message"], &line["order"]), (&"INFO".into(), &"taken".into(), &7.into()));
/// # Ok(())
/// # }
/// ```
#[must_use = "log lines are written once this is installed"]
pub struct Logging {
    format: Format,
    filter: Targets,
    destination: Destination,
    problems: Vec<String>,
}

impl Default for Logging {
    fn default() -> Self {
        Self::new()
    }
}

impl Logging {
    /// Text at level INFO to stdout, whatever the environment says.
    pub fn new() -> Self {
        Self {
            format: Format::Text,
            filter: settings::at(LevelFilter::INFO),
            destination: Destination::Stdout,
            problems: Vec::new(),
        }
    }

    /// As the process environment asks for it.
    pub fn from_env() -> Self {
        Self::from_vars(config::process_variable)
    }

    /// As variables ask for it, wherever they are; see the [module](crate::tracing) for which there are.
    ///
    /// ```
    /// use lambda_runtime::tracing::Logging;
    ///
    /// let logging = Logging::from_vars(|name| (name == "AWS_LAMBDA_LOG_FORMAT").then(|| "JSON".to_owned()));
    /// # let _ = logging;
    /// ```
    pub fn from_vars(variable: impl Fn(&str) -> Option<String>) -> Self {
        let Settings { format, filter, destination, problems } = Settings::read(variable);
        Self { format, filter, destination, problems }
    }

    /// How lines are written. Has no effect on a socket, which takes only JSON.
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Which events are written: a [`Level`](tracing::Level) and whatever is graver, or none with [`LevelFilter::OFF`].
    pub fn level(mut self, level: impl Into<LevelFilter>) -> Self {
        self.filter = settings::at(level.into());
        self
    }

    /// Where lines go: each in one call of [`Write::write_all`], with its line break, and flushed.
    pub fn writer(mut self, writer: impl Write + Send + 'static) -> Self {
        self.destination = Destination::Writer(Box::new(writer));
        self
    }

    /// Where lines go, as `tracing-subscriber` knows writers; one is made for each line.
    pub fn make_writer<W>(mut self, writer: W) -> Self
    where
        W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
    {
        self.destination = Destination::Maker(Box::new(Made(writer)));
        self
    }

    /// The subscriber, to install for a scope.
    pub fn subscriber(self) -> impl Subscriber + Send + Sync {
        Registry::default().with(self.layer())
    }

    /// The layer, to compose with others; its level is its own and hides nothing from them.
    ///
    /// ```
    /// use lambda_runtime::tracing::{Logging, subscriber::{Registry, prelude::*}};
    ///
    /// let subscriber = Registry::default().with(Logging::from_env().layer());
    /// # let _ = subscriber;
    /// ```
    pub fn layer<S>(self) -> impl Layer<S> + Send + Sync
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let Opened { writer, filter, problems } = self.open();
        writer.warn(&problems);
        LogLayer::new(writer).with_filter(filter)
    }

    /// Installs the subscriber for the whole process; changes nothing if there is one already.
    pub fn init(self) {
        let Opened { writer, filter, problems } = self.open();
        let layer = LogLayer::new(Arc::clone(&writer)).with_filter(filter);
        if dispatcher::set_global_default(Dispatch::new(Registry::default().with(layer))).is_ok() {
            writer.warn(&problems);
        }
    }

    fn open(self) -> Opened {
        let Self { format, filter, destination, mut problems } = self;
        let is_socket = destination.is_socket();
        let (output, problem) = Output::open(destination);
        problems.extend(problem);
        let format = if is_socket { Format::Json } else { format };
        Opened { writer: Arc::new(Writer::new(format, output)), filter, problems }
    }
}

/// Settings that have become what writes.
struct Opened {
    writer: Arc<Writer>,
    filter: Targets,
    problems: Vec<String>,
}

impl fmt::Debug for Logging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logging")
            .field("format", &self.format)
            .field("filter", &self.filter.to_string())
            .finish_non_exhaustive()
    }
}
