"""Calls of the functions of `functions.rs`, and what comes of them."""

import json

from checks import client

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


def stream(name, payload=None, **more):
    if payload is not None:
        more["Payload"] = json.dumps(payload)
    return client.invoke_with_response_stream(FunctionName=name, **more)


def events(answer):
    """The pieces of a stream, and how it ended."""
    *pieces, end = answer["EventStream"]
    return [piece["PayloadChunk"]["Payload"] for piece in pieces], end["InvokeComplete"]
