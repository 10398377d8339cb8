//! Placeholder.
use bytes::Bytes;
use lambda_api::RequestId;
/// x
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// x
    pub request_id: RequestId,
    /// x
    pub function_arn: String,
    /// x
    pub condition: Condition,
    /// x
    pub attempts: u32,
    /// x
    pub payload: Bytes,
    /// x
    pub response: Option<FinishedResponse>,
    /// x
    pub trace_id: Option<String>,
}
/// x
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// x
    Success,
    /// x
    RetriesExhausted,
    /// x
    EventAgeExceeded,
    /// x
    ZeroReservedConcurrency,
}
impl Condition {
    /// x
    pub fn as_str(self) -> &'static str {
        ""
    }
    /// x
    pub fn from_word(_: &str) -> Option<Self> {
        None
    }
}
/// x
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinishedResponse {
    /// x
    pub executed_version: String,
    /// x
    pub function_error: Option<String>,
    /// x
    pub status_code: u16,
    /// x
    pub payload: Bytes,
}
