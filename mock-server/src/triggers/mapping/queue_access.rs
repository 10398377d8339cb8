//! The queue of a mapping: one in memory, or a real one.

use std::{sync::Arc, time::Duration};

#[cfg(feature = "sqs")]
use crate::triggers::RealQueue;
use crate::{
    core::mapping::Message,
    triggers::{Common, Queue},
};

/// Clones are the same queue.
#[derive(Clone)]
pub(super) enum QueueAccess {
    Memory(Queue),
    #[cfg(feature = "sqs")]
    Real(RealQueue, Arc<Common>),
}

impl QueueAccess {
    pub(super) fn common(&self) -> &Arc<Common> {
        match self {
            Self::Memory(queue) => queue.common(),
            #[cfg(feature = "sqs")]
            Self::Real(_, common) => common,
        }
    }

    /// Receives messages as soon as there are some. Where nothing else is due, to ask again and again would only make an idle
    /// queue in memory count the time.
    pub(super) async fn receive(
        self,
        at_most: usize,
        wait: Duration,
        is_idle: bool,
    ) -> Result<Vec<Message>, String> {
        match self {
            Self::Memory(queue) => {
                Ok(queue.receive_when_there(at_most, Some(wait).filter(|_| !is_idle)).await)
            }
            #[cfg(feature = "sqs")]
            Self::Real(queue, common) => {
                let received = queue.client.receive(|| common.now(), at_most, wait).await;
                received.map_err(|error| told(&error))
            }
        }
    }

    /// Deletes messages at once if they are in memory; otherwise gives what is to be waited for.
    pub(super) fn delete(&self, receipt_handles: Vec<String>) -> Deletion {
        match self {
            Self::Memory(queue) => {
                // One that cannot be deleted is no reason to keep the others.
                let failed: Vec<_> =
                    receipt_handles.iter().filter_map(|handle| queue.delete(handle).err()).collect();
                let deleted = receipt_handles.len() - failed.len();
                Deletion::Done(deleted, failed.first().map(ToString::to_string))
            }
            #[cfg(feature = "sqs")]
            Self::Real(queue, _) => Deletion::Begun(Box::pin(delete(queue.clone(), receipt_handles))),
        }
    }
}

/// How far messages are deleted.
pub(super) enum Deletion {
    /// So many, and what is wrong with the first of the others.
    Done(usize, Option<String>),
    #[cfg(feature = "sqs")]
    Begun(std::pin::Pin<Box<dyn Future<Output = Result<(), String>> + Send>>),
}

/// What cannot be deleted now is tried again; after that the messages come again.
#[cfg(feature = "sqs")]
async fn delete(queue: RealQueue, receipt_handles: Vec<String>) -> Result<(), String> {
    /// How often, and how long after each other.
    const TRIES: u32 = 3;
    const WAIT: Duration = Duration::from_secs(1);

    for _ in 1..TRIES {
        match queue.client.delete(&receipt_handles).await {
            Err(error) if error.is_transient() => tokio::time::sleep(WAIT).await,
            result => return result.map_err(|error| told(&error)),
        }
    }
    queue.client.delete(&receipt_handles).await.map_err(|error| told(&error))
}

/// An error with what led to it, in one line.
#[cfg(any(feature = "sqs", feature = "kinesis", feature = "dynamodb-streams"))]
pub(super) fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
