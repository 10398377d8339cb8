"""Checks with names, and the client that they speak through.

A check is a function; its name is the claim. Each prints one line, whatever becomes of the others, and the script's
exit code tells whether all have passed.
"""

import contextlib
import sys
import traceback

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# More than any call takes on the slowest machine, in seconds.
PATIENCE = 120
REGION = "us-east-1"
ACCOUNT = "123456789012"

ENDPOINT = sys.argv[1]
CREDENTIALS = {"aws_access_key_id": "nobody", "aws_secret_access_key": "secret", "region_name": REGION}
# A second try would hide what the first was told.
client = boto3.client(
    "lambda",
    endpoint_url=ENDPOINT,
    config=Config(retries={"max_attempts": 0}, read_timeout=PATIENCE, max_pool_connections=20),
    **CREDENTIALS,
)

_checks = []


def check(function):
    """Makes a check of a function without arguments."""
    _checks.append(function)
    return function


def equal(found, expected):
    assert found == expected, f"\n   found {found!r}\nexpected {expected!r}"


def arn(name):
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


@contextlib.contextmanager
def refused(name, status, message=None):
    """What is called inside must be refused so; the answer is for the check to look at when it is over.

    An error that the API's model has must come as the class of that name, and every one with a request id.
    """
    refusal = {}
    try:
        yield refusal
    except ClientError as error:
        refusal.update(error.response)
        equal(error.response["Error"]["Code"], name)
        equal(error.response["ResponseMetadata"]["HTTPStatusCode"], status)
        if message is not None:
            equal(error.response["Error"]["Message"], message)
        assert error.response["Error"]["Message"], "a refusal says why"
        equal(len(error.response["ResponseMetadata"]["RequestId"]), 36)
        is_modelled = name in {shape.name for shape in client.meta.service_model.error_shapes}
        expected = getattr(client.exceptions, name) if is_modelled else ClientError
        equal(type(error), expected)
    else:
        raise AssertionError(f"it was to be refused with {name}")


def run():
    """Runs all checks in the order in which they stand, and ends the script."""
    failed = 0
    for function in _checks:
        name = function.__name__.replace("_", " ")
        try:
            function()
        except Exception:
            failed += 1
            print(f"FAILED {name}\n{traceback.format_exc()}", flush=True)
        else:
            print(f"ok     {name}", flush=True)
    print(f"{len(_checks) - failed} passed, {failed} failed", flush=True)
    sys.exit(failed > 0)
