//! What is wrong with a file in TOML, in one line: file, line, what was expected.

use std::collections::BTreeMap;

use super::{Format, Project};

#[test]
fn values_are_checked() {
    let project = Project::new();
    for (setting, expected) in [
        ("timeout = 3", "timeout must be a time with its unit, such as 90s, from 1ms to 15m, found 3"),
        (
            "timeout = \"soon\"",
            "timeout must be a time with its unit, such as 90s, from 1ms to 15m, found \"soon\"",
        ),
        (
            "timeout = \"16m\"",
            "timeout must be a time with its unit, such as 90s, from 1ms to 15m, found \"16m\"",
        ),
        (
            "timeout = \"0s\"",
            "timeout must be a time with its unit, such as 90s, from 1ms to 15m, found \"0s\"",
        ),
        ("memory = 1", "memory must be a whole number of MB from 128 to 10240, found 1"),
        ("memory = \"much\"", "memory must be a whole number of MB from 128 to 10240, found \"much\""),
        ("memory = 0x10", "memory must be a whole number of MB from 128 to 10240, found 16"),
        (
            "memory = 99999999999999999999",
            "memory must be a whole number of MB from 128 to 10240, found 99999999999999999999",
        ),
        ("storage = 10241", "storage must be a whole number of MB from 512 to 10240, found 10241"),
        ("environment = \"A=b\"", "environment must be a map, found \"A=b\""),
        ("environment = { AA = [] }", "AA must be text, found a list"),
        ("layers = \"certs\"", "layers must be a list, found \"certs\""),
        (
            "layers = [\"certs\"]",
            "layers must be a folder or a .zip file, found \"certs\", which is not there",
        ),
        ("layers = [\"note.txt\"]", "layers must be a folder or a .zip file, found \"note.txt\""),
        ("layers = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]", "layers must be at most 5, found 6"),
        ("extensions = [\"audit\"]", "extensions must be an executable, found \"audit\", which is not there"),
        ("extensions = [5]", "extensions must be an executable, found 5, which is not there"),
        ("architecture = \"mips\"", "architecture must be x86_64 or arm64, found \"mips\""),
        ("reserved-concurrency = -1", "reserved-concurrency must be a whole number, 0 or more, found -1"),
        ("max-concurrency = 0", "max-concurrency must be a whole number from 1 to 1600, found 0"),
        (
            "dead-letter = \"arn:aws:sqs:us-east-1:123456789012:dead.fifo\"",
            "dead-letter must be the ARN of an SQS queue or SNS topic without an order, found \"arn:aws:sqs:us-east-1:123456789012:dead.fifo\"",
        ),
        ("snap-start = 1", "snap-start must be true or false, found 1"),
        ("idle-lifetime = 10", "idle-lifetime must be a time with its unit, such as 10m, found 10"),
        ("tracing = \"on\"", "tracing must be active or pass-through, found \"on\""),
        ("logging = { format = \"xml\" }", "format must be Text or JSON, found \"xml\""),
        ("versions = 1001", "versions must be a whole number from 1 to 1000, found 1001"),
        ("url = { mode = \"slow\" }", "mode must be buffer or stream, found \"slow\""),
        ("url = { auth = \"key\" }", "auth must be none or iam, found \"key\""),
        (
            "url = { address = \"9001\" }",
            "address must be an address and a port, such as 127.0.0.1:9001, found 9001",
        ),
        (
            "asynchronous = { max-age = \"1s\" }",
            "max-age must be a time with its unit, such as 90s, from 1m to 6h, found \"1s\"",
        ),
        ("asynchronous = { retries = 3 }", "retries must be a whole number from 0 to 2, found 3"),
        (
            "asynchronous = { on-failure = 5 }",
            "on-failure must be the ARN of a function, an SQS queue or SNS topic without an order, an EventBridge event bus, or an S3 bucket, found 5",
        ),
        (
            "asynchronous = { on-success = \"arn:aws:s3:::b\" }",
            "on-success must be the ARN of a function, an SQS queue or SNS topic without an order, or an EventBridge event bus, found \"arn:aws:s3:::b\"",
        ),
        (
            "aliases.live = {}",
            "functions.f.aliases.live must have version, the number of a version or $LATEST",
        ),
        ("aliases.live = { version = 0 }", "version must be the number of a version or $LATEST, found 0"),
        (
            "aliases.live = { version = \"new\" }",
            "version must be the number of a version or $LATEST, found \"new\"",
        ),
        (
            "aliases.7 = { version = 1 }",
            "the name of an alias must be 1 to 128 letters, digits, - and _, and no number, found 7",
        ),
        (
            "aliases.live = { version = 1, weights = { new = 0.5 } }",
            "a weight must be of a version, by its number, found \"new\"",
        ),
        ("aliases.live = { version = 1, weights = { 2 = 2 } }", "2 must be a number from 0 to 1, found 2"),
        (
            "aliases.live = { version = 1, weights = { 1 = 0.5 } }",
            "an additional version must be another than that of the alias, found 1",
        ),
        (
            "time-out = \"3s\"",
            "time-out is not understood here, where bootstrap, layers, extensions, max-concurrency, timeout, memory, storage, handler, description, environment, architecture, reserved-concurrency, dead-letter, snap-start, tenant-isolation, idle-lifetime, tracing, logging, url, asynchronous, triggers, versions, aliases can stand",
        ),
        ("url = { port = 1 }", "port is not understood here, where address, auth, mode, cors can stand"),
        ("snap-start = true\ntenant-isolation = true", "SnapStart cannot go together with tenant isolation"),
    ] {
        let text = format!("[functions.f]\nbootstrap = \"one\"\n{setting}\n");
        let error = project.toml(&text).map(|_| ()).unwrap_err();
        let line = if expected.starts_with("SnapStart") { 1 } else { 3 };
        assert_eq!(error, format!("mock.toml:{line}: {expected}"), "{setting}");
    }
}

#[test]
fn an_alias_names_a_version_that_there_is() {
    let text = "[functions.f]\nbootstrap = \"one\"\nversions = 2\naliases.live = { version = 3 }\n";
    let expected = "mock.toml:4: the version of an alias must be one that f publishes here (1, 2), found 3";
    assert_eq!(Project::new().toml(text).unwrap_err(), expected);
}

#[test]
fn code_must_be_there() {
    let project = Project::new();
    for (bootstrap, expected) in [
        (
            "\"target/debug/bye\"",
            "bootstrap must be an executable, a folder with a bootstrap, or a .zip file, found \"target/debug/bye\", which is not there",
        ),
        (
            "\"source\"",
            "bootstrap must be an executable, a folder with a bootstrap, or a .zip file, found \"source\"",
        ),
        (
            "\"note.txt\"",
            "bootstrap must be an executable, a folder with a bootstrap, or a .zip file, found \"note.txt\"",
        ),
        ("[]", "bootstrap must be an executable, a folder with a bootstrap, or a .zip file, found a list"),
    ] {
        let error = project.toml(&format!("[functions.f]\nbootstrap = {bootstrap}\n")).unwrap_err();
        assert_eq!(error, format!("mock.toml:2: {expected}"));
    }
}

#[test]
fn the_form_of_a_file_is_checked() {
    let project = Project::new();
    for (text, expected) in [
        ("", "1: there is no function to serve: [functions.NAME] describes one"),
        ("[functions]\n", "1: there is no function to serve: [functions.NAME] describes one"),
        (
            "\n[functions.f]\n",
            "2: functions.f must have bootstrap, an executable, a folder with a bootstrap, or a .zip file",
        ),
        ("functions = 5", "1: functions must be a map, found 5"),
        ("functions.f = 5", "1: f must be a map, found 5"),
        (
            "[functions.\"a b\"]\n",
            "1: the name of a function must be 1 to 64 letters, digits, - and _, found \"a b\"",
        ),
        (
            "\n[function.f]\n",
            "2: function is not understood here, where functions, queues, streams, topics, buckets, schedules, rules, sinks, front can stand",
        ),
        (
            "[sinks]\ndead = \"file:x\"\n",
            "2: the key of a sink must be the ARN of a function, a queue, a topic, an event bus or a bucket, found \"dead\"",
        ),
        (
            "[sinks]\n\"arn:aws:s3:::b\" = \"dead.jsonl\"\n",
            "2: arn:aws:s3:::b must be file:PATH, http://HOST:PORT/PATH without TLS, sqs:QUEUE_URL, memory or function, found \"dead.jsonl\"",
        ),
        ("[functions.f]\n[functions.f]\n", "2: not valid TOML: duplicate key"),
        ("a = \n", "1: not valid TOML: string values must be quoted, expected literal string"),
    ] {
        let error = project.toml(text).map(|_| ()).unwrap_err();
        assert_eq!(error, format!("mock.toml:{expected}"), "{text:?}");
    }
}

#[test]
fn a_file_in_toml_has_no_parameters() {
    let project = Project::new();
    let parameters = BTreeMap::from([("Stage".to_owned(), "prod".to_owned())]);
    let error = project.parse(Format::Toml, "mock.toml", "", &parameters).unwrap_err();
    assert_eq!(error, "mock.toml:1: there is no parameter Stage in this file");
}

#[test]
fn a_part_of_the_accounts_concurrency_stays_unreserved() {
    let text = "[functions.f]\nbootstrap = \"one\"\nreserved-concurrency = 901\n";
    let expected = "the reserved concurrency of f must be at most 900, for 100 of the account's 1000 have to stay unreserved";
    let error = Project::new().toml(text).unwrap_err();
    assert_eq!(error, format!("mock.toml:1: {expected}, found 901"));
}
