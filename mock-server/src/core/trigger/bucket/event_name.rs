//! What happens to objects: the names that S3 has for it.
//!
//! Sources: [types of events](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html)
//! and their versions in
//! [the structure of notifications](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html).

use std::{fmt, str::FromStr};

/// What has happened to an object.
///
/// ```
/// use mock_server::core::trigger::bucket::EventName;
///
/// let name: EventName = "ObjectCreated:Put".parse()?;
/// assert_eq!(name, EventName::ObjectCreatedPut);
/// assert!("ObjectCreated:Move".parse::<EventName>().is_err());
/// # Ok::<(), mock_server::core::trigger::bucket::UnknownEvent>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EventName {
    /// An object was put.
    ObjectCreatedPut,
    /// An object was posted with a form.
    ObjectCreatedPost,
    /// An object was made as a copy.
    ObjectCreatedCopy,
    /// An object was put together of its parts.
    ObjectCreatedCompleteMultipartUpload,
    /// An object or a version of one was deleted.
    ObjectRemovedDelete,
    /// An object was hidden by a delete marker.
    ObjectRemovedDeleteMarkerCreated,
    /// A copy of an archived object was asked for.
    ObjectRestorePost,
    /// The copy is there.
    ObjectRestoreCompleted,
    /// The copy has ended.
    ObjectRestoreDelete,
    /// An object with reduced redundancy was lost.
    ReducedRedundancyLostObject,
    /// An object could not be replicated.
    ReplicationOperationFailedReplication,
    /// An object was not replicated in time.
    ReplicationOperationMissedThreshold,
    /// An object was replicated late.
    ReplicationOperationReplicatedAfterThreshold,
    /// The replication of an object is no longer tracked.
    ReplicationOperationNotTracked,
    /// A lifecycle rule has deleted an object.
    LifecycleExpirationDelete,
    /// A lifecycle rule has hidden an object.
    LifecycleExpirationDeleteMarkerCreated,
    /// A lifecycle rule has moved an object.
    LifecycleTransition,
    /// Intelligent-Tiering has moved an object to an archive.
    IntelligentTiering,
    /// Tags were set.
    ObjectTaggingPut,
    /// Tags were deleted.
    ObjectTaggingDelete,
    /// An access control list was set.
    ObjectAclPut,
    /// A retention was set.
    ObjectRetentionPut,
    /// An annotation was put.
    ObjectAnnotationPut,
    /// An annotation was deleted.
    ObjectAnnotationDelete,
}

/// A text is not the name of an event of S3.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not an event of S3")]
pub struct UnknownEvent {
    pub(super) name: String,
}

impl EventName {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::ObjectCreatedPut,
        Self::ObjectCreatedPost,
        Self::ObjectCreatedCopy,
        Self::ObjectCreatedCompleteMultipartUpload,
        Self::ObjectRemovedDelete,
        Self::ObjectRemovedDeleteMarkerCreated,
        Self::ObjectRestorePost,
        Self::ObjectRestoreCompleted,
        Self::ObjectRestoreDelete,
        Self::ReducedRedundancyLostObject,
        Self::ReplicationOperationFailedReplication,
        Self::ReplicationOperationMissedThreshold,
        Self::ReplicationOperationReplicatedAfterThreshold,
        Self::ReplicationOperationNotTracked,
        Self::LifecycleExpirationDelete,
        Self::LifecycleExpirationDeleteMarkerCreated,
        Self::LifecycleTransition,
        Self::IntelligentTiering,
        Self::ObjectTaggingPut,
        Self::ObjectTaggingDelete,
        Self::ObjectAclPut,
        Self::ObjectRetentionPut,
        Self::ObjectAnnotationPut,
        Self::ObjectAnnotationDelete,
    ];

    /// The name in a notification.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ObjectCreatedPut => "ObjectCreated:Put",
            Self::ObjectCreatedPost => "ObjectCreated:Post",
            Self::ObjectCreatedCopy => "ObjectCreated:Copy",
            Self::ObjectCreatedCompleteMultipartUpload => "ObjectCreated:CompleteMultipartUpload",
            Self::ObjectRemovedDelete => "ObjectRemoved:Delete",
            Self::ObjectRemovedDeleteMarkerCreated => "ObjectRemoved:DeleteMarkerCreated",
            Self::ObjectRestorePost => "ObjectRestore:Post",
            Self::ObjectRestoreCompleted => "ObjectRestore:Completed",
            Self::ObjectRestoreDelete => "ObjectRestore:Delete",
            Self::ReducedRedundancyLostObject => "ReducedRedundancyLostObject",
            Self::ReplicationOperationFailedReplication => "Replication:OperationFailedReplication",
            Self::ReplicationOperationMissedThreshold => "Replication:OperationMissedThreshold",
            Self::ReplicationOperationReplicatedAfterThreshold => {
                "Replication:OperationReplicatedAfterThreshold"
            }
            Self::ReplicationOperationNotTracked => "Replication:OperationNotTracked",
            Self::LifecycleExpirationDelete => "LifecycleExpiration:Delete",
            Self::LifecycleExpirationDeleteMarkerCreated => "LifecycleExpiration:DeleteMarkerCreated",
            Self::LifecycleTransition => "LifecycleTransition",
            Self::IntelligentTiering => "IntelligentTiering",
            Self::ObjectTaggingPut => "ObjectTagging:Put",
            Self::ObjectTaggingDelete => "ObjectTagging:Delete",
            Self::ObjectAclPut => "ObjectAcl:Put",
            Self::ObjectRetentionPut => "ObjectRetention:Put",
            Self::ObjectAnnotationPut => "ObjectAnnotation:Put",
            Self::ObjectAnnotationDelete => "ObjectAnnotation:Delete",
        }
    }

    /// Whether an object has come into being.
    pub fn is_creation(self) -> bool {
        self.as_str().starts_with("ObjectCreated:")
    }

    /// Whether an object is gone or hidden, so that nothing is known of its size any more.
    pub fn is_removal(self) -> bool {
        ["ObjectRemoved:", "LifecycleExpiration:"].iter().any(|family| self.as_str().starts_with(family))
    }

    /// The version of the notification's format. Since version 2.4 S3 has one for all events, which says how many members
    /// there may be; what is made here has those of these older ones.
    pub(super) fn version(self) -> &'static str {
        match self {
            Self::ReplicationOperationFailedReplication
            | Self::ReplicationOperationMissedThreshold
            | Self::ReplicationOperationReplicatedAfterThreshold
            | Self::ReplicationOperationNotTracked => "2.2",
            Self::LifecycleExpirationDelete
            | Self::LifecycleExpirationDeleteMarkerCreated
            | Self::LifecycleTransition
            | Self::IntelligentTiering
            | Self::ObjectAclPut
            | Self::ObjectTaggingPut
            | Self::ObjectTaggingDelete
            | Self::ObjectRestoreDelete => "2.3",
            _ => "2.1",
        }
    }
}

impl FromStr for EventName {
    type Err = UnknownEvent;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let event = Self::ALL.iter().find(|event| event.as_str() == name);
        event.copied().ok_or_else(|| UnknownEvent { name: name.to_owned() })
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
