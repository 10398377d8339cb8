//! Functions as they are created, shown, listed and deleted. Their code is in `code`, changes are in `configuration`.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{
    ARN, ROLE, Refused, Stage, body, conflict, invalid, is_empty, missing, not_emulated, of, refused,
    settled, take, violations, zip::script,
};

/// What creating a function takes at least.
fn least() -> Value {
    json!({
        "FunctionName": "f",
        "Runtime": "provided.al2023",
        "Role": ROLE,
        "Handler": "app.handler",
        "Code": { "ZipFile": BASE64_STANDARD.encode(script("exit 1")) },
    })
}

fn with(more: Value) -> Value {
    let Value::Object(more) = more else { panic!("more members") };
    let mut all = least();
    all.as_object_mut().unwrap().extend(more);
    all
}

async fn created(stage: &Stage, more: Value) -> Value {
    body(&stage.post(&of(""), &with(more)).await, 201)
}

/// Why a function is not created.
async fn not_created(more: Value) -> Refused {
    let stage = Stage::new();
    let refusal = refused(&stage.post(&of(""), &with(more)).await);
    assert_eq!(stage.get(&of("")).await.brief(), (200, r#"{"Functions":[]}"#));
    refusal
}

#[tokio::test]
async fn what_is_not_said_has_the_documented_value() {
    let stage = Stage::new();
    let mut shown = settled(created(&stage, json!({})).await);
    assert_eq!(take(&mut shown, "CodeSha256").len(), 44);
    assert_eq!(
        shown,
        json!({
            "FunctionName": "f",
            "FunctionArn": ARN,
            "Runtime": "provided.al2023",
            "Role": ROLE,
            "Handler": "app.handler",
            "CodeSize": script("exit 1").len(),
            "Description": "",
            "Timeout": 3,
            "MemorySize": 128,
            "Version": "$LATEST",
            "TracingConfig": { "Mode": "PassThrough" },
            "State": "Active",
            "LastUpdateStatus": "Successful",
            "PackageType": "Zip",
            "Architectures": [if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }],
            "EphemeralStorage": { "Size": 512 },
            "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
            "LoggingConfig": { "LogFormat": "Text", "LogGroup": "/aws/lambda/f" },
        })
    );
}

#[tokio::test]
async fn what_is_said_is_shown_by_all_who_show_it() {
    let stage = Stage::new();
    let given = json!({
        "Runtime": "provided.al2",
        "Description": "Größe",
        "Timeout": 900,
        "MemorySize": 10_240,
        "PackageType": "Zip",
        "Architectures": ["arm64"],
        "Environment": { "Variables": { "COLOUR": "blue" } },
        "DeadLetterConfig": { "TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead" },
        "TracingConfig": { "Mode": "Active" },
        "EphemeralStorage": { "Size": 10_240 },
        "VpcConfig": { "SubnetIds": ["subnet-1"], "SecurityGroupIds": [] },
        "KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/k",
        "FileSystemConfigs": [{ "Arn": "arn", "LocalMountPath": "/mnt/f" }],
        "TenancyConfig": { "TenantIsolationMode": "PER_TENANT" },
    });
    let tags = json!({ "team": "blue" });
    let logging = json!({ "LogFormat": "JSON", "ApplicationLogLevel": "WARN", "LogGroup": "/own" });
    let mut more = given.clone();
    more["Tags"] = tags.clone();
    more["LoggingConfig"] = logging;
    more["SnapStart"] = json!({ "ApplyOn": "PublishedVersions" });
    let shown = created(&stage, more).await;
    for (member, value) in given.as_object().unwrap() {
        assert_eq!(&shown[member], value, "{member}");
    }
    let logging = json!({
        "LogFormat": "JSON",
        "ApplicationLogLevel": "WARN",
        "SystemLogLevel": "INFO",
        "LogGroup": "/own",
    });
    assert_eq!(shown["LoggingConfig"], logging);
    assert_eq!(shown["SnapStart"], json!({ "ApplyOn": "PublishedVersions", "OptimizationStatus": "Off" }));

    assert_eq!(body(&stage.get(&of("f/configuration")).await, 200), shown);
    let all = json!({ "Configuration": shown, "Code": { "RepositoryType": "S3" }, "Tags": tags });
    assert_eq!(body(&stage.get(&of("f")).await, 200), all);
    // Lists show no states.
    let mut listed = shown;
    take(&mut listed, "State");
    take(&mut listed, "LastUpdateStatus");
    assert_eq!(body(&stage.get(&of("")).await, 200), json!({ "Functions": [listed] }));
}

#[tokio::test]
async fn tenants_are_kept_apart_only_where_that_is_said() {
    let stage = Stage::new();
    let shown = created(&stage, json!({ "TenancyConfig": {} })).await;
    assert_eq!(shown.get("TenancyConfig"), None);
}

#[tokio::test]
async fn a_function_that_was_described_in_code_is_shown_too() {
    let stage = Stage::with_function();
    let mut shown = body(&stage.get(&of("f")).await, 200);
    let configuration = settled(shown["Configuration"].take());
    let expected = json!({
        "FunctionName": "f",
        "FunctionArn": ARN,
        "Runtime": "provided.al2023",
        "Role": "arn:aws:iam::123456789012:role/mock",
        "Handler": "bootstrap",
        "CodeSize": 0,
        "CodeSha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "Timeout": 60,
        "MemorySize": 128,
    });
    for (member, value) in expected.as_object().unwrap() {
        assert_eq!(&configuration[member], value, "{member}");
    }
}

#[tokio::test]
async fn a_function_that_is_published_at_once_shows_its_version() {
    let stage = Stage::new();
    let shown = created(&stage, json!({ "Publish": true, "Description": "first" })).await;
    assert_eq!((&shown["Version"], &shown["Description"]), (&json!("1"), &json!("first")));
    let version = body(&stage.get(&of("f:1")).await, 200);
    assert_eq!(version["Configuration"]["FunctionArn"], format!("{ARN}:1"));
    assert_eq!(version["Configuration"]["Description"], "first");
}

#[tokio::test]
async fn the_name_may_be_an_arn_and_has_no_qualifier() {
    let stage = Stage::new();
    assert_eq!(created(&stage, json!({ "FunctionName": ARN })).await["FunctionName"], "f");
    let qualified = not_created(json!({ "FunctionName": format!("{ARN}:live") })).await;
    assert_eq!(qualified, invalid(&format!("The function name {ARN}:live has a qualifier")));
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused_and_its_function_stays() {
    let stage = Stage::with_function();
    let reply = stage.post(&of(""), &least()).await;
    assert_eq!(refused(&reply), conflict("Function already exist: f"));
    let reply = stage.call("POST", &of("f/invocations"), "[1]").await;
    assert_eq!(reply.brief(), (200, "[1]"));
}

#[tokio::test]
async fn all_that_is_missing_is_told_at_once() {
    let stage = Stage::new();
    for body in ["{}", ""] {
        assert_eq!(
            refused(&stage.call("POST", &of(""), body).await),
            violations(&[
                "Value null at 'functionName' failed to satisfy constraint: Member must not be null",
                "Value null at 'role' failed to satisfy constraint: Member must not be null",
                "Value null at 'code' failed to satisfy constraint: Member must not be null",
            ])
        );
    }
    // These only a zip needs, so that the framework does not know it.
    for member in ["Runtime", "Handler"] {
        let text =
            "Runtime and Handler are mandatory parameters for functions created with deployment packages.";
        assert_eq!(not_created(json!({ member: null })).await, invalid(text));
    }
}

#[tokio::test]
async fn all_values_out_of_range_are_told_at_once() {
    let (handler, description) = ("h".repeat(129), "d".repeat(257));
    let wrong = json!({
        "PackageType": "Tar",
        "Architectures": ["mips"],
        "TenancyConfig": { "TenantIsolationMode": "NONE" },
        "Role": "arn:aws:iam::1:role/r",
        "Handler": handler,
        "Description": description,
        "Timeout": 901,
        "MemorySize": 10_241,
        "EphemeralStorage": { "Size": 511 },
        "TracingConfig": { "Mode": "On" },
        "SnapStart": { "ApplyOn": "All" },
        "LoggingConfig": {
            "LogFormat": "XML",
            "ApplicationLogLevel": "LOUD",
            "SystemLogLevel": "ERROR",
            "LogGroup": "",
        },
    });
    let failed = |value: &str, member: &str, constraint: &str| {
        format!("Value '{value}' at '{member}' failed to satisfy constraint: Member must {constraint}")
    };
    let one_of = "satisfy enum value set:";
    let expected = [
        failed("Tar", "packageType", &format!("{one_of} [Zip, Image]")),
        failed(
            "[mips]",
            "architectures",
            &format!("satisfy constraint: [Member must {one_of} [x86_64, arm64]]"),
        ),
        failed("NONE", "tenancyConfig.tenantIsolationMode", &format!("{one_of} [PER_TENANT]")),
        failed(
            "arn:aws:iam::1:role/r",
            "role",
            r"satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+",
        ),
        failed(&handler, "handler", "have length less than or equal to 128"),
        failed(&description, "description", "have length less than or equal to 256"),
        failed("901", "timeout", "have value less than or equal to 900"),
        failed("10241", "memorySize", "have value less than or equal to 10240"),
        failed("511", "ephemeralStorage.size", "have value greater than or equal to 512"),
        failed("On", "tracingConfig.mode", &format!("{one_of} [Active, PassThrough]")),
        failed("All", "snapStart.applyOn", &format!("{one_of} [PublishedVersions, None]")),
        failed("XML", "loggingConfig.logFormat", &format!("{one_of} [JSON, Text]")),
        failed(
            "LOUD",
            "loggingConfig.applicationLogLevel",
            &format!("{one_of} [TRACE, DEBUG, INFO, WARN, ERROR, FATAL]"),
        ),
        failed("ERROR", "loggingConfig.systemLogLevel", &format!("{one_of} [DEBUG, INFO, WARN]")),
        failed("", "loggingConfig.logGroup", "have length greater than or equal to 1"),
    ];
    let expected: Vec<_> = expected.iter().map(String::as_str).collect();
    assert_eq!(not_created(wrong).await, violations(&expected));
}

#[tokio::test]
async fn a_function_has_one_architecture() {
    for (given, constraint) in [
        (
            json!([]),
            "Value '[]' at 'architectures' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            json!(["x86_64", "arm64"]),
            "Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1",
        ),
    ] {
        assert_eq!(not_created(json!({ "Architectures": given })).await, violations(&[constraint]));
    }
}

#[tokio::test]
async fn what_would_not_run_here_is_refused() {
    let value = "Value python3.13 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \
                 [provided.al2023, provided.al2] or be a valid ARN";
    assert_eq!(not_created(json!({ "Runtime": "python3.13" })).await, invalid(value));
    let layer = "arn:aws:lambda:us-east-1:123456789012:layer:l:1";
    let text = format!("Layer version {layer} does not exist.");
    assert_eq!(not_created(json!({ "Layers": [layer] })).await, invalid(&text));
    for (member, value, what) in [
        ("PackageType", json!("Image"), "run container images (PackageType Image); give a zip"),
        ("CodeSigningConfigArn", json!("arn"), "check signatures of code (CodeSigningConfigArn)"),
        ("ImageConfig", json!({}), "emulate container images (ImageConfig)"),
        ("DurableConfig", json!({}), "emulate durable functions (DurableConfig)"),
        ("RuntimeConfig", json!({}), "emulate customer-managed runtimes (RuntimeConfig)"),
        ("AcceleratorConfig", json!({}), "emulate accelerators (AcceleratorConfig)"),
    ] {
        let expected = not_emulated(&format!("this mock does not {what}"));
        assert_eq!(not_created(json!({ member: value })).await, expected);
    }
}

#[tokio::test]
async fn variables_that_lambda_sets_itself_or_cannot_set_are_refused() {
    let set = |variables: Value| not_created(json!({ "Environment": { "Variables": variables } }));
    let text = "Lambda was unable to configure your environment variables because the environment variables you have \
                provided contains reserved keys that are currently not supported for modification. Reserved keys used \
                in this request: AWS_REGION, _HANDLER";
    assert_eq!(set(json!({ "_HANDLER": "h", "A1": "1", "AWS_REGION": "r" })).await, invalid(text));
    let text = "\"1A\" cannot be the name of an environment variable: a name is a letter followed by letters, digits \
                and underscores";
    assert_eq!(set(json!({ "1A": "1" })).await, invalid(text));
    let large = "x".repeat(4_096);
    let text = format!(
        "Lambda was unable to configure your environment variables because the environment variables you have provided \
         exceeded the 4KB limit. String measured: {{\"LARGE\":\"{large}\"}}"
    );
    assert_eq!(set(json!({ "LARGE": large })).await, invalid(&text));
}

#[tokio::test]
async fn a_function_that_is_deleted_takes_all_with_it() {
    let stage = Stage::with_versions(1).await;
    stage.alias("live", "1").await;
    is_empty(&stage.delete(&of("f")).await);
    let gone = missing(&format!("Function not found: {ARN}"));
    for path in ["f", "f/configuration", "f/versions", "f/aliases"] {
        assert_eq!(refused(&stage.get(&of(path)).await), gone);
    }
    // Another one of the name begins anew.
    created(&stage, json!({})).await;
    assert_eq!(body(&stage.get(&of("f/aliases")).await, 200), json!({ "Aliases": [] }));
    assert_eq!(body(&stage.post(&of("f/versions"), &json!({})).await, 201)["Version"], "1");
}

#[tokio::test]
async fn of_a_function_only_published_versions_can_be_deleted_alone() {
    let stage = Stage::with_versions(2).await;
    stage.alias("live", "1").await;
    for (path, expected) in [
        ("f:$LATEST", invalid("$LATEST version cannot be deleted without deleting the function.")),
        ("f?Qualifier=live", invalid("Deletion of aliases is not currently supported.")),
        (
            "f?Qualifier=1",
            conflict("Unable to delete version because the following aliases reference it: [live]"),
        ),
    ] {
        assert_eq!(refused(&stage.delete(&of(path)).await), expected);
    }
    // One that is not there needs not be deleted.
    for path in ["f:2", "f:2", "f:77"] {
        is_empty(&stage.delete(&of(path)).await);
    }
    let listed = body(&stage.get(&of("f/versions")).await, 200);
    let versions: Vec<_> =
        listed["Versions"].as_array().unwrap().iter().map(|shown| &shown["Version"]).collect();
    assert_eq!(versions, ["$LATEST", "1"]);
    assert_eq!(refused(&stage.get(&of("f:2")).await), missing(&format!("Function not found: {ARN}:2")));
}

#[tokio::test]
async fn all_versions_of_all_functions_are_listed_on_demand() {
    let stage = Stage::with_versions(1).await;
    stage.mock.function("f-2").in_process(crate::guest::echo);
    stage.mock.function("e").in_process(crate::guest::echo);
    let arns = |listed: Value| -> Vec<String> {
        let functions = listed["Functions"].as_array().unwrap().iter();
        functions
            .map(|shown| {
                shown["FunctionArn"].as_str().unwrap().rsplit("function:").next().unwrap().to_owned()
            })
            .collect()
    };
    assert_eq!(arns(body(&stage.get(&of("")).await, 200)), ["e", "f", "f-2"]);
    let all = stage.get(&of("?FunctionVersion=ALL")).await;
    assert_eq!(arns(body(&all, 200)), ["e:$LATEST", "f:$LATEST", "f:1", "f-2:$LATEST"]);
    let text = "Value 'SOME' at 'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: [ALL]";
    assert_eq!(refused(&stage.get(&of("?FunctionVersion=SOME")).await), violations(&[text]));
}
