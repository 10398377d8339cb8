//! Where messages go that are meant for a queue, a topic, an event bus or a bucket: destinations and dead letters.
//!
//! Nothing of AWS's is reached from here. In place of what an ARN names stands a sink: memory that a test reads, unless
//! something else was said (`target`): a `file`, an `http` endpoint, a queue that speaks `sqs`. What a message says is made
//! in [`core::destination`](crate::core::destination). That a function is invoked with it, and that a delivery is tried
//! again, is the service's business.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::watch;

use crate::core::destination::{Destination, Kind, Message};

mod error;
mod file;
pub(crate) mod http;
#[cfg(feature = "sqs")]
mod sqs;
mod target;

pub use error::SinkError;
pub use target::{SinkTarget, SinkTargetError};

/// The sinks of a service, by the ARN that they stand for. Clones are the same sinks.
///
/// # Example
///
/// ```
/// use mock_server::MockLambda;
///
/// let mock = MockLambda::new();
/// // Nothing needs to be said for memory. Anything else is said before the first message comes.
/// let topic = "arn:aws:sns:us-east-1:123456789012:news".parse()?;
/// mock.sinks().set(&topic, "file:news.jsonl".parse()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Sinks {
    by_arn: Arc<Mutex<BTreeMap<String, Sink>>>,
    discards: Arc<AtomicBool>,
}

/// Where a message for a destination goes.
#[derive(Clone, Debug)]
pub enum Route {
    /// The function of the service is to be invoked with [`Message::body`], asynchronously.
    Function {
        /// Its name.
        name: String,
        /// The version or alias.
        qualifier: Option<String>,
    },
    /// The message is for this sink.
    Sink(Sink),
}

impl Sinks {
    /// Says where messages for a destination go from now on. A sink that was there before keeps what it has.
    ///
    /// # Errors
    ///
    /// [`SinkError::NotAFunction`] if a function is to be invoked and the destination is none; [`SinkError::Url`] for an
    /// address that can be no endpoint.
    pub fn set(&self, destination: &Destination, target: SinkTarget) -> Result<(), SinkError> {
        let carrier = match target {
            SinkTarget::Memory => Carrier::Memory(watch::Sender::default()),
            SinkTarget::File(path) => Carrier::File(file::File::new(path)),
            SinkTarget::Http(url) => Carrier::Http(http::Endpoint::new(url)?),
            #[cfg(feature = "sqs")]
            SinkTarget::Sqs(url) => Carrier::Sqs(sqs::Queue::new(url)?),
            SinkTarget::Function if matches!(destination.kind(), Kind::Function { .. }) => {
                self.lock().remove(destination.arn());
                return Ok(());
            }
            SinkTarget::Function => {
                return Err(SinkError::NotAFunction { arn: destination.arn().to_owned() });
            }
        };
        self.lock().insert(destination.arn().to_owned(), Sink { carrier: Arc::new(carrier) });
        Ok(())
    }

    /// Discards messages from now on for which there is no sink yet, instead of keeping them in memory: for a service that
    /// runs for long, where nobody reads them. The timeline tells of them all the same.
    pub fn discard_others(&self) {
        self.discards.store(true, Ordering::Relaxed);
    }

    /// The sink that stands for an ARN: one in memory, unless another was [`set`](Self::set).
    ///
    /// From then on it is there. So whoever asks for the sink of a *function* gets what the function would have been
    /// invoked with.
    pub fn get(&self, arn: &str) -> Sink {
        let memory = || Sink { carrier: Arc::new(Carrier::Memory(watch::Sender::default())) };
        self.lock().entry(arn.to_owned()).or_insert_with(memory).clone()
    }

    /// Whether a sink stands in place of a destination.
    pub(crate) fn has(&self, destination: &Destination) -> bool {
        self.lock().contains_key(destination.arn())
    }

    /// Where messages for a destination go: to the function that it names, unless there is a sink in its place, or else
    /// into a sink.
    pub fn route(&self, destination: &Destination) -> Route {
        let sink = self.lock().get(destination.arn()).cloned();
        match (sink, destination.kind()) {
            (Some(sink), _) => Route::Sink(sink),
            (None, Kind::Function { name, qualifier }) => {
                Route::Function { name: name.clone(), qualifier: qualifier.clone() }
            }
            (None, _) if self.discards.load(Ordering::Relaxed) => {
                Route::Sink(Sink { carrier: Arc::new(Carrier::Discard) })
            }
            (None, _) => Route::Sink(self.get(destination.arn())),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Sink>> {
        self.by_arn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What stands in place of a queue, a topic, an event bus or a bucket. Clones are the same sink.
///
/// # Example
///
/// ```
/// use std::time::Duration;
///
/// use mock_server::{MockLambda, core::{Time, destination::{Condition, Finished}}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mock = MockLambda::new();
/// let sink = mock.sink("arn:aws:sqs:us-east-1:123456789012:failures");
/// # let finished = Finished {
/// #     request_id: lambda_api::RequestId::new("8476a536-e9f4-11e8-9739-2dfe598c3fcd")?,
/// #     function_arn: "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST".to_owned(),
/// #     condition: Condition::ZeroReservedConcurrency,
/// #     attempts: 0,
/// #     payload: "{}".into(),
/// #     response: None,
/// #     trace_id: None,
/// # };
/// # let queue = "arn:aws:sqs:us-east-1:123456789012:failures".parse()?;
/// # let at = Time::from_unix(Duration::ZERO);
/// # sink.deliver(&finished.message(&queue, at, "0ba3a5b1-1de4-4f2c-b55e-5f2b7ad14e3b")).await?;
/// // … after a function failed whose failures go there:
/// let messages = sink.wait_for(1).await;
/// assert_eq!(messages[0].json()?["requestContext"]["condition"], "ZeroReservedConcurrency");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Sink {
    carrier: Arc<Carrier>,
}

/// How messages get to where they stay.
#[derive(Debug)]
enum Carrier {
    Discard,
    Memory(watch::Sender<Vec<Message>>),
    File(file::File),
    Http(http::Endpoint),
    #[cfg(feature = "sqs")]
    Sqs(sqs::Queue),
}

impl Sink {
    /// Takes a message. Once this is ready the message is there: in memory, on disk, or with whoever was to get it.
    ///
    /// # Errors
    ///
    /// [`SinkError`]; [`SinkError::is_transient`] tells whether it is worthwhile to try again. Whoever does so should be
    /// prepared that the message had arrived all the same.
    pub async fn deliver(&self, message: &Message) -> Result<(), SinkError> {
        match &*self.carrier {
            Carrier::Discard => Ok(()),
            Carrier::Memory(messages) => {
                messages.send_modify(|messages| messages.push(message.clone()));
                Ok(())
            }
            Carrier::File(file) => file.append(message.to_json()).await,
            Carrier::Http(endpoint) => endpoint.post(message.to_json()).await,
            #[cfg(feature = "sqs")]
            Carrier::Sqs(queue) => queue.send(message).await,
        }
    }

    /// The messages so far, in the order in which they came. Only a sink in memory has them.
    pub fn messages(&self) -> Vec<Message> {
        match &*self.carrier {
            Carrier::Memory(messages) => messages.borrow().clone(),
            _ => Vec::new(),
        }
    }

    /// Waits until there are so many messages, and gives all that there are by then.
    ///
    /// A sink that is not in memory never has any, and is not waited for: there are no messages at once.
    pub async fn wait_for(&self, count: usize) -> Vec<Message> {
        let Carrier::Memory(messages) = &*self.carrier else { return Vec::new() };
        let mut messages = messages.subscribe();
        match messages.wait_for(|messages| messages.len() >= count).await {
            Ok(messages) => messages.clone(),
            // The sender is held by this sink, so it cannot be gone.
            Err(_) => Vec::new(),
        }
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sink").field(&self.carrier).finish()
    }
}
