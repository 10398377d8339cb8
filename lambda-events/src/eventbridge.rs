//! Events of Amazon EventBridge: the envelope that all of them have.
//!
//! Source: [Event structure](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html). The details of S3 are in the
//! module `s3`.
//!
//! An input that a rule or a schedule has been given comes without an envelope: its function takes a type of its own, or
//! [`Json`]. Nor have the batches of EventBridge Pipes one, which are arrays.

use crate::{
    Json, Str,
    value::{DateTime, JsonError},
};

event! {
    /// An event of a bus, or of a schedule without an input of its own.
    ///
    /// ```
    /// use lambda_events::eventbridge::EventBridge;
    ///
    /// let json = r#"{"detail-type":"Order Placed","source":"com.example.shop","detail":{"order":4711}}"#;
    /// let event: EventBridge<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.detail["order"].as_i64(), Some(4711));
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Order {
    ///     order: u32,
    /// }
    /// assert_eq!(event.detail.to::<Order>()?.order, 4711);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct EventBridge<'a> {
        /// `0`.
        version: Option<Str<'a>> = "version";
        /// The id of the event, a UUID.
        id: Option<Str<'a>> = "id";
        /// What has happened, together with the source: what the detail has is known by both.
        detail_type: Option<Str<'a>> = "detail-type";
        /// Who says so: `aws.s3`, or a name of one's own.
        source: Option<Str<'a>> = "source";
        /// The account in which it has happened.
        account: Option<Str<'a>> = "account";
        /// When it has happened.
        time: Option<DateTime<'a>> = "time";
        /// The region in which it has happened.
        region: Option<Str<'a>> = "region";
        /// The ARNs of what it has happened to.
        resources: Vec<Str<'a>> = "resources";
        /// What else there is to say; of a schedule of EventBridge Scheduler this is text.
        detail: Json<'a> = "detail", required;
        /// The name of the replay, if the event comes out of an archive.
        replay_name: Option<Str<'a>> = "replay-name";
    }
}

impl<'a> EventBridge<'a> {
    /// Whether the event is of this source and this type.
    pub fn is(&self, source: &str, detail_type: &str) -> bool {
        self.source.as_deref() == Some(source) && self.detail_type.as_deref() == Some(detail_type)
    }

    /// The detail as a type, if the event is of this source and this type.
    ///
    /// # Errors
    ///
    /// [`JsonError`] if the detail is of another shape.
    ///
    /// ```
    /// # #[cfg(feature = "samples")] {
    /// use lambda_events::{Json, samples};
    ///
    /// let event = samples::EVENTBRIDGE.event();
    /// assert!(event.detail_of::<Json<'_>>("com.example.shop", "Order Placed")?.is_some());
    /// assert!(event.detail_of::<Json<'_>>("aws.s3", "Object Created")?.is_none());
    /// # }
    /// # Ok::<(), lambda_events::value::JsonError>(())
    /// ```
    pub fn detail_of<T: serde::Deserialize<'a>>(
        &'a self,
        source: &str,
        detail_type: &str,
    ) -> Result<Option<T>, JsonError> {
        if self.is(source, detail_type) { self.detail.to().map(Some) } else { Ok(None) }
    }
}
