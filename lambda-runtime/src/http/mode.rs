//! What the environment says about HTTP: whether responses stream, and whether the stage is part of the path.

use crate::ConfigError;

const INVOKE_MODE: &str = "AWS_LAMBDA_HTTP_INVOKE_MODE";
const IGNORE_STAGE: &str = "AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH";

/// How a function URL or a REST API invokes the function.
///
/// Sources: [function URLs](https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html), [REST
/// APIs](https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InvokeMode {
    /// The response is whole before any of it is sent.
    #[default]
    Buffered,
    /// The response is sent as it comes.
    ResponseStream,
}

/// What environment variables say about HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpConfig {
    /// `AWS_LAMBDA_HTTP_INVOKE_MODE`: `BUFFERED` or `RESPONSE_STREAM`.
    pub invoke_mode: Option<InvokeMode>,
    /// `AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH`: whether the path goes without the stage that HTTP APIs put in front of it.
    pub ignore_stage_in_path: bool,
}

impl HttpConfig {
    pub(crate) fn from_vars(optional: impl Fn(&'static str) -> Option<String>) -> Result<Self, ConfigError> {
        Ok(Self {
            invoke_mode: optional(INVOKE_MODE).map(invoke_mode).transpose()?,
            ignore_stage_in_path: optional(IGNORE_STAGE).map_or(Ok(false), ignore_stage)?,
        })
    }
}

fn invoke_mode(value: String) -> Result<InvokeMode, ConfigError> {
    if value.eq_ignore_ascii_case("BUFFERED") {
        Ok(InvokeMode::Buffered)
    } else if value.eq_ignore_ascii_case("RESPONSE_STREAM") {
        Ok(InvokeMode::ResponseStream)
    } else {
        Err(ConfigError::Invalid { variable: INVOKE_MODE, value, expected: "BUFFERED or RESPONSE_STREAM" })
    }
}

fn ignore_stage(value: String) -> Result<bool, ConfigError> {
    match &*value.to_ascii_lowercase() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(ConfigError::Invalid { variable: IGNORE_STAGE, value, expected: "true or false" }),
    }
}

#[cfg(test)]
mod test {
    use super::*;

    fn read(mode: Option<&str>, stage: Option<&str>) -> Result<HttpConfig, String> {
        let variable = |name| if name == INVOKE_MODE { mode } else { stage }.map(str::to_owned);
        HttpConfig::from_vars(variable).map_err(|error| error.to_string())
    }

    #[test]
    fn the_variables_may_be_missing_and_may_not_be_odd() {
        assert_eq!(read(None, None), Ok(HttpConfig::default()));
        let all = HttpConfig { invoke_mode: Some(InvokeMode::ResponseStream), ignore_stage_in_path: true };
        assert_eq!(read(Some("response_stream"), Some("TRUE")), Ok(all));
        let problem = read(Some("stream"), None).unwrap_err();
        assert_eq!(
            problem,
            "environment variable AWS_LAMBDA_HTTP_INVOKE_MODE is \"stream\", which is not BUFFERED or RESPONSE_STREAM"
        );
        assert!(read(None, Some("yes")).unwrap_err().contains("which is not true or false"));
    }
}
