//! Something that has happened to an object.

use super::EventName;
use crate::core::Time;

/// Something that has happened to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectEvent {
    /// What.
    pub name: EventName,
    /// The name of the bucket.
    pub bucket: String,
    /// The account of the bucket's owner: 12 digits.
    pub account: String,
    /// The Region of the bucket.
    pub region: String,
    /// The object's key, as it is called.
    pub key: String,
    /// How large it is, in bytes. Nothing is told of it if the object is gone.
    pub size: Option<u64>,
    /// Its entity tag, without quotation marks. Nothing is told of it if the object is gone, but of a delete marker.
    pub etag: Option<String>,
    /// Its version, if the bucket has versions.
    pub version_id: Option<String>,
    /// Hexadecimal digits that order what happens to one key.
    pub sequencer: String,
    /// When the bucket was done with it.
    pub time: Time,
    /// The id of the request.
    pub request_id: String,
    /// The host that has answered it, which S3 calls `x-amz-id-2`.
    pub host_id: String,
    /// Who has made the request: an account, or the name of a service such as `s3.amazonaws.com`.
    pub requester: String,
    /// The address from which the request has come; if not set, a service has made it.
    pub source_ip: Option<String>,
}

impl ObjectEvent {
    /// The ARN of the bucket.
    pub(super) fn bucket_arn(&self) -> String {
        format!("arn:aws:s3:::{}", self.bucket)
    }

    /// The entity tag if there is something with one: an object that is not gone, or a delete marker.
    pub(super) fn etag(&self) -> Option<&str> {
        let is_gone =
            matches!(self.name, EventName::ObjectRemovedDelete | EventName::LifecycleExpirationDelete);
        self.etag.as_deref().filter(|_| !is_gone)
    }
}
