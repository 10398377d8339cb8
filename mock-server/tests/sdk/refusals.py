"""What is refused, and in which words: every error that the service can answer an invoke with."""

import json
import threading
import urllib.error
import urllib.request

from calls import ASYNC_LIMIT, LIMIT, board, invoke, stream
from checks import ENDPOINT, PATIENCE, arn, check, client, equal, refused


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
        start = "Could not parse request body into json: Could not parse payload into json: "
        assert message.startswith(start), message
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
