//! A topic of SNS: what Publish takes, whom it is for, and what functions and queues get of it. Pure.
//!
//! [`Publication`] (`publication`) is what is published, a subscription's [`FilterPolicy`] (`filter`) says whether it is for
//! its subscriber, and [`Delivery`] (`delivery`) makes what this one gets. Retries, dead letters of subscriptions and
//! signatures are left out. That a FIFO topic has no functions for subscribers is not looked at here.
//!
//! Sources: [Publish](https://docs.aws.amazon.com/sns/latest/api/API_Publish.html),
//! [message attributes](https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html),
//! [filter policies](https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html) and
//! [Lambda with SNS](https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html).

mod attributes;
mod delivery;
mod filter;
mod publication;

pub use delivery::{Delivery, DeliveryError};
pub use filter::{FilterPolicy, FilterPolicyError, FilterScope};
pub use publication::{MessageStructure, Publication, PublishError};

/// A topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topic {
    /// Its ARN; that of a FIFO topic ends with `.fifo`.
    pub arn: String,
    /// Whether a FIFO topic knows a second message by its text, if it has no id of its own for that.
    pub content_based_deduplication: bool,
}

impl Topic {
    /// Whether it keeps an order.
    pub fn is_fifo(&self) -> bool {
        self.arn.ends_with(".fifo")
    }
}

/// What kind of subscriber a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// A function.
    Lambda,
    /// A queue.
    Sqs,
}

impl Protocol {
    /// Its word, which is also the member of a message for several protocols.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lambda => "lambda",
            Self::Sqs => "sqs",
        }
    }
}
