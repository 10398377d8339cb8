//! What a bucket tells EventBridge. Members and their order are those of
//! [the events of S3](https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html); which event is called what,
//! [Using EventBridge](https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html) says.
//!
//! The key is not encoded here. Nothing is told of replication and of lost objects. The newer member `event-version` is left
//! out, as is what it counts.

use serde::Serialize;

use super::{EventName, ObjectEvent};
use crate::core::trigger::{
    bus::{Event, Parts},
    json::{json, raw},
};

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Detail<'a> {
    version: &'static str,
    bucket: Bucket<'a>,
    object: Object<'a>,
    request_id: &'a str,
    requester: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_ip_address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_type: Option<&'static str>,
}

#[derive(Serialize)]
struct Bucket<'a> {
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Object<'a> {
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequencer: Option<&'a str>,
}

impl EventName {
    /// The `detail-type` in EventBridge, if it is told of there.
    pub fn detail_type(self) -> Option<&'static str> {
        Some(match self {
            Self::ObjectCreatedPut
            | Self::ObjectCreatedPost
            | Self::ObjectCreatedCopy
            | Self::ObjectCreatedCompleteMultipartUpload => "Object Created",
            Self::ObjectRemovedDelete
            | Self::ObjectRemovedDeleteMarkerCreated
            | Self::LifecycleExpirationDelete
            | Self::LifecycleExpirationDeleteMarkerCreated => "Object Deleted",
            Self::ObjectRestorePost => "Object Restore Initiated",
            Self::ObjectRestoreCompleted => "Object Restore Completed",
            Self::ObjectRestoreDelete => "Object Restore Expired",
            Self::LifecycleTransition => "Object Storage Class Changed",
            Self::IntelligentTiering => "Object Access Tier Changed",
            Self::ObjectAclPut => "Object ACL Updated",
            Self::ObjectTaggingPut => "Object Tags Added",
            Self::ObjectTaggingDelete => "Object Tags Deleted",
            Self::ObjectRetentionPut => "Object Retention Updated",
            Self::ObjectAnnotationPut => "Object Annotation Created",
            Self::ObjectAnnotationDelete => "Object Annotation Removed",
            Self::ReducedRedundancyLostObject
            | Self::ReplicationOperationFailedReplication
            | Self::ReplicationOperationMissedThreshold
            | Self::ReplicationOperationReplicatedAfterThreshold
            | Self::ReplicationOperationNotTracked => return None,
        })
    }

    /// Which call has made or deleted the object.
    fn reason(self) -> Option<&'static str> {
        Some(match self {
            Self::ObjectCreatedPut => "PutObject",
            Self::ObjectCreatedPost => "POST Object",
            Self::ObjectCreatedCopy => "CopyObject",
            Self::ObjectCreatedCompleteMultipartUpload => "CompleteMultipartUpload",
            Self::ObjectRemovedDelete | Self::ObjectRemovedDeleteMarkerCreated => "DeleteObject",
            Self::LifecycleExpirationDelete | Self::LifecycleExpirationDeleteMarkerCreated => {
                "Lifecycle Expiration"
            }
            _ => return None,
        })
    }

    fn deletion_type(self) -> Option<&'static str> {
        match self {
            Self::ObjectRemovedDelete | Self::LifecycleExpirationDelete => Some("Permanently Deleted"),
            Self::ObjectRemovedDeleteMarkerCreated | Self::LifecycleExpirationDeleteMarkerCreated => {
                Some("Delete Marker Created")
            }
            _ => None,
        }
    }
}

impl ObjectEvent {
    /// The event of EventBridge, if this is told of there. `id` is a UUID.
    ///
    /// ```
    /// use mock_server::core::{Time, trigger::bucket::{EventName, ObjectEvent}};
    ///
    /// let event = ObjectEvent {
    ///     name: EventName::ObjectRemovedDelete,
    ///     bucket: "example-photos".to_owned(),
    ///     account: "123456789012".to_owned(),
    ///     region: "eu-west-1".to_owned(),
    ///     key: "red flower.jpg".to_owned(),
    ///     size: None,
    ///     etag: None,
    ///     version_id: None,
    ///     sequencer: "0055AED6DCD90281E5".to_owned(),
    ///     time: Time::default(),
    ///     request_id: "C3D13FE58DE4C810".to_owned(),
    ///     host_id: "FMyUVURIY8".to_owned(),
    ///     requester: "123456789012".to_owned(),
    ///     source_ip: Some("203.0.113.7".to_owned()),
    /// };
    /// let event = event.bus_event("17793124-05d4-b198-2fde-7ededc63b103").ok_or("EventBridge is not told")?;
    /// assert_eq!(event.value()["detail-type"], "Object Deleted");
    /// assert_eq!(event.value()["detail"]["object"]["key"], "red flower.jpg");
    /// # Ok::<(), &str>(())
    /// ```
    pub fn bus_event(&self, id: &str) -> Option<Event> {
        let is_removal = self.name.is_removal();
        let detail = json(&Detail {
            version: "0",
            bucket: Bucket { name: &self.bucket },
            object: Object {
                key: &self.key,
                size: self.size.filter(|_| !is_removal),
                etag: self.etag(),
                version_id: self.version_id.as_deref(),
                sequencer: (self.name.is_creation() || is_removal).then_some(&self.sequencer),
            },
            request_id: &self.request_id,
            requester: &self.requester,
            source_ip_address: self.source_ip.as_deref(),
            reason: self.name.reason(),
            deletion_type: self.name.deletion_type(),
        });
        let parts = Parts {
            id,
            detail_type: self.name.detail_type()?,
            source: "aws.s3",
            account: &self.account,
            time: self.time,
            region: &self.region,
            resources: &[&self.bucket_arn()],
            detail: &raw(detail),
        };
        Some(Event::of_service(&parts, self.time))
    }
}
