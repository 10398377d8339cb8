"""Invokes functions through AWS's client for Python, and through AWS's command line.

Arguments: where the service is, and the versions that invokes of the weighted alias must get to, in order. The
functions are those of `functions.rs`; what is refused is in `refusals.py`.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile

# Its checks are run with those here.
import refusals
from calls import ASYNC_LIMIT, LIMIT, board, events, invoke, request_id, stream, told
from checks import ACCOUNT, CREDENTIALS, ENDPOINT, PATIENCE, arn, check, client, equal, run

DRAWS = sys.argv[2].split(",")


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
    equal(len(answer["ResponseMetadata"]["RequestId"]), 36)
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
    expected = "(ResourceNotFoundException) when calling the Invoke operation: Function not found"
    assert expected in done.stderr, done.stderr


run()
