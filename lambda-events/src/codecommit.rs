//! Triggers of AWS CodeCommit repositories.
//!
//! Source: [Using Lambda with AWS CodeCommit](https://docs.aws.amazon.com/lambda/latest/dg/services-codecommit.html).

use crate::{Int, Str, value::DateTime};

event! {
    /// Branches or tags of a repository have changed.
    ///
    /// ```
    /// use lambda_events::codecommit::CodeCommit;
    ///
    /// let json = r#"{"Records":[{"codecommit":{"references":[{"commit":"5c4ef104","ref":"refs/heads/main"}]},
    ///     "eventSourceARN":"arn:aws:codecommit:eu-west-1:123456789012:shop"}]}"#;
    /// let event: CodeCommit<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.records[0].repository(), Some("shop"));
    /// assert_eq!(event.records[0].codecommit.references[0].name.as_deref(), Some("refs/heads/main"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct CodeCommit<'a> {
        /// The changes.
        records: Vec<Record<'a>> = "Records", required;
    }

    /// A change of a repository.
    pub struct Record<'a> {
        /// The region of the repository.
        aws_region: Option<Str<'a>> = "awsRegion";
        /// What has changed.
        codecommit: Changes<'a> = "codecommit";
        /// The text that the trigger has for the function.
        custom_data: Option<Str<'a>> = "customData";
        /// The event's id.
        event_id: Option<Str<'a>> = "eventId";
        /// `ReferenceChanges`, or `TriggerEventTest` for a try.
        event_name: Option<Str<'a>> = "eventName";
        /// Which part of the event this is, from 1.
        event_part_number: Option<Int> = "eventPartNumber";
        /// `aws:codecommit`.
        event_source: Option<Str<'a>> = "eventSource";
        /// The ARN of the repository.
        event_source_arn: Option<Str<'a>> = "eventSourceARN";
        /// When it happened.
        event_time: Option<DateTime<'a>> = "eventTime";
        /// How many parts the event has.
        event_total_parts: Option<Int> = "eventTotalParts";
        /// The id of the trigger's settings.
        event_trigger_config_id: Option<Str<'a>> = "eventTriggerConfigId";
        /// The name of the trigger.
        event_trigger_name: Option<Str<'a>> = "eventTriggerName";
        /// The version of this format.
        event_version: Option<Str<'a>> = "eventVersion";
        /// The ARN of who has done it.
        user_identity_arn: Option<Str<'a>> = "userIdentityARN";
    }

    /// What has changed in a repository.
    pub struct Changes<'a> {
        /// Branches and tags.
        references: Vec<Reference<'a>> = "references";
    }

    /// A branch or a tag that has changed.
    pub struct Reference<'a> {
        /// The commit that it is at.
        commit: Option<Str<'a>> = "commit";
        /// Whether it is new.
        created: Option<bool> = "created";
        /// Whether it is gone.
        deleted: Option<bool> = "deleted";
        /// Its whole name: `refs/heads/main`.
        name: Option<Str<'a>> = "ref";
    }
}

impl Record<'_> {
    /// The name of the repository, which is the end of its ARN.
    pub fn repository(&self) -> Option<&str> {
        self.event_source_arn.as_deref()?.rsplit(':').next()
    }
}
