"""Invokes functions through AWS's client for Python. Arguments: where the service is, and the versions that invokes of the
weighted alias must get to, in order. The functions are those of `functions.rs`.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request

from checks import ACCOUNT, CREDENTIALS, ENDPOINT, PATIENCE, arn, check, client, equal, refused, run

DRAWS = sys.argv[2].split(",")
LIMIT = 6 * 1024 * 1024
ASYNC_LIMIT = 1024 * 1024


def invoke(name, payload=None, **more):
    """Invokes a function; the payload of the answer is read."""
    if payload is not None:
        more["Payload"] = json.dumps(payload)
    answer = client.invoke(FunctionName=name, **more)
    answer["Payload"] = answer["Payload"].read()
    return answer


def told(name, payload=None, **more):
    """What the function saw of its event."""
    return json.loads(invoke(name, payload, **more)["Payload"])


def board(**request):
    return json.loads(invoke("board", request)["Payload"])


def request_id(answer):
    return answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]


# Synchronous.


@check
def a_payload_goes_in_and_out():
    answer = invoke("echo", {"what": ["Grüße", None, 1.5]})
    equal(json.loads(answer["Payload"]), {"what": ["Grüße", None, 1.5]})
    equal(answer["StatusCode"], 200)
    equal(answer["ExecutedVersion"], "$LATEST")
    equal(answer["ResponseMetadata"]["HTTPHeaders"]["content-type"], "application/json")
    for absent in ["FunctionError", "LogResult", "DurableExecutionArn"]:
        assert absent not in answer, absent


@check
def no_payload_is_an_empty_object():
    equal(told("tell")["event"], "{}")


@check
def the_functions_request_id_is_the_answers():
    answer = invoke("tell")
    told_id = json.loads(answer["Payload"])["headers"]["lambda-runtime-aws-request-id"]
    equal(request_id(answer), told_id)
    equal(answer["ResponseMetadata"]["RequestId"], told_id)


@check
def a_payload_of_six_megabytes_goes_in_and_out():
    payload = "x" * (LIMIT - 2)
    equal(json.loads(invoke("echo", payload)["Payload"]), payload)


@check
def the_tail_of_the_log_is_start_to_report():
    answer = invoke("echo", {}, LogType="Tail")
    lines = base64.b64decode(answer["LogResult"]).decode().splitlines()
    named = f"RequestId: {request_id(answer)}"
    equal(lines[0], f"START {named} Version: $LATEST")
    equal(lines[-2], f"END {named}")
    assert lines[-1].startswith(f"REPORT {named}\tDuration: "), lines
    assert "Memory Size: 128 MB" in lines[-1], lines


@check
def the_log_is_not_sent_unless_asked_for():
    assert "LogResult" not in invoke("echo", {}, LogType="None")


@check
def a_dry_run_does_not_run():
    before = board(count="dry")["count"]
    answer = invoke("board", {"raise": "dry"}, InvocationType="DryRun")
    equal((answer["StatusCode"], answer["Payload"]), (204, b""))
    assert "ExecutedVersion" not in answer
    equal(board(count="dry")["count"], before)


@check
def a_client_context_reaches_the_function():
    context = {"custom": {"colour": "blue"}, "client": {"app_title": "shop"}, "env": {"locale": "de"}}
    encoded = base64.b64encode(json.dumps(context).encode()).decode()
    headers = told("tell", ClientContext=encoded)["headers"]
    equal(json.loads(headers["lambda-runtime-client-context"]), context)


@check
def a_trace_id_reaches_the_function():
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    # What the client sends when it runs inside a function that is traced.
    os.environ.update(AWS_LAMBDA_FUNCTION_NAME="caller", _X_AMZN_TRACE_ID=trace)
    try:
        headers = told("tell")["headers"]
    finally:
        del os.environ["AWS_LAMBDA_FUNCTION_NAME"], os.environ["_X_AMZN_TRACE_ID"]
    equal(headers["lambda-runtime-trace-id"], trace)


@check
def a_tenant_reaches_the_function():
    headers = told("tenants", TenantId="blue tenant/7")["headers"]
    equal(headers["lambda-runtime-aws-tenant-id"], "blue tenant/7")


# Errors of the function.


@check
def an_error_of_the_function_is_unhandled_and_its_report_the_payload():
    answer = invoke("fail", {})
    equal((answer["StatusCode"], answer["FunctionError"]), (200, "Unhandled"))
    report = {"errorMessage": "no such order", "errorType": "OrderError", "stackTrace": []}
    equal(json.loads(answer["Payload"]), report)
    equal(answer["ExecutedVersion"], "$LATEST")


@check
def a_success_that_looks_like_an_error_is_none():
    looks = {"errorType": "OrderError", "errorMessage": "no such order"}
    answer = invoke("echo", looks)
    assert "FunctionError" not in answer, answer
    equal(json.loads(answer["Payload"]), looks)


@check
def a_runtime_that_exits_is_an_error_of_the_function():
    answer = invoke("crash", {})
    equal((answer["StatusCode"], answer["FunctionError"]), (200, "Unhandled"))
    equal(json.loads(answer["Payload"])["errorType"], "Runtime.ExitError")


@check
def a_time_out_is_an_error_of_the_function():
    answer = invoke("slow", {}, LogType="Tail")
    equal((answer["StatusCode"], answer["FunctionError"]), (200, "Unhandled"))
    report = json.loads(answer["Payload"])
    equal(report["errorType"], "Sandbox.Timedout")
    assert report["errorMessage"].endswith("Task timed out after 0.30 seconds"), report
    assert "Status: timeout" in base64.b64decode(answer["LogResult"]).decode()


# Asynchronous.


@check
def an_event_is_accepted_and_then_runs():
    answer = invoke("board", {"raise": "event"}, InvocationType="Event")
    equal((answer["StatusCode"], answer["Payload"]), (202, b""))
    assert "ExecutedVersion" not in answer and "FunctionError" not in answer, answer
    assert request_id(answer), answer
    board(wait="event")
    equal(board(count="event")["count"], 1)


@check
def an_event_for_an_alias_is_accepted():
    equal(invoke("versioned", {}, InvocationType="Event", Qualifier="live")["StatusCode"], 202)


@check
def invoke_async_is_accepted_and_then_runs():
    answer = client.invoke_async(FunctionName="board", InvokeArgs=json.dumps({"raise": "invoke-async"}))
    equal(answer["Status"], 202)
    board(wait="invoke-async")


@check
def a_mebibyte_may_be_queued():
    payload = {"raise": "large"}
    payload["padding"] = "x" * (ASYNC_LIMIT - len(json.dumps({**payload, "padding": ""})))
    equal(len(json.dumps(payload)), ASYNC_LIMIT)
    equal(invoke("board", payload, InvocationType="Event")["StatusCode"], 202)
    board(wait="large")


# Names, qualifiers, versions.


@check
def names_partial_arns_and_arns_lead_to_the_function():
    for name in ["versioned", f"{ACCOUNT}:function:versioned", "function:versioned", arn("versioned")]:
        headers = told(name)["headers"]
        equal(headers["lambda-runtime-invoked-function-arn"], arn("versioned"))


@check
def a_qualifier_leads_to_its_version_whether_beside_the_name_or_in_it():
    for qualifier, version in [("$LATEST", "$LATEST"), ("1", "1"), ("2", "2"), ("live", "1")]:
        for named in [
            {"FunctionName": "versioned", "Qualifier": qualifier},
            {"FunctionName": f"versioned:{qualifier}"},
            {"FunctionName": f"{ACCOUNT}:function:versioned:{qualifier}"},
            {"FunctionName": arn(f"versioned:{qualifier}")},
            {"FunctionName": f"versioned:{qualifier}", "Qualifier": qualifier},
        ]:
            answer = client.invoke(**named)
            equal(answer["ExecutedVersion"], version)
            headers = json.loads(answer["Payload"].read())["headers"]
            equal(headers["lambda-runtime-invoked-function-arn"], arn(f"versioned:{qualifier}"))


@check
def the_tail_of_the_log_names_the_version():
    answer = invoke("versioned", {}, Qualifier="live", LogType="Tail")
    lines = base64.b64decode(answer["LogResult"]).decode().splitlines()
    equal(lines[0], f"START RequestId: {request_id(answer)} Version: 1")


@check
def weights_of_an_alias_are_drawn_for_each_invoke():
    versions = [invoke("versioned", {}, Qualifier="split")["ExecutedVersion"] for _ in DRAWS]
    equal(versions, DRAWS)
    assert 30 <= versions.count("2") <= 90, versions.count("2")


# Streams.


def stream(name, payload=None, **more):
    if payload is not None:
        more["Payload"] = json.dumps(payload)
    return client.invoke_with_response_stream(FunctionName=name, **more)


def events(answer):
    """The pieces of a stream, and how it ended."""
    *pieces, end = answer["EventStream"]
    return [piece["PayloadChunk"]["Payload"] for piece in pieces], end["InvokeComplete"]


@check
def a_stream_comes_piece_by_piece():
    answer = stream("stream", {"pieces": ["one", "two", "three"], "round": "first"})
    equal((answer["StatusCode"], answer["ExecutedVersion"]), (200, "$LATEST"))
    # The member is the type of what the client takes apart; that of the pieces is not told by the API's model.
    equal(answer["ResponseStreamContentType"], "application/vnd.amazon.eventstream")
    pieces = []
    for event in answer["EventStream"]:
        if "InvokeComplete" in event:
            equal(event, {"InvokeComplete": {}})
            break
        piece = event["PayloadChunk"]["Payload"].decode()
        pieces.append(piece)
        # The next is not sent before.
        board(**{"raise": f"first {piece}"})
    else:
        raise AssertionError("the stream has no end")
    equal(pieces, ["one", "two", "three"])


@check
def a_stream_that_fails_half_way_says_so_at_its_end():
    pieces, end = events(stream("stream", {"pieces": ["so far"], "fails": True}))
    equal(b"".join(pieces), b"so far")
    equal(end, {"ErrorCode": "Function.Gone", "ErrorDetails": '{"errorMessage":"gone"}'})


@check
def an_error_instead_of_a_stream_is_told_at_its_end():
    pieces, end = events(stream("fail", {}))
    equal((pieces, end["ErrorCode"]), ([], "Function.OrderError"))
    equal(json.loads(end["ErrorDetails"])["errorMessage"], "no such order")


@check
def a_time_out_of_a_stream_is_told_at_its_end():
    pieces, end = events(stream("slow", {}))
    equal((pieces, end["ErrorCode"]), ([], "Sandbox.Timedout"))


@check
def a_response_that_is_no_stream_may_be_read_as_one():
    pieces, end = events(stream("echo", {"n": 1}, Qualifier="$LATEST"))
    equal((json.loads(b"".join(pieces)), end), ({"n": 1}, {}))


@check
def a_stream_has_the_log_at_its_end():
    answer = stream("stream", {"pieces": []}, LogType="Tail")
    lines = base64.b64decode(events(answer)[1]["LogResult"]).decode().splitlines()
    assert lines[0].startswith("START ") and lines[-1].startswith("REPORT "), lines


@check
def a_dry_run_of_a_stream_does_not_run():
    equal(stream("stream", {"pieces": []}, InvocationType="DryRun")["StatusCode"], 204)


@check
def a_large_stream_is_whole():
    pieces, end = events(stream("stream", {"pieces": ["x" * 100_000] * 30}))
    equal((len(b"".join(pieces)), end), (3_000_000, {}))


# Refusals.


@check
def an_unknown_function_is_not_found():
    message = f"Function not found: {arn('unknown')}:$LATEST"
    with refused("ResourceNotFoundException", 404, message) as refusal:
        invoke("unknown")
    equal((refusal["Type"], refusal["Message"]), ("User", message))
    with refused("ResourceNotFoundException", 404, message):
        invoke("unknown", InvocationType="Event")
    with refused("ResourceNotFoundException", 404, message):
        invoke("unknown", InvocationType="DryRun")
    with refused("ResourceNotFoundException", 404, message):
        client.invoke_async(FunctionName="unknown", InvokeArgs=b"{}")
    with refused("ResourceNotFoundException", 404, message):
        stream("unknown")


@check
def an_unknown_alias_or_version_is_not_found():
    for qualifier in ["nowhere", "77"]:
        with refused("ResourceNotFoundException", 404, f"Function not found: {arn('versioned')}:{qualifier}"):
            invoke("versioned", Qualifier=qualifier)


@check
def a_function_of_another_region_is_out_of_reach():
    message = "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"
    with refused("ResourceNotFoundException", 404, message):
        invoke(arn("echo").replace("us-east-1", "eu-west-1"))


@check
def two_different_qualifiers_are_refused():
    message = "The derived qualifier from the function name does not match the specified qualifier."
    with refused("InvalidParameterValueException", 400, message) as refusal:
        invoke("versioned:1", Qualifier="2")
    equal(refusal["Type"], "User")


@check
def a_missing_tenant_is_refused():
    with refused("InvalidParameterValueException", 400):
        invoke("tenants", {})


@check
def a_payload_that_is_no_json_is_refused():
    for kind in ["RequestResponse", "Event"]:
        with refused("InvalidRequestContentException", 400) as refusal:
            client.invoke(FunctionName="echo", InvocationType=kind, Payload=b'{"n": ')
        message = refusal["Error"]["Message"]
        assert message.startswith("Could not parse request body into json: Could not parse payload into json: "), message
        assert "at [Source: REDACTED" in message, message
    with refused("InvalidRequestContentException", 400):
        client.invoke_with_response_stream(FunctionName="echo", Payload=b"no")


@check
def a_client_context_that_is_too_long_or_no_base64_is_refused():
    with refused("InvalidRequestContentException", 400):
        invoke("echo", {}, ClientContext="e" * 3584)
    with refused("InvalidRequestContentException", 400):
        invoke("echo", {}, ClientContext="{}")


@check
def a_value_that_does_not_exist_is_refused():
    # The client does not look at what values and patterns there are.
    with refused("ValidationException", 400) as refusal:
        invoke("echo", {}, InvocationType="Later")
    message = refusal["Error"]["Message"]
    assert message.startswith("1 validation error detected: Value 'Later' at 'invocationType' failed "), message
    assert "enum value set: [" in message, message
    with refused("ValidationException", 400):
        invoke("echo", {}, LogType="Head")
    with refused("ValidationException", 400):
        invoke("echo", {}, TenantId="no*tenant")
    with refused("ValidationException", 400):
        invoke("echo", {}, Qualifier="no qualifier")
    with refused("ValidationException", 400):
        invoke("no function", {})
    with refused("ValidationException", 400):
        stream("echo", {}, InvocationType="Event")


@check
def a_payload_over_the_limit_is_refused():
    # The model has another name for it, so that the client makes no class of it.
    for more in [1, 4 * 1024 * 1024]:
        with refused("RequestEntityTooLargeException", 413) as refusal:
            client.invoke(FunctionName="echo", Payload=b'"' + b"x" * (LIMIT - 2 + more) + b'"')
        equal(
            refusal["Error"]["Message"],
            f"Request must be smaller than {LIMIT} bytes for the InvokeFunction operation",
        )
        with refused("RequestEntityTooLargeException", 413):
            client.invoke_with_response_stream(FunctionName="echo", Payload=b'"' + b"x" * (LIMIT - 2 + more) + b'"')


@check
def an_event_over_the_limit_is_refused():
    for more in [1, 6 * 1024 * 1024]:
        size = ASYNC_LIMIT + more
        with refused("RequestEntityTooLargeException", 413) as refusal:
            client.invoke(FunctionName="echo", InvocationType="Event", Payload=b'"' + b"x" * (size - 2) + b'"')
        equal(
            refusal["Error"]["Message"],
            f"{size} byte payload is too large for the Event invocation type (limit {ASYNC_LIMIT} bytes)",
        )


@check
def the_connection_is_good_for_more_after_a_refusal():
    for _ in range(3):
        with refused("RequestEntityTooLargeException", 413):
            client.invoke(FunctionName="echo", Payload=b'"' + b"x" * LIMIT + b'"')
        equal(invoke("echo", 1)["Payload"], b"1")


@check
def without_concurrency_every_invoke_is_throttled():
    with refused("TooManyRequestsException", 429, "Rate Exceeded.") as refusal:
        invoke("off", {})
    equal(refusal["Reason"], "ReservedFunctionConcurrentInvocationLimitExceeded")
    equal(refusal["Type"], "User")
    assert int(refusal["retryAfterSeconds"]) > 0, refusal
    with refused("TooManyRequestsException", 429, "Rate Exceeded."):
        stream("off", {})
    # Whether it may run is found out when it is taken from the queue.
    equal(invoke("off", {}, InvocationType="Event")["StatusCode"], 202)


@check
def one_invoke_more_than_the_concurrency_is_throttled():
    answers = []
    first = threading.Thread(target=lambda: answers.append(invoke("held", {})), daemon=True)
    first.start()
    board(wait="held")
    try:
        with refused("TooManyRequestsException", 429, "Rate Exceeded.") as refusal:
            invoke("held", {})
        equal(refusal["Reason"], "ReservedFunctionConcurrentInvocationLimitExceeded")
    finally:
        board(**{"raise": "release"})
    first.join(PATIENCE)
    equal(json.loads(answers[0]["Payload"]), "released")
    # There is room again.
    equal(json.loads(invoke("held", {})["Payload"]), "released")


@check
def a_function_of_instances_without_a_version_has_nothing_to_invoke():
    with refused("NoPublishedVersionException", 400):
        invoke("instances", {}, Qualifier="$LATEST.PUBLISHED")


@check
def a_snapshot_that_cannot_be_restored_in_time_is_refused():
    with refused("SnapStartTimeoutException", 408):
        invoke("frozen", {})


@check
def an_operation_that_does_not_exist_is_refused():
    request = urllib.request.Request(f"{ENDPOINT}/2015-03-31/no-such-thing", method="POST", data=b"{}")
    try:
        urllib.request.urlopen(request, timeout=PATIENCE)
    except urllib.error.HTTPError as error:
        equal((error.code, error.headers["x-amzn-ErrorType"]), (404, "UnknownOperationException"))
    else:
        raise AssertionError("it was accepted")


# AWS's command line.


def command(*arguments):
    """Runs AWS's command line; gives its exit code, and what it has printed and written."""
    variables = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
        "AWS_DEFAULT_REGION": CREDENTIALS["region_name"],
        "AWS_MAX_ATTEMPTS": "1",
    }
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "payload")
        line = [sys.executable, "-m", "awscli", "--endpoint-url", ENDPOINT, "lambda", "invoke", *arguments, file]
        done = subprocess.run(line, env=variables, capture_output=True, text=True, timeout=PATIENCE)
        written = open(file).read() if os.path.exists(file) else None
    return done, written


@check
def the_command_line_invokes_and_shows_the_log():
    done, written = command("--function-name", "echo", "--payload", '{"n": 1}', "--log-type", "Tail")
    equal(done.returncode, 0)
    equal(json.loads(written), {"n": 1})
    shown = json.loads(done.stdout)
    equal((shown["StatusCode"], shown["ExecutedVersion"]), (200, "$LATEST"))
    assert base64.b64decode(shown["LogResult"]).startswith(b"START RequestId: "), shown


@check
def the_command_line_tells_of_an_error():
    done, _ = command("--function-name", "unknown")
    assert done.returncode != 0
    assert "(ResourceNotFoundException) when calling the Invoke operation: Function not found" in done.stderr, done.stderr


run()
