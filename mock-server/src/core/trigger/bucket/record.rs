//! A notification as S3 sends it: the event of a function, or the text of a message.
//!
//! Members and their order are those of
//! [the structure of notifications](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html).
//! The key is encoded as in a form, but for its slashes.

use lambda_api::telemetry::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::{Notification, ObjectEvent};
use crate::core::{Time, timestamp, trigger::json::json};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Event<'a> {
    records: [Record<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    event_version: &'static str,
    event_source: &'static str,
    aws_region: &'a str,
    event_time: Timestamp,
    event_name: &'static str,
    user_identity: Identity<'a>,
    request_parameters: RequestParameters<'a>,
    response_elements: ResponseElements<'a>,
    s3: Entity<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    principal_id: &'a str,
}

#[derive(Serialize)]
struct RequestParameters<'a> {
    #[serde(rename = "sourceIPAddress")]
    source_ip_address: &'a str,
}

#[derive(Serialize)]
struct ResponseElements<'a> {
    #[serde(rename = "x-amz-request-id")]
    request_id: &'a str,
    #[serde(rename = "x-amz-id-2")]
    host_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entity<'a> {
    s3_schema_version: &'static str,
    configuration_id: &'a str,
    bucket: Bucket<'a>,
    object: Object<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bucket<'a> {
    name: &'a str,
    owner_identity: Identity<'a>,
    arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e_tag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<&'a str>,
    sequencer: &'a str,
}

/// What stands for itself in a form, and the space, which is replaced.
const KEY: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'/').remove(b' ');

/// Who S3 says has made a request that nobody has made.
const SERVICE: &str = "s3.amazonaws.com";

impl ObjectEvent {
    /// The event that a function gets by this notification: JSON.
    ///
    /// ```
    /// use mock_server::core::{Time, trigger::bucket::{EventName, Notification, ObjectEvent}};
    ///
    /// let event = ObjectEvent {
    ///     name: EventName::ObjectCreatedPut,
    ///     bucket: "example-photos".to_owned(),
    ///     account: "123456789012".to_owned(),
    ///     region: "eu-west-1".to_owned(),
    ///     key: "summer/red flower.jpg".to_owned(),
    ///     size: Some(1024),
    ///     etag: Some("d41d8cd98f00b204e9800998ecf8427e".to_owned()),
    ///     version_id: None,
    ///     sequencer: "0055AED6DCD90281E5".to_owned(),
    ///     time: Time::default(),
    ///     request_id: "C3D13FE58DE4C810".to_owned(),
    ///     host_id: "FMyUVURIY8".to_owned(),
    ///     requester: "123456789012".to_owned(),
    ///     source_ip: Some("203.0.113.7".to_owned()),
    /// };
    /// let notification = Notification::new("photos", ["s3:ObjectCreated:*"], "summer/", ".jpg")?;
    /// assert!(notification.matches(&event));
    ///
    /// let json: serde_json::Value = serde_json::from_str(&event.notification(&notification))?;
    /// assert_eq!(json["Records"][0]["s3"]["object"]["key"], "summer/red+flower.jpg");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn notification(&self, notification: &Notification) -> String {
        let is_there = !self.name.is_removal();
        json(&Event {
            records: [Record {
                event_version: self.name.version(),
                event_source: "aws:s3",
                aws_region: &self.region,
                event_time: timestamp(self.time),
                event_name: self.name.as_str(),
                user_identity: Identity { principal_id: &self.requester },
                request_parameters: RequestParameters {
                    source_ip_address: self.source_ip.as_deref().unwrap_or(SERVICE),
                },
                response_elements: ResponseElements { request_id: &self.request_id, host_id: &self.host_id },
                s3: Entity {
                    s3_schema_version: "1.0",
                    configuration_id: notification.id(),
                    bucket: Bucket {
                        name: &self.bucket,
                        owner_identity: Identity { principal_id: &self.account },
                        arn: self.bucket_arn(),
                    },
                    object: Object {
                        key: utf8_percent_encode(&self.key, KEY).to_string().replace(' ', "+"),
                        size: self.size.filter(|_| is_there),
                        e_tag: self.etag(),
                        version_id: self.version_id.as_deref(),
                        sequencer: &self.sequencer,
                    },
                },
            }],
        })
    }
}

/// What a queue or a topic gets when the notifications of a bucket are set up; source:
/// [test message](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html).
///
/// ```
/// use mock_server::core::{Time, trigger::bucket::test_event};
///
/// let json = test_event("example-photos", "5582815E1AEA5ADF", "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3e", Time::default());
/// assert!(json.starts_with(r#"{"Service":"Amazon S3","Event":"s3:TestEvent","#));
/// ```
pub fn test_event(bucket: &str, request_id: &str, host_id: &str, time: Time) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct TestEvent<'a> {
        service: &'static str,
        event: &'static str,
        time: Timestamp,
        bucket: &'a str,
        request_id: &'a str,
        host_id: &'a str,
    }

    json(&TestEvent {
        service: "Amazon S3",
        event: "s3:TestEvent",
        time: timestamp(time),
        bucket,
        request_id,
        host_id,
    })
}
