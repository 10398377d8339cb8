//! Batches of queues and topics, which have the same rules: how many entries, and what their ids may be. Sources:
//! [SendMessageBatch](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html),
//! [PublishBatch](https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html).
//!
//! What is wrong with one entry is told with the others' results; here is what refuses all of them.

use std::collections::BTreeSet;

use lambda_api::limits::event_sources as limits;

/// A batch that is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BatchError {
    #[error("the batch has no entries")]
    Empty,
    #[error("the batch has {count} entries, and at most {} are allowed", limits::BATCH_ENTRIES)]
    TooMany { count: usize },
    #[error(
        "{id:?} is no id of an entry, which has from 1 to {} letters, digits, hyphens and underscores",
        limits::BATCH_ENTRY_ID_CHARACTERS
    )]
    Id { id: String },
    #[error("the id {id} comes twice")]
    NotDistinct { id: String },
    #[error("the entries have {bytes} bytes, and at most {most} are allowed")]
    TooLong { bytes: usize, most: usize },
}

/// Looks at the ids of all entries.
pub(super) fn check<'a>(ids: impl ExactSizeIterator<Item = &'a str> + Clone) -> Result<(), BatchError> {
    let count = ids.len();
    if count == 0 {
        return Err(BatchError::Empty);
    }
    if count > limits::BATCH_ENTRIES {
        return Err(BatchError::TooMany { count });
    }
    let mut seen = BTreeSet::new();
    for id in ids {
        let is_taken = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if !(1..=limits::BATCH_ENTRY_ID_CHARACTERS).contains(&id.len()) || !id.bytes().all(is_taken) {
            return Err(BatchError::Id { id: id.to_owned() });
        }
        if !seen.insert(id) {
            return Err(BatchError::NotDistinct { id: id.to_owned() });
        }
    }
    Ok(())
}

/// Looks at how long all entries are together.
pub(super) fn check_bytes(bytes: usize, most: usize) -> Result<(), BatchError> {
    if bytes > most { Err(BatchError::TooLong { bytes, most }) } else { Ok(()) }
}
