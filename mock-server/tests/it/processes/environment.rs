//! Variables, folder and arguments that a process is started with.

use std::collections::BTreeMap;

use mock_server::{FunctionBuilder, LogFormat, LogLevel, MockLambda, StartError};

use super::patient;
use crate::{folder::Folder, guest, wait::soon};

/// What `sh` sets by itself.
const SHELL: &[&str] = &["PWD", "OLDPWD", "SHLVL", "_"];

/// The variables of a `provided.al2023` function.
const EXPECTED: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_METADATA_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_XRAY_CONTEXT_MISSING",
    "AWS_XRAY_DAEMON_ADDRESS",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "LANG",
    "LD_LIBRARY_PATH",
    "PATH",
    "TMPDIR",
    "TZ",
    "_AWS_XRAY_DAEMON_ADDRESS",
    "_AWS_XRAY_DAEMON_PORT",
    "_HANDLER",
    "_LAMBDA_TELEMETRY_LOG_FD",
];

/// The variables that a process of the function has.
async fn variables(folder: &Folder, function: FunctionBuilder) -> BTreeMap<String, String> {
    let function = function.bootstrap(folder.sh("env")).unwrap();
    let outcome = soon(function.invoke("{}")).await;
    let lines = outcome.logs().iter().filter_map(|line| line.split_once('='));
    let mut variables: BTreeMap<_, _> =
        lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    variables.retain(|name, _| !SHELL.contains(&name.as_str()));
    variables
}

#[tokio::test]
async fn a_process_has_every_variable_of_an_os_only_runtime() {
    let folder = Folder::new();
    let variables = variables(&folder, patient()).await;
    let missing: Vec<_> = EXPECTED.iter().filter(|name| !variables.contains_key(**name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn nothing_of_the_services_own_variables_reaches_a_process() {
    let folder = Folder::new();
    let mut variables = variables(&folder, patient()).await;
    variables.retain(|name, _| !EXPECTED.contains(&name.as_str()));
    assert!(variables.is_empty(), "{variables:?}");
}

#[tokio::test]
async fn variables_have_the_values_of_the_function() {
    let folder = Folder::new();
    let function = MockLambda::new().function("greeter").memory_mb(512).handler("hello.handler");
    let variables = variables(&folder, function).await;
    let root = folder.path().canonicalize().unwrap();
    let root = root.to_str().unwrap();
    for (name, value) in [
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("AWS_LAMBDA_FUNCTION_NAME", "greeter"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/greeter"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("LAMBDA_TASK_ROOT", root),
        ("LANG", "en_US.UTF-8"),
        ("TZ", ":UTC"),
        ("_HANDLER", "hello.handler"),
    ] {
        assert_eq!(variables[name], value, "{name}");
    }
    let stream = &variables["AWS_LAMBDA_LOG_STREAM_NAME"];
    let (day, id) = stream.split_once("[$LATEST]").unwrap();
    assert_eq!((day.len(), id.len()), ("2026/01/13/".len(), 32), "{stream}");
    assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{stream}");
    let api = &variables["AWS_LAMBDA_RUNTIME_API"];
    assert_eq!(&variables["AWS_LAMBDA_METADATA_API"], api);
    assert!(api.starts_with("127.0.0.1:"), "{api}");
    let path = &variables["PATH"];
    assert!(path.starts_with("/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin:"), "{path}");
}

#[tokio::test]
async fn a_functions_own_variables_are_kept_and_may_replace_what_is_not_reserved() {
    let folder = Folder::new();
    let own = [("TABLE", "orders = 1"), ("EMPTY", ""), ("TZ", ":Europe/Berlin"), ("LANG", "de_DE.UTF-8")];
    let function = own.iter().fold(patient(), |function, (name, value)| function.env(*name, *value));
    let variables = variables(&folder, function).await;
    for (name, value) in own {
        assert_eq!(variables[name], value, "{name}");
    }
}

#[tokio::test]
async fn reserved_variables_cannot_be_replaced() {
    let folder = Folder::new();
    let reserved = [
        "AWS_DEFAULT_REGION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_METADATA_API",
        "AWS_LAMBDA_METADATA_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "_HANDLER",
    ];
    let function = reserved.iter().fold(patient(), |function, name| function.env(*name, "mine"));
    let variables = variables(&folder, function).await;
    for name in reserved {
        assert_ne!(variables[name], "mine", "{name}");
    }
}

#[tokio::test]
async fn reserved_variables_that_have_no_value_here_cannot_be_set() {
    let folder = Folder::new();
    let reserved = ["AWS_EXECUTION_ENV", "AWS_LAMBDA_MAX_CONCURRENCY", "_X_AMZN_TRACE_ID"];
    let function = reserved.iter().fold(patient(), |function, name| function.env(*name, "mine"));
    let variables = variables(&folder, function).await;
    let set: Vec<_> = reserved.into_iter().filter(|name| variables.contains_key(*name)).collect();
    assert!(set.is_empty(), "{set:?}");
}

#[tokio::test]
async fn a_process_runs_in_the_folder_of_its_bootstrap_without_arguments_and_input() {
    let folder = Folder::new();
    let function = super::function(folder.sh("pwd -P\necho \"$0 $#\"\nread line || echo no input"));
    let outcome = soon(function.invoke("{}")).await;
    let root = folder.path().canonicalize().unwrap();
    let root = root.display();
    assert_eq!(outcome.logs()[..3], [root.to_string(), format!("{root}/bootstrap 0"), "no input".to_owned()]);
}

#[tokio::test]
async fn programs_and_libraries_of_the_layers_are_found() {
    let folder = Folder::new();
    let opt = folder.path().to_str().unwrap().to_owned();
    let variables = variables(&folder, patient().opt(&opt)).await;
    let path = &variables["PATH"];
    assert!(path.starts_with(&format!("/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:{opt}/bin:")), "{path}");
    let libraries = &variables["LD_LIBRARY_PATH"];
    assert!(libraries.ends_with(&format!(":{opt}/lib")), "{libraries}");
}

#[tokio::test]
async fn log_stream_and_token_are_those_of_one_environment() {
    let folder = Folder::new();
    let script = "echo $AWS_LAMBDA_LOG_STREAM_NAME $AWS_LAMBDA_METADATA_TOKEN\nexit 1";
    let function = super::function(folder.sh(script));
    let (one, two) = soon(async { tokio::join!(function.invoke("1"), function.invoke("2")) }).await;
    let [one, two] = [one.logs(), two.logs()];
    assert_eq!([one.len(), two.len()], [2, 2], "init is tried twice in each");
    assert_eq!([&one[0], &two[0]], [&one[1], &two[1]], "a reset changes nothing");
    let ([stream, token], [other_stream, other_token]) = [one, two]
        .map(|logs| {
            let (stream, token) = logs[0].split_once(' ').unwrap();
            [stream, token]
        })
        .into();
    assert_ne!(stream, other_stream);
    assert_ne!(token, other_token);
}

#[tokio::test]
async fn the_log_configuration_is_told_if_there_is_one() {
    let names = ["AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL"];
    for (function, expected) in [
        (patient(), [None, None]),
        (patient().log_format(LogFormat::Text), [Some("Text"), None]),
        (patient().log_format(LogFormat::Json), [Some("JSON"), Some("INFO")]),
        (patient().log_format(LogFormat::Json).log_level(LogLevel::Debug), [Some("JSON"), Some("DEBUG")]),
        (patient().env(names[0], "JSON"), [Some("JSON"), None]),
        (patient().env(names[0], "Text").log_format(LogFormat::Json), [Some("JSON"), Some("INFO")]),
    ] {
        let folder = Folder::new();
        let variables = variables(&folder, function).await;
        assert_eq!(names.map(|name| variables.get(name).map(String::as_str)), expected);
    }
}

#[tokio::test]
async fn variables_that_lambda_refuses_are_refused() {
    let folder = Folder::new();
    let script = folder.sh("exit 0");
    let refused = patient().env("NO-NAME", "").bootstrap(&script).unwrap_err();
    assert!(matches!(&refused, StartError::VariableName { name } if name == "NO-NAME"));
    let refused = patient().env("BIG", "x".repeat(5_000)).bootstrap(&script).unwrap_err();
    assert!(matches!(refused, StartError::VariablesTooLarge { .. }));
    // A function in this process is told of by whoever invokes it.
    let function = patient().env("NO-NAME", "").in_process(guest::echo);
    let outcome = soon(function.invoke("1")).await;
    assert_eq!(outcome.error_type(), Some("Sandbox.Failure"));
    assert!(outcome.json().unwrap()["errorMessage"].as_str().unwrap().contains("\"NO-NAME\""));
}
