//! What Amazon S3 tells EventBridge: the `detail` of its events.
//!
//! Source: [EventBridge event message structure](https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html). The envelope is in the module
//! `eventbridge`.

use crate::{Int, Map, Str, value::DateTime};

event! {
    /// The detail of an event of S3 in EventBridge: one type for all [types of detail](DetailType), of which each has some of the members.
    ///
    /// ```
    /// # #[cfg(feature = "eventbridge")] {
    /// use lambda_events::{eventbridge::EventBridge, s3::Detail};
    ///
    /// let json = r#"{"detail-type":"Object Created","source":"aws.s3","detail":{"version":"0","bucket":{"name":"photos"},
    ///     "object":{"key":"red flower.jpg","size":5},"reason":"PutObject"}}"#;
    /// let event: EventBridge<'_> = serde_json::from_str(json)?;
    /// let detail: Detail<'_> = event.detail.to()?;
    /// assert_eq!(detail.object.key.as_deref(), Some("red flower.jpg"));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct Detail<'a> {
        /// `0`.
        version: Option<Str<'a>> = "version";
        /// The version of this format, `1.1` say: greater minor versions have more members.
        event_version: Option<Str<'a>> = "event-version";
        /// The bucket.
        bucket: DetailBucket<'a> = "bucket";
        /// The object.
        object: DetailObject<'a> = "object";
        /// The id of the request.
        request_id: Option<Str<'a>> = "request-id";
        /// The account, or the name of the service, that has made the request.
        requester: Option<Str<'a>> = "requester";
        /// The address from which the request came.
        source_ip_address: Option<Str<'a>> = "source-ip-address";
        /// What was asked for: `PutObject`, `DeleteObject` or `Lifecycle Expiration`, say.
        reason: Option<Str<'a>> = "reason";
        /// Of a deletion: `Permanently Deleted` or `Delete Marker Created`.
        deletion_type: Option<Str<'a>> = "deletion-type";
        /// Of a restored object: when the copy ends.
        restore_expiry_time: Option<DateTime<'a>> = "restore-expiry-time";
        /// Of a restored object: the class in which it is archived.
        source_storage_class: Option<Str<'a>> = "source-storage-class";
        /// Of an object that a lifecycle rule has moved: the class in which it is now.
        destination_storage_class: Option<Str<'a>> = "destination-storage-class";
        /// Of an object that Intelligent-Tiering has moved: where it is now.
        destination_access_tier: Option<Str<'a>> = "destination-access-tier";
        /// Of an annotation: the annotation.
        object_annotation: Option<Annotation<'a>> = "object-annotation";
        /// Of a retention: the retention.
        object_retention_event_data: Option<DetailRetention<'a>> = "object-retention-event-data";
    }

    /// A bucket.
    pub struct DetailBucket<'a> {
        /// Its name.
        name: Option<Str<'a>> = "name";
        /// Tags that services of AWS have set.
        aws_generated_tags: Map<'a, Str<'a>> = "aws-generated-tags";
    }

    /// An object.
    pub struct DetailObject<'a> {
        /// Its key, as the object is called.
        key: Option<Str<'a>> = "key";
        /// Its size in bytes.
        size: Option<Int> = "size";
        /// Its entity tag.
        etag: Option<Str<'a>> = "etag";
        /// Its version, in a bucket with versions.
        version_id: Option<Str<'a>> = "version-id";
        /// Hexadecimal digits that order what happens to one key, once the shorter text is padded with zeros.
        sequencer: Option<Str<'a>> = "sequencer";
        /// Whether a copy has annotations.
        has_object_annotation: Option<bool> = "has-object-annotation";
    }

    /// An annotation of an object.
    pub struct Annotation<'a> {
        /// Its name.
        name: Option<Str<'a>> = "name";
        /// Its size in bytes, if it was put.
        size: Option<Int> = "size";
        /// Its entity tag, if it was put.
        etag: Option<Str<'a>> = "etag";
    }

    /// How long an object is kept.
    pub struct DetailRetention<'a> {
        /// `GOVERNANCE` or `COMPLIANCE`.
        mode: Option<Str<'a>> = "mode";
        /// Until when the object is kept.
        retain_until_date: Option<DateTime<'a>> = "retain-until-date";
        /// `ON` while an event holds the object.
        event_hold: Option<Str<'a>> = "event-hold";
        /// How long it is kept after that event, by unit: `days` or `years`.
        event_hold_duration: Map<'a, Int> = "event-hold-duration";
    }
}

open_enum! {
    /// The `detail-type` of an event of S3.
    ///
    /// ```
    /// use lambda_events::s3::DetailType;
    ///
    /// assert_eq!(DetailType::from("Object Created"), DetailType::ObjectCreated);
    /// ```
    pub enum DetailType<'a> {
        /// An object was made.
        ObjectCreated = "Object Created",
        /// An object was deleted or hidden.
        ObjectDeleted = "Object Deleted",
        /// A copy of an archived object was asked for.
        ObjectRestoreInitiated = "Object Restore Initiated",
        /// The copy is there.
        ObjectRestoreCompleted = "Object Restore Completed",
        /// The copy has ended.
        ObjectRestoreExpired = "Object Restore Expired",
        /// A lifecycle rule has moved an object.
        ObjectStorageClassChanged = "Object Storage Class Changed",
        /// Intelligent-Tiering has moved an object to an archive.
        ObjectAccessTierChanged = "Object Access Tier Changed",
        /// An access control list was set.
        ObjectAclUpdated = "Object ACL Updated",
        /// Tags were set.
        ObjectTagsAdded = "Object Tags Added",
        /// Tags were deleted.
        ObjectTagsDeleted = "Object Tags Deleted",
        /// An annotation was put.
        ObjectAnnotationCreated = "Object Annotation Created",
        /// An annotation was deleted.
        ObjectAnnotationRemoved = "Object Annotation Removed",
        /// A retention was set.
        ObjectRetentionUpdated = "Object Retention Updated",
    }
}
