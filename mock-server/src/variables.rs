//! The environment variables of an execution environment.
//!
//! Names and values are those of a `provided.al2023` function, from
//! [environment variables](https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html). Three
//! things differ on purpose: `PATH` also has the folders of this machine, so that a script finds its interpreter;
//! `TMPDIR` leads to a folder in place of `/tmp`, which belongs to the machine; and credentials and the log
//! stream's name are placeholders.

use std::{collections::BTreeMap, path::Path};

pub(crate) const REGION: &str = "us-east-1";
pub(crate) const ACCOUNT_ID: &str = "123456789012";

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
    /// The function's own variables.
    pub(crate) own: &'a BTreeMap<String, String>,
}

/// All variables but `AWS_LAMBDA_RUNTIME_API` and `TMPDIR`, which differ from environment to environment.
pub(crate) fn for_runtime(describe: &Describe<'_>) -> BTreeMap<String, String> {
    let Describe { function_name, version, handler, memory_mb, task_root, opt, own } = describe;
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
    set("AWS_ACCESS_KEY_ID", "mock-access-key-id".to_owned());
    set("AWS_SECRET_ACCESS_KEY", "mock-secret-access-key".to_owned());
    set("AWS_SESSION_TOKEN", "mock-session-token".to_owned());
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
    set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned());
    set("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{function_name}"));
    set("AWS_LAMBDA_LOG_STREAM_NAME", format!("2026/01/01/[{version}]00000000000000000000000000000000"));
    set("LAMBDA_TASK_ROOT", task_root);
    set("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned());
    set("_HANDLER", (*handler).to_owned());
    variables
}

/// What an extension sees of a runtime's variables.
///
/// Source:
/// [Extensions API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-api-env-vars).
pub(crate) fn for_extension(runtime: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    const HIDDEN: [&str; 7] = [
        "AWS_EXECUTION_ENV",
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
