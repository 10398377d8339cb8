//! What Amazon ECR tells EventBridge: the `detail` of its events.
//!
//! Source: [Amazon ECR events and EventBridge](https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html).

use crate::{Int, Map, Str, value::DateTime};

event! {
    /// The detail of `ECR Image Action`, and of `ECR Referrer Action` and `ECR Replication Action`.
    ///
    /// ```
    /// use lambda_events::ecr::{ActionType, ImageAction};
    ///
    /// let json = r#"{"result":"SUCCESS","repository-name":"shop/orders","action-type":"PUSH","image-tag":"1.4.2"}"#;
    /// let detail: ImageAction<'_> = serde_json::from_str(json)?;
    /// assert_eq!(detail.action_type, Some(ActionType::Push));
    /// assert_eq!(detail.image_tag.as_deref(), Some("1.4.2"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ImageAction<'a> {
        /// Whether it has worked.
        result: Option<ActionResult<'a>> = "result";
        /// The name of the repository.
        repository_name: Option<Str<'a>> = "repository-name";
        /// The digest of the image.
        image_digest: Option<Str<'a>> = "image-digest";
        /// Of a replication: the account from which it comes.
        source_account: Option<Str<'a>> = "source-account";
        /// What was done.
        action_type: Option<ActionType<'a>> = "action-type";
        /// Of a replication: the region from which it comes.
        source_region: Option<Str<'a>> = "source-region";
        /// The tag of the image; not there or empty if it has none.
        image_tag: Option<Str<'a>> = "image-tag";
        /// Of a change of the storage class: the new one.
        target_storage_class: Option<StorageClass<'a>> = "target-storage-class";
        /// The media type of the manifest.
        manifest_media_type: Option<Str<'a>> = "manifest-media-type";
        /// The media type of the artifact.
        artifact_media_type: Option<Str<'a>> = "artifact-media-type";
        /// Of an image that was brought back from the archive: when.
        last_activated_at: Option<DateTime<'a>> = "last-activated-at";
    }

    /// The detail of `ECR Image Scan`.
    ///
    /// ```
    /// use lambda_events::ecr::ImageScan;
    ///
    /// let json = r#"{"scan-status":"COMPLETE","finding-severity-counts":{"CRITICAL":10,"MEDIUM":9}}"#;
    /// let detail: ImageScan<'_> = serde_json::from_str(json)?;
    /// assert_eq!((detail.findings("CRITICAL"), detail.findings("HIGH")), (10, 0));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ImageScan<'a> {
        /// How far it is.
        scan_status: Option<ScanStatus<'a>> = "scan-status";
        /// The name of the repository.
        repository_name: Option<Str<'a>> = "repository-name";
        /// How much was found, by how bad it is: `CRITICAL`, `HIGH`, `MEDIUM`, `LOW`, `INFORMATIONAL`, `UNDEFINED`.
        finding_severity_counts: Map<'a, Int> = "finding-severity-counts";
        /// The digest of the image.
        image_digest: Option<Str<'a>> = "image-digest";
        /// The tags of the image.
        image_tags: Vec<Str<'a>> = "image-tags";
    }

    /// The detail of `ECR Pull Through Cache Action`.
    pub struct PullThroughCacheAction<'a> {
        /// The version of the rule.
        rule_version: Option<Str<'a>> = "rule-version";
        /// Whether the image was fetched.
        sync_status: Option<ActionResult<'a>> = "sync-status";
        /// The prefix of repositories for which the rule holds.
        ecr_repository_prefix: Option<Str<'a>> = "ecr-repository-prefix";
        /// The name of the repository.
        repository_name: Option<Str<'a>> = "repository-name";
        /// The registry from which it is fetched.
        upstream_registry_url: Option<Str<'a>> = "upstream-registry-url";
        /// The tag of the image.
        image_tag: Option<Str<'a>> = "image-tag";
        /// The digest of the image.
        image_digest: Option<Str<'a>> = "image-digest";
        /// Why it could not be fetched, as a code.
        failure_code: Option<Str<'a>> = "failure-code";
        /// Why it could not be fetched, for people.
        failure_reason: Option<Str<'a>> = "failure-reason";
    }

    /// The detail of `ECR Scan Resource Change`: what enhanced scanning looks at has changed.
    pub struct ScanResourceChange<'a> {
        /// What has changed: `SCAN_FREQUENCY_CHANGE`.
        action_type: Option<Str<'a>> = "action-type";
        /// The repositories.
        repositories: Vec<ScanRepository<'a>> = "repositories";
        /// `REPOSITORY`.
        resource_type: Option<Str<'a>> = "resource-type";
        /// `ENHANCED`.
        scan_type: Option<Str<'a>> = "scan-type";
    }

    /// A repository that is scanned more or less often than before.
    pub struct ScanRepository<'a> {
        /// Its name.
        repository_name: Option<Str<'a>> = "repository-name";
        /// Its ARN.
        repository_arn: Option<Str<'a>> = "repository-arn";
        /// How often it is scanned.
        scan_frequency: Option<ScanFrequency<'a>> = "scan-frequency";
        /// How often it was scanned before.
        previous_scan_frequency: Option<ScanFrequency<'a>> = "previous-scan-frequency";
    }
}

open_enum! {
    /// Whether an action has worked.
    pub enum ActionResult<'a> {
        /// It has.
        Success = "SUCCESS",
        /// It has not.
        Failed = "FAILED",
    }

    /// What was done with an image.
    pub enum ActionType<'a> {
        /// It was pushed.
        Push = "PUSH",
        /// It was deleted.
        Delete = "DELETE",
        /// It was copied to this registry.
        Replicate = "REPLICATE",
        /// It was put into the archive, or brought back.
        UpdateStorageClass = "UPDATE_STORAGE_CLASS",
    }

    /// Where an image is stored.
    pub enum StorageClass<'a> {
        /// Where it can be pulled.
        Standard = "STANDARD",
        /// In the archive.
        Archive = "ARCHIVE",
    }

    /// How far a scan is.
    pub enum ScanStatus<'a> {
        /// It has ended.
        Complete = "COMPLETE",
        /// It has failed.
        Failed = "FAILED",
    }

    /// How often a repository is scanned.
    pub enum ScanFrequency<'a> {
        /// When somebody asks for it.
        Manual = "MANUAL",
        /// When an image is pushed.
        ScanOnPush = "SCAN_ON_PUSH",
        /// When an image is pushed, and when something new is known.
        ContinuousScan = "CONTINUOUS_SCAN",
    }
}

impl ImageScan<'_> {
    /// How much was found of this severity; ECR leaves out those of which there is none.
    pub fn findings(&self, severity: &str) -> i64 {
        self.finding_severity_counts.get(severity).map_or(0, |count| count.get())
    }
}
