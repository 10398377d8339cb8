//! Notifications of Amazon S3: as S3 sends them itself, and as the details of events of EventBridge ([`Detail`]).
//!
//! Source: [Event message structure](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html). What the function
//! sees of jobs and of GETs through it is in the modules `s3_batch` and `s3_object_lambda`.

use crate::{Int, Map, Str, form, value::DateTime};

mod detail;

pub use self::detail::{Annotation, Detail, DetailBucket, DetailObject, DetailRetention, DetailType};

event! {
    /// Notifications of a bucket; S3 sends one at a time, and a [`TestEvent`] first if it goes through a queue or a topic.
    ///
    /// ```
    /// use lambda_events::s3::S3;
    ///
    /// let json = r#"{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"photos"},
    ///     "object":{"key":"summer/red+flower%21.jpg"}}}]}"#;
    /// let event: S3<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.records[0].s3.object.decoded_key().as_deref(), Some("summer/red flower!.jpg"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct S3<'a> {
        /// The notifications.
        records: Vec<Record<'a>> = "Records", required;
    }

    /// A notification.
    pub struct Record<'a> {
        /// The version of this format, `2.6` say: greater minor versions have more members.
        event_version: Option<Str<'a>> = "eventVersion";
        /// `aws:s3`.
        event_source: Option<Str<'a>> = "eventSource";
        /// The region of the bucket.
        aws_region: Option<Str<'a>> = "awsRegion";
        /// When S3 was done with the request.
        event_time: Option<DateTime<'a>> = "eventTime";
        /// What has happened.
        event_name: Option<EventName<'a>> = "eventName";
        /// Who caused it.
        user_identity: Identity<'a> = "userIdentity";
        /// What is known of the request.
        request_parameters: RequestParameters<'a> = "requestParameters";
        /// What S3 has answered to the request.
        response_elements: ResponseElements<'a> = "responseElements";
        /// The bucket and the object.
        s3: Entity<'a> = "s3", required;
        /// Of an object that has been restored.
        glacier_event_data: Option<GlacierEventData<'a>> = "glacierEventData";
        /// Of an object that is replicated.
        replication_event_data: Option<ReplicationEventData<'a>> = "replicationEventData";
        /// Of an object that Intelligent-Tiering has moved.
        intelligent_tiering_event_data: Option<IntelligentTieringEventData<'a>> = "intelligentTieringEventData";
        /// Of an object that a lifecycle rule has moved.
        lifecycle_event_data: Option<LifecycleEventData<'a>> = "lifecycleEventData";
        /// Of an object whose retention was set.
        object_retention_event_data: Option<ObjectRetentionEventData<'a>> = "objectRetentionEventData";
    }

    /// Someone, by an id.
    pub struct Identity<'a> {
        /// The id of a user, a role or a service.
        principal_id: Option<Str<'a>> = "principalId";
    }

    /// What is known of the request.
    pub struct RequestParameters<'a> {
        /// The address from which it came, or the name of a service.
        source_ip_address: Option<Str<'a>> = "sourceIPAddress";
    }

    /// What S3 has answered to the request, for AWS Support.
    pub struct ResponseElements<'a> {
        /// The id of the request.
        request_id: Option<Str<'a>> = "x-amz-request-id";
        /// The host that has answered.
        id2: Option<Str<'a>> = "x-amz-id-2";
    }

    /// The bucket and the object.
    pub struct Entity<'a> {
        /// The version of this part of the format.
        s3_schema_version: Option<Str<'a>> = "s3SchemaVersion";
        /// The id of the configuration by which the bucket notifies.
        configuration_id: Option<Str<'a>> = "configurationId";
        /// The bucket.
        bucket: Bucket<'a> = "bucket";
        /// The object.
        object: Object<'a> = "object";
        /// Annotations that were put or deleted.
        object_annotation: Vec<ObjectAnnotation<'a>> = "objectAnnotation";
    }

    /// A bucket.
    pub struct Bucket<'a> {
        /// Its name.
        name: Option<Str<'a>> = "name";
        /// Its owner; no longer of use.
        owner_identity: Option<Identity<'a>> = "ownerIdentity";
        /// Its ARN.
        arn: Option<Str<'a>> = "arn";
        /// Tags that services of AWS have set, since version 2.5.
        aws_generated_tags: Map<'a, Str<'a>> = "awsGeneratedTags";
    }

    /// An object.
    pub struct Object<'a> {
        /// Its key, encoded as in a form: `red+flower.jpg` for `red flower.jpg`.
        key: Option<Str<'a>> = "key";
        /// Its size in bytes.
        size: Option<Int> = "size";
        /// Its entity tag.
        e_tag: Option<Str<'a>> = "eTag";
        /// Its version, in a bucket with versions.
        version_id: Option<Str<'a>> = "versionId";
        /// Hexadecimal digits that order what happens to one key, once the shorter text is padded with zeros.
        sequencer: Option<Str<'a>> = "sequencer";
        /// Whether a copy has annotations.
        has_object_annotation: Option<bool> = "hasObjectAnnotation";
    }

    /// An annotation of an object.
    pub struct ObjectAnnotation<'a> {
        /// Its name.
        name: Option<Str<'a>> = "name";
        /// Its size in bytes, if it was put.
        size: Option<Int> = "size";
        /// Its entity tag, if it was put.
        e_tag: Option<Str<'a>> = "eTag";
    }

    /// Of an object that has been restored.
    pub struct GlacierEventData<'a> {
        /// The copy that was made.
        restore_event_data: RestoreEventData<'a> = "restoreEventData";
    }

    /// The copy that was made of an object.
    pub struct RestoreEventData<'a> {
        /// When the copy ends.
        lifecycle_restoration_expiry_time: Option<DateTime<'a>> = "lifecycleRestorationExpiryTime";
        /// The class from which the object was restored.
        lifecycle_restore_storage_class: Option<Str<'a>> = "lifecycleRestoreStorageClass";
    }

    /// Of an object that is replicated.
    pub struct ReplicationEventData<'a> {
        /// The rule.
        replication_rule_id: Option<Str<'a>> = "replicationRuleId";
        /// The ARN of the bucket to which the object goes.
        destination_bucket: Option<Str<'a>> = "destinationBucket";
        /// `OBJECT_PUT`, say.
        s3_operation: Option<Str<'a>> = "s3Operation";
        /// When it was asked for.
        request_time: Option<DateTime<'a>> = "requestTime";
        /// Why it has failed, as one word.
        failure_reason: Option<Str<'a>> = "failureReason";
        /// The time in which it should have been done, in minutes.
        threshold: Option<Str<'a>> = "threshold";
        /// When it was done.
        replication_time: Option<DateTime<'a>> = "replicationTime";
    }

    /// Of an object that Intelligent-Tiering has moved.
    pub struct IntelligentTieringEventData<'a> {
        /// Where it is now.
        destination_access_tier: Option<Str<'a>> = "destinationAccessTier";
    }

    /// Of an object that a lifecycle rule has moved.
    pub struct LifecycleEventData<'a> {
        /// The move.
        transition_event_data: TransitionEventData<'a> = "transitionEventData";
    }

    /// The move of an object.
    pub struct TransitionEventData<'a> {
        /// The class in which it is now.
        destination_storage_class: Option<Str<'a>> = "destinationStorageClass";
    }

    /// Of an object whose retention was set.
    pub struct ObjectRetentionEventData<'a> {
        /// `GOVERNANCE` or `COMPLIANCE`.
        mode: Option<Str<'a>> = "mode";
        /// Until when the object is kept.
        retain_until_date: Option<DateTime<'a>> = "retainUntilDate";
        /// `ON` while an event holds the object.
        event_hold: Option<Str<'a>> = "eventHold";
        /// How long it is kept after that event, by unit: `days` or `years`.
        event_hold_duration: Map<'a, Int> = "eventHoldDuration";
    }

    /// What S3 sends to a queue or a topic when its notifications are set up.
    ///
    /// ```
    /// use lambda_events::s3::TestEvent;
    ///
    /// let body = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"photos"}"#;
    /// assert!(serde_json::from_str::<TestEvent<'_>>(body).is_ok());
    /// assert!(serde_json::from_str::<TestEvent<'_>>(r#"{"Records":[]}"#).is_err());
    /// ```
    pub struct TestEvent<'a> {
        /// `Amazon S3`.
        service: Option<Str<'a>> = "Service";
        /// `s3:TestEvent`.
        event: Str<'a> = "Event", required;
        /// When it was sent.
        time: Option<DateTime<'a>> = "Time";
        /// The name of the bucket.
        bucket: Option<Str<'a>> = "Bucket";
        /// The id of the request.
        request_id: Option<Str<'a>> = "RequestId";
        /// The host that has answered it.
        host_id: Option<Str<'a>> = "HostId";
    }
}

impl Object<'_> {
    /// The key as the object is called; `None` if there is none, or if what is encoded is no UTF-8.
    pub fn decoded_key(&self) -> Option<String> {
        form::decode(self.key.as_deref()?)
    }
}

open_enum! {
    /// What has happened.
    pub enum EventName<'a> {
        /// An object was put.
        ObjectCreatedPut = "ObjectCreated:Put",
        /// An object was posted with a form.
        ObjectCreatedPost = "ObjectCreated:Post",
        /// An object was made as a copy.
        ObjectCreatedCopy = "ObjectCreated:Copy",
        /// An object was put together of its parts.
        ObjectCreatedCompleteMultipartUpload = "ObjectCreated:CompleteMultipartUpload",
        /// An object or a version of one was deleted.
        ObjectRemovedDelete = "ObjectRemoved:Delete",
        /// An object was hidden by a delete marker.
        ObjectRemovedDeleteMarkerCreated = "ObjectRemoved:DeleteMarkerCreated",
        /// A copy of an archived object was asked for.
        ObjectRestorePost = "ObjectRestore:Post",
        /// The copy is there.
        ObjectRestoreCompleted = "ObjectRestore:Completed",
        /// The copy has ended.
        ObjectRestoreDelete = "ObjectRestore:Delete",
        /// An object with reduced redundancy was lost.
        ReducedRedundancyLostObject = "ReducedRedundancyLostObject",
        /// An object could not be replicated.
        ReplicationOperationFailedReplication = "Replication:OperationFailedReplication",
        /// An object was not replicated in time.
        ReplicationOperationMissedThreshold = "Replication:OperationMissedThreshold",
        /// An object was replicated late.
        ReplicationOperationReplicatedAfterThreshold = "Replication:OperationReplicatedAfterThreshold",
        /// The replication of an object is no longer tracked.
        ReplicationOperationNotTracked = "Replication:OperationNotTracked",
        /// A lifecycle rule has deleted an object.
        LifecycleExpirationDelete = "LifecycleExpiration:Delete",
        /// A lifecycle rule has hidden an object.
        LifecycleExpirationDeleteMarkerCreated = "LifecycleExpiration:DeleteMarkerCreated",
        /// A lifecycle rule has moved an object.
        LifecycleTransition = "LifecycleTransition",
        /// Intelligent-Tiering has moved an object to an archive.
        IntelligentTiering = "IntelligentTiering",
        /// Tags were set.
        ObjectTaggingPut = "ObjectTagging:Put",
        /// Tags were deleted.
        ObjectTaggingDelete = "ObjectTagging:Delete",
        /// An access control list was set.
        ObjectAclPut = "ObjectAcl:Put",
        /// A retention was set.
        ObjectRetentionPut = "ObjectRetention:Put",
        /// An annotation was put.
        ObjectAnnotationPut = "ObjectAnnotation:Put",
        /// An annotation was deleted.
        ObjectAnnotationDelete = "ObjectAnnotation:Delete",
    }
}
