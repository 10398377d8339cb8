//! The environment variables of an execution environment.
//!
//! Names and values are those of a `provided.al2023` function, from
//! [environment variables](https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html). Three
//! things differ on purpose: `PATH` also has the folders of this machine, so that a script finds its interpreter;
//! `TMPDIR` leads to a folder in place of `/tmp`, which belongs to the machine; and credentials are placeholders.
//!
//! Some are the function's, some the environment's; the address of the APIs and `TMPDIR` come last, when a
//! process is started.

use std::{collections::BTreeMap, path::Path, time::SystemTime};

use lambda_api::limits;

use crate::{
    function::StartError,
    log::{LogFormat, LogLevel},
};

pub(crate) const REGION: &str = "us-east-1";
pub(crate) const ACCOUNT_ID: &str = "123456789012";
pub(crate) const AVAILABILITY_ZONE_ID: &str = "use1-az1";

/// The ARN of a function, without a qualifier.
pub(crate) fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{name}")
}

/// Placeholders that no service accepts.
pub(crate) const CREDENTIALS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "mock-access-key-id"),
    ("AWS_SECRET_ACCESS_KEY", "mock-secret-access-key"),
    ("AWS_SESSION_TOKEN", "mock-session-token"),
];

/// Names that a function cannot set, and that have no value here.
const RESERVED: [&str; 6] = [
    "AWS_EXECUTION_ENV",
    "AWS_ACCESS_KEY",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_METADATA_TOKEN",
];

/// What the variables tell about a function.
pub(crate) struct Describe<'a> {
    pub(crate) function_name: &'a str,
    pub(crate) version: &'a str,
    pub(crate) handler: &'a str,
    pub(crate) memory_mb: u32,
    /// Where the code lies, if it is a file.
    pub(crate) task_root: Option<&'a Path>,
    /// What takes the place of `/opt`.
    pub(crate) opt: Option<&'a Path>,
    pub(crate) log_format: Option<LogFormat>,
    pub(crate) log_level: Option<LogLevel>,
    /// Where its log goes, if that was chosen.
    pub(crate) log_group: Option<&'a str>,
    /// The function's own variables.
    pub(crate) own: &'a BTreeMap<String, String>,
}

/// What the variables tell about an execution environment.
pub(crate) struct Environment<'a> {
    pub(crate) version: &'a str,
    pub(crate) started: SystemTime,
    /// 32 hexadecimal digits.
    pub(crate) log_stream: String,
    /// What the metadata endpoint is asked with.
    pub(crate) metadata_token: String,
    /// What `AWS_LAMBDA_INITIALIZATION_TYPE` says.
    pub(crate) initialization_type: &'a str,
    /// How many invocations the runtime serves at once, if that is more than one.
    pub(crate) max_concurrency: Option<u32>,
}

/// Refuses variables of a function's own that Lambda would refuse.
///
/// What begins with an underscore is not refused, because AWS's own core drops it.
pub(crate) fn check(own: &BTreeMap<String, String>) -> Result<(), StartError> {
    let is_valid = |name: &str| {
        let mut bytes = name.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
            && bytes.len() > 0
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if let Some(name) = own.keys().find(|name| !name.starts_with('_') && !is_valid(name)) {
        return Err(StartError::VariableName { name: name.clone() });
    }
    // This is what the service measures and shows.
    let measured = serde_json::json!(own).to_string();
    if measured.len() > limits::ENVIRONMENT_BYTES {
        return Err(StartError::VariablesTooLarge { measured });
    }
    Ok(())
}

/// The variables of a function, as its runtime sees them.
pub(crate) fn of_function(describe: &Describe<'_>) -> BTreeMap<String, String> {
    let Describe {
        function_name,
        version,
        handler,
        memory_mb,
        task_root,
        opt,
        log_format,
        log_level,
        log_group,
        own,
    } = describe;
    let task_root = task_root.map_or_else(|| "/var/task".to_owned(), |path| path.display().to_string());
    let opt = opt.map_or_else(|| "/opt".to_owned(), |path| path.display().to_string());
    let here = std::env::var("PATH").unwrap_or_default();
    let mut variables = BTreeMap::new();
    let mut set = |name: &str, value: String| variables.insert(name.to_owned(), value);

    // These a function may replace.
    set("LANG", "en_US.UTF-8".to_owned());
    set("TZ", ":UTC".to_owned());
    set("PATH", format!("/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:{opt}/bin:{here}"));
    set(
        "LD_LIBRARY_PATH",
        format!(
            "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:{task_root}:{task_root}/lib:{opt}/lib"
        ),
    );
    set("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR".to_owned());
    set("AWS_XRAY_DAEMON_ADDRESS", "169.254.100.1:2000".to_owned());
    // Lambda reserves these; here one may want to use real ones.
    for (name, value) in CREDENTIALS {
        set(name, value.to_owned());
    }
    // The service drops what begins with an underscore, and a few names that it keeps for itself.
    for (name, value) in
        own.iter().filter(|(name, _)| !name.starts_with('_') && !RESERVED.contains(&&***name))
    {
        set(name, value.clone());
    }

    // These are reserved.
    set("_AWS_XRAY_DAEMON_ADDRESS", "169.254.100.1".to_owned());
    set("_AWS_XRAY_DAEMON_PORT", "2000".to_owned());
    set("AWS_REGION", REGION.to_owned());
    set("AWS_DEFAULT_REGION", REGION.to_owned());
    set("AWS_LAMBDA_FUNCTION_NAME", (*function_name).to_owned());
    set("AWS_LAMBDA_FUNCTION_VERSION", (*version).to_owned());
    set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory_mb.to_string());
    set("AWS_LAMBDA_LOG_GROUP_NAME", log_group_or_default(*log_group, function_name));
    set("LAMBDA_TASK_ROOT", task_root);
    set("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned());
    set("_HANDLER", (*handler).to_owned());
    // These are there only if something is configured. With JSON, the level is INFO unless it is chosen.
    if let Some(format) = log_format {
        set("AWS_LAMBDA_LOG_FORMAT", format.as_str().to_owned());
    }
    let usual_level = (*log_format == Some(LogFormat::Json)).then_some(LogLevel::Info);
    if let Some(level) = log_level.or(usual_level) {
        set("AWS_LAMBDA_LOG_LEVEL", level.as_str().to_owned());
    }
    variables
}

/// The name of the log group.
pub(crate) fn log_group_or_default(chosen: Option<&str>, function_name: &str) -> String {
    chosen.map_or_else(|| format!("/aws/lambda/{function_name}"), str::to_owned)
}

/// Adds what an environment has of its own.
pub(crate) fn of_environment(
    function: &BTreeMap<String, String>,
    environment: Environment<'_>,
) -> BTreeMap<String, String> {
    let Environment { version, log_stream, .. } = environment;
    let date = humantime::format_rfc3339_seconds(environment.started).to_string();
    let date = date.split('T').next().unwrap_or_default().replace('-', "/");
    let mut variables = function.clone();
    let mut set = |name: &str, value: String| variables.insert(name.to_owned(), value);
    set("AWS_LAMBDA_LOG_STREAM_NAME", format!("{date}/[{version}]{log_stream}"));
    set("AWS_LAMBDA_INITIALIZATION_TYPE", environment.initialization_type.to_owned());
    set("AWS_LAMBDA_METADATA_TOKEN", environment.metadata_token);
    if let Some(max_concurrency) = environment.max_concurrency {
        set("AWS_LAMBDA_MAX_CONCURRENCY", max_concurrency.to_string());
    }
    variables
}

/// Takes out what would be stale in a restored snapshot: credentials are asked for instead, and logs go elsewhere.
///
/// Source: [SnapStart](https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html).
pub(crate) fn forget_what_a_snapshot_must_not_hold(variables: &mut BTreeMap<String, String>) {
    for (name, _) in CREDENTIALS {
        variables.remove(name);
    }
    for name in ["AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"] {
        variables.remove(name);
    }
}

/// What an extension sees of a runtime's variables.
///
/// Source:
/// [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-api-env-vars).
pub(crate) fn for_extension(runtime: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    const HIDDEN: [&str; 8] = [
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_MAX_CONCURRENCY",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_XRAY_CONTEXT_MISSING",
        "AWS_XRAY_DAEMON_ADDRESS",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    ];

    let is_shown = |name: &str| !name.starts_with('_') && !HIDDEN.contains(&name);
    let shown = runtime.iter().filter(|(name, _)| is_shown(name));
    shown.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod test {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn own(name: &str, value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn names_are_letters_digits_and_underscores_after_a_letter() {
        for name in ["AB", "a1", "a_", "Table_2", "_X_AMZN_TRACE_ID", "_"] {
            assert!(check(&own(name, "")).is_ok(), "{name}");
        }
        for name in ["", "A", "1A", "A-B", "A B", "A.B", "Ä2", "AÄ", "A=B"] {
            let refused = check(&own(name, ""));
            assert!(
                matches!(refused, Err(StartError::VariableName { name: named }) if named == name),
                "{name}"
            );
        }
    }

    #[test]
    fn what_the_service_measures_may_have_4_kilobytes() {
        let just_fits = "x".repeat(4_096 - r#"{"BIG":""}"#.len());
        assert!(check(&own("BIG", &just_fits)).is_ok());
        let measured = format!(r#"{{"BIG":"{just_fits}x"}}"#);
        assert_eq!(
            check(&own("BIG", &format!("{just_fits}x"))).unwrap_err().to_string(),
            format!(
                "Lambda was unable to configure your environment variables because the environment variables you \
                 have provided exceeded the 4KB limit. String measured: {measured}"
            )
        );
    }

    #[test]
    fn an_environment_has_its_date_its_id_and_its_concurrency() {
        let environment = Environment {
            version: "7",
            started: UNIX_EPOCH + Duration::from_secs(1_795_168_800),
            log_stream: "0f".repeat(16),
            metadata_token: "token".to_owned(),
            initialization_type: "lambda-managed-instances",
            max_concurrency: Some(64),
        };
        let variables = of_environment(&own("TABLE", "orders"), environment);
        let expected = [
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "lambda-managed-instances"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/20/[7]0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"),
            ("AWS_LAMBDA_MAX_CONCURRENCY", "64"),
            ("AWS_LAMBDA_METADATA_TOKEN", "token"),
            ("TABLE", "orders"),
        ];
        assert!(variables.iter().map(|(name, value)| (&**name, &**value)).eq(expected), "{variables:?}");
        let shown = for_extension(&variables);
        assert!(!shown.contains_key("AWS_LAMBDA_MAX_CONCURRENCY"), "it is the runtime's");
        assert_eq!(shown["AWS_LAMBDA_METADATA_TOKEN"], "token");
    }
}
