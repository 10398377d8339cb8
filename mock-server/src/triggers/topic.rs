//! A topic as SNS has them: what is published goes to all subscribers whose policies it matches.
//!
//! What is taken, whom it is for and what each gets is decided in [`core::trigger::topic`](crate::core::trigger::topic).

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, Weak},
    time::Duration,
};

use sha2::{Digest, Sha256};

use super::{
    Common, lock,
    target::{Target, Told},
};
use crate::{
    core::{
        Time, destination,
        mapping::QueueForm,
        trigger::topic::{
            Delivery, FilterPolicy, FilterPolicyError, FilterScope, Protocol, Publication, PublishError,
            Topic as Described,
        },
    },
    service::World,
    timeline::{Because, TriggerEvent},
};

/// For how long a FIFO topic knows a second message; source:
/// [message deduplication](https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html).
const DEDUPLICATION: Duration = Duration::from_secs(5 * 60);

/// A subscription of a topic.
///
/// ```
/// use mock_server::{MockLambda, Subscription};
///
/// let mock = MockLambda::new();
/// let queue = mock.queue("orders");
/// let subscription = Subscription::of(&queue).filter_policy(r#"{"kind": ["order"]}"#).raw();
/// mock.topic("news").subscribe(subscription)?;
/// # Ok::<(), mock_server::SubscribeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Subscription {
    target: Target,
    policy: Option<String>,
    scope: FilterScope,
    is_raw: bool,
}

impl Subscription {
    /// Gets all that is published.
    pub fn of(target: impl Into<Target>) -> Self {
        Self { target: target.into(), policy: None, scope: FilterScope::MessageAttributes, is_raw: false }
    }

    /// Gets only what matches this policy: JSON. It looks at the attributes, unless it [looks at the body](Self::on_body).
    #[must_use]
    pub fn filter_policy(mut self, policy: impl Into<String>) -> Self {
        self.policy = Some(policy.into());
        self
    }

    /// Lets the policy look at the body, which must be JSON then.
    #[must_use]
    pub fn on_body(mut self) -> Self {
        self.scope = FilterScope::MessageBody;
        self
    }

    /// A queue gets the text and the attributes as they were published, and no notification around them.
    #[must_use]
    pub fn raw(mut self) -> Self {
        self.is_raw = true;
        self
    }
}

impl<T: Into<Target>> From<T> for Subscription {
    fn from(target: T) -> Self {
        Self::of(target)
    }
}

/// A subscription that a topic cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The policy is none.
    #[error(transparent)]
    Policy(#[from] FilterPolicyError),
    /// A FIFO topic tells queues only.
    #[error("{topic}: a FIFO topic has queues for subscribers, and nothing else")]
    OfFifo {
        /// The topic.
        topic: String,
    },
    /// A FIFO queue cannot be told by a standard topic.
    #[error("{topic}: a standard topic cannot have the FIFO queue {queue} for a subscriber")]
    FifoQueue {
        /// The topic.
        topic: String,
        /// The queue.
        queue: String,
    },
    /// Topics do not tell topics, and only queues can have messages raw.
    #[error("{topic}: {target} cannot be a subscriber like this")]
    Target {
        /// The topic.
        topic: String,
        /// The target.
        target: String,
    },
}

/// A topic of a [`MockLambda`](crate::MockLambda). Clones are the same topic.
///
/// # Example
///
/// ```
/// use mock_server::MockLambda;
///
/// let mock = MockLambda::new();
/// let (topic, queue) = (mock.topic("news"), mock.queue("reader"));
/// topic.subscribe(&queue)?;
/// topic.publish("7 apples")?;
/// let notification: serde_json::Value = serde_json::from_str(&queue.receive(1)[0].body)?;
/// assert_eq!(notification["Message"], "7 apples");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Topic {
    inner: Arc<Inner>,
}

struct Inner {
    described: Described,
    world: Weak<World>,
    common: Arc<Common>,
    state: Mutex<State>,
    order: Mutex<()>,
}

#[derive(Default)]
struct State {
    subscriptions: Vec<Subscribed>,
    published: u64,
    /// Which message a FIFO topic was given under what id.
    known: BTreeMap<String, Published>,
    /// When, the oldest first.
    known_since: VecDeque<(Time, String)>,
}

/// What whoever has published is told.
#[derive(Clone)]
pub(crate) struct Published {
    pub(crate) message_id: String,
    /// Its place in a FIFO topic.
    pub(crate) sequence_number: Option<String>,
}

impl State {
    /// The message that a FIFO topic was given under this id in the last minutes.
    fn known(&mut self, now: Time, id: &str) -> Option<Published> {
        while self.known_since.front().is_some_and(|(at, _)| *at + DEDUPLICATION <= now) {
            if let Some((_, id)) = self.known_since.pop_front() {
                self.known.remove(&id);
            }
        }
        self.known.get(id).cloned()
    }
}

#[derive(Clone)]
struct Subscribed {
    arn: String,
    target: Target,
    policy: Option<FilterPolicy>,
    is_raw: bool,
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Topic").field("arn", &self.inner.described.arn).finish_non_exhaustive()
    }
}

impl Topic {
    pub(super) fn new(world: &Arc<World>, described: Described) -> Self {
        let (world, common) = (Arc::downgrade(world), Arc::clone(&world.triggers.common));
        Self {
            inner: Arc::new(Inner {
                described,
                world,
                common,
                state: Mutex::default(),
                order: Mutex::default(),
            }),
        }
    }

    /// The topic's ARN.
    pub fn arn(&self) -> &str {
        &self.inner.described.arn
    }

    /// Tells a function or a queue of all that is published, or of what a [`Subscription`] says.
    ///
    /// # Errors
    ///
    /// [`SubscribeError`].
    pub fn subscribe(&self, subscription: impl Into<Subscription>) -> Result<(), SubscribeError> {
        let Subscription { target, policy, scope, is_raw } = subscription.into();
        let topic = || self.arn().to_owned();
        if target.is_topic() || (is_raw && target.is_function()) {
            return Err(SubscribeError::Target { topic: topic(), target: target.label() });
        }
        let is_fifo = self.inner.described.is_fifo();
        match target.queue() {
            None if is_fifo => return Err(SubscribeError::OfFifo { topic: topic() }),
            Some(queue) if !is_fifo && queue.form() == QueueForm::Fifo => {
                return Err(SubscribeError::FifoQueue { topic: topic(), queue: queue.arn().to_owned() });
            }
            _ => {}
        }
        let policy = policy.map(|policy| FilterPolicy::parse(&policy, scope)).transpose()?;
        let mut state = lock(&self.inner.state);
        // A number where SNS has a UUID: they are told apart, and the same in each run.
        let arn = format!("{}:00000000-0000-4000-8000-{:012}", self.arn(), state.subscriptions.len() + 1);
        state.subscriptions.push(Subscribed { arn, target, policy, is_raw });
        Ok(())
    }

    /// Publishes a text, or a [`Publication`] with all that it may have, and gives the message's id. Functions are invoked
    /// asynchronously.
    ///
    /// # Errors
    ///
    /// [`PublishError`] if it is not what the topic takes; then nobody is told.
    pub fn publish(&self, publication: impl Into<Publication>) -> Result<String, PublishError> {
        self.accept(publication.into()).map(|published| published.message_id)
    }

    /// Publishes, and gives all that whoever publishes is told.
    pub(crate) fn accept(&self, publication: Publication) -> Result<Published, PublishError> {
        publication.check(&self.inner.described)?;
        if let Some(world) = self.inner.world.upgrade() {
            world.wake();
        }
        self.pass_on(publication)
    }

    /// Publishes what comes from within the service; one that stands still goes on standing still.
    pub(super) fn pass_on(&self, mut publication: Publication) -> Result<Published, PublishError> {
        let Inner { described, world, common, state, .. } = &*self.inner;
        publication.check(described)?;
        if described.is_fifo() && publication.deduplication_id.is_none() {
            let digest = Sha256::digest(publication.message.as_bytes());
            publication.deduplication_id = Some(digest.iter().map(|byte| format!("{byte:02x}")).collect());
        }
        let world = world.upgrade();
        let message_id = world.as_ref().map(|world| world.ids.uuid()).unwrap_or_default();
        let time = common.now();
        // A FIFO topic delivers one message after the other.
        let _in_order = described.is_fifo().then(|| lock(&self.inner.order));
        let (subscriptions, sequence_number, published) = {
            let mut state = lock(state);
            let sequence_number = format!("1{:019}", (state.published + 1) * 1_000);
            let published = Published {
                message_id: message_id.clone(),
                sequence_number: described.is_fifo().then(|| sequence_number.clone()),
            };
            if described.is_fifo()
                && let Some(id) = &publication.deduplication_id
            {
                if let Some(first) = state.known(time, id) {
                    return Ok(first);
                }
                state.known.insert(id.clone(), published.clone());
                state.known_since.push_back((time, id.clone()));
            }
            state.published += 1;
            (state.subscriptions.clone(), sequence_number, published)
        };
        let Some(world) = world else { return Ok(published) };
        for subscribed in subscriptions {
            let delivery = Delivery {
                topic: described,
                publication: &publication,
                subscription_arn: &subscribed.arn,
                message_id: &message_id,
                time,
                sequence_number: Some(&sequence_number),
            };
            subscribed.deliver(&world, &delivery);
        }
        Ok(published)
    }

    /// Publishes a message of a destination.
    pub(super) fn deliver(&self, message: &destination::Message) -> Result<(), String> {
        let is_fifo = self.inner.described.is_fifo();
        let publication = Publication {
            attributes: message
                .attributes()
                .iter()
                .map(|(name, attribute)| (name.clone(), attribute.into()))
                .collect(),
            group_id: Some(message.group().to_owned()).filter(|_| is_fifo),
            deduplication_id: Some(message.id().to_owned()).filter(|_| is_fifo),
            ..Publication::new(String::from_utf8_lossy(message.body()))
        };
        self.pass_on(publication).map(|_| ()).map_err(|error| error.to_string())
    }
}

impl Subscribed {
    fn deliver(&self, world: &Arc<World>, delivery: &Delivery<'_>) {
        let because = Because::Published { message_id: delivery.message_id.to_owned() };
        let topic = &delivery.topic.arn;
        let protocol = if self.target.is_function() { Protocol::Lambda } else { Protocol::Sqs };
        if self.policy.as_ref().is_some_and(|policy| !policy.matches(delivery.publication, protocol)) {
            self.target.note(world, topic, TriggerEvent::PassedOver { because });
            return;
        }
        let told = match protocol {
            Protocol::Sqs => match delivery.queue_message(self.is_raw, "") {
                Ok(message) => Told::new("").message(message),
                Err(error) => {
                    let event = TriggerEvent::NotSent { because, problem: error.to_string() };
                    self.target.note(world, topic, event);
                    return;
                }
            },
            Protocol::Lambda => Told::new(delivery.event()),
        };
        self.target.tell(world, topic, because, told);
    }
}
