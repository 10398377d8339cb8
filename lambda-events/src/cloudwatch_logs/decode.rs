//! How logs are decoded: from base64, from gzip, and from JSON.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::{AwsLogs, CloudWatchLogs, Logs};
use crate::{IntoOwned, value::Base64Error};

/// Why there are no logs in an event.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// It is no base64.
    #[error("awslogs.data cannot be decoded")]
    Base64(#[source] Base64Error),
    /// It is not compressed with gzip, or not to its end.
    #[error("the logs cannot be decompressed")]
    Gzip(#[source] std::io::Error),
    /// It is no JSON of logs.
    #[error("the decompressed logs cannot be read")]
    Json(#[source] serde_json::Error),
}

impl CloudWatchLogs<'_> {
    /// The logs.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if there are none.
    pub fn decode(&self) -> Result<Logs<'static>, DecodeError> {
        self.awslogs.decode()
    }
}

impl AwsLogs<'_> {
    /// The logs.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if there are none.
    pub fn decode(&self) -> Result<Logs<'static>, DecodeError> {
        decode_gzip(&self.data.decode().map_err(DecodeError::Base64)?)
    }
}

/// The most that logs may become: far more than the service puts into a record. What is cut off here is no JSON.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// The logs of a record of Kinesis or Firehose: of its data, once they are decoded from base64.
///
/// # Errors
///
/// [`DecodeError`] if there are none.
pub fn decode_gzip(data: &[u8]) -> Result<Logs<'static>, DecodeError> {
    let mut json = Vec::new();
    MultiGzDecoder::new(data).take(MOST_BYTES).read_to_end(&mut json).map_err(DecodeError::Gzip)?;
    crate::from_slice::<Logs<'_>>(&json).map(Logs::into_owned).map_err(DecodeError::Json)
}

#[cfg(test)]
mod test {
    use std::{error::Error, io::Write};

    use flate2::{Compression, write::GzEncoder};

    use super::{AwsLogs, DecodeError, decode_gzip};
    use crate::value::Base64;

    fn compressed(json: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(json.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn logs_are_decoded() {
        let json = r#"{"messageType":"DATA_MESSAGE","logEvents":[{"message":"a\nb"}]}"#;
        let logs = decode_gzip(&compressed(json)).unwrap();
        assert_eq!(logs.log_events[0].message, "a\nb");
        assert_eq!(serde_json::to_string(&logs).unwrap(), json);
    }

    #[test]
    fn the_error_says_how_far_it_went() {
        let decode = |data| AwsLogs { data, ..AwsLogs::default() }.decode().unwrap_err();
        let cut = compressed("{}");
        let cases = [
            (Base64::from("?"), "awslogs.data cannot be decoded"),
            (Base64::encode("plain"), "the logs cannot be decompressed"),
            (Base64::encode(&cut[..cut.len() - 1]), "the logs cannot be decompressed"),
            (Base64::encode(compressed("{}")), "the decompressed logs cannot be read"),
        ];
        for (data, expected) in cases {
            let error: DecodeError = decode(data);
            assert_eq!(error.to_string(), expected);
            assert!(error.source().is_some());
        }
    }
}
