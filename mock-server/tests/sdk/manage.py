"""Creates and configures functions through AWS's client for Python, and invokes what comes of it. Argument: where the
service is.

Each check has a function of its own, so that none depends on another.
"""

import base64
import hashlib
import io
import itertools
import json
import sys
import zipfile

from checks import ACCOUNT, arn, check, client, equal, refused, run

ROLE = f"arn:aws:iam::{ACCOUNT}:role/service"
UNKNOWN = f"Function not found: {arn('unknown')}"

# A bootstrap that answers with what it is: its code's mark, and what it sees of its configuration.
BOOTSTRAP = """#!{python}
import http.client, json, os
MARK = {mark!r}
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
prefix = "/2018-06-01/runtime/invocation/"
while True:
    api.request("GET", prefix + "next")
    event = api.getresponse()
    payload = json.loads(event.read())
    request_id = event.headers["Lambda-Runtime-Aws-Request-Id"]
    told = {{"mark": MARK, "event": payload, "variables": dict(os.environ)}}
    api.request("POST", prefix + request_id + "/response", json.dumps(told))
    api.getresponse().read()
"""

_numbers = itertools.count(1)


def package(mark):
    """A deployment package whose bootstrap answers with this mark."""
    file = zipfile.ZipInfo("bootstrap")
    file.external_attr = 0o100755 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(file, BOOTSTRAP.format(python=sys.executable, mark=mark))
    return buffer.getvalue()


def create(mark="first", **more):
    """Creates a function, and waits until it can be invoked; its name."""
    name = f"managed-{next(_numbers)}"
    described(name, mark, **more)
    client.get_waiter("function_active_v2").wait(FunctionName=name)
    return name


def described(name, mark="first", **more):
    configured = {"Runtime": "provided.al2023", "Role": ROLE, "Handler": "app.handler", "Timeout": 60, **more}
    return client.create_function(FunctionName=name, Code={"ZipFile": package(mark)}, **configured)


def update_code(name, mark, **more):
    updated = client.update_function_code(FunctionName=name, ZipFile=package(mark), **more)
    client.get_waiter("function_updated_v2").wait(FunctionName=name)
    return updated


def invoke(name, payload=None, **more):
    answer = client.invoke(FunctionName=name, Payload=json.dumps(payload or {}), **more)
    payload = answer["Payload"].read()
    assert "FunctionError" not in answer, payload
    return answer["ExecutedVersion"], json.loads(payload)


# Functions.


@check
def a_function_is_made_of_a_package_and_runs():
    zipped = package("first")
    name = f"managed-{next(_numbers)}"
    made = described(name, Environment={"Variables": {"COLOUR": "blue"}}, MemorySize=256, Description="colours")
    equal(made["ResponseMetadata"]["HTTPStatusCode"], 201)
    equal((made["FunctionName"], made["FunctionArn"], made["Version"]), (name, arn(name), "$LATEST"))
    equal((made["Runtime"], made["Role"], made["Handler"]), ("provided.al2023", ROLE, "app.handler"))
    equal((made["Timeout"], made["MemorySize"], made["Description"]), (60, 256, "colours"))
    equal(made["Environment"], {"Variables": {"COLOUR": "blue"}})
    equal(made["CodeSize"], len(zipped))
    equal(made["CodeSha256"], base64.b64encode(hashlib.sha256(zipped).digest()).decode())
    equal(made["PackageType"], "Zip")
    assert made["State"] in ["Pending", "Active"] and made["RevisionId"] and made["LastModified"], made

    client.get_waiter("function_active_v2").wait(FunctionName=name)
    version, told = invoke(name, {"n": 1})
    equal((version, told["mark"], told["event"]), ("$LATEST", "first", {"n": 1}))
    variables = told["variables"]
    equal((variables["COLOUR"], variables["_HANDLER"]), ("blue", "app.handler"))
    equal((variables["AWS_LAMBDA_FUNCTION_NAME"], variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]), (name, "256"))


@check
def what_is_not_configured_has_the_documented_value():
    name = f"managed-{next(_numbers)}"
    made = client.create_function(
        FunctionName=name, Runtime="provided.al2023", Role=ROLE, Handler="h", Code={"ZipFile": package("first")}
    )
    equal((made["Timeout"], made["MemorySize"], made["Description"]), (3, 128, ""))
    equal((made["Architectures"], made["EphemeralStorage"]), (["x86_64"], {"Size": 512}))
    equal((made["TracingConfig"], made["SnapStart"]["ApplyOn"]), ({"Mode": "PassThrough"}, "None"))


@check
def a_name_that_is_taken_is_refused():
    name = create()
    with refused("ResourceConflictException", 409, f"Function already exist: {name}"):
        described(name)


@check
def what_is_no_package_is_refused():
    message = "Could not unzip uploaded file. Please check your file, then try to upload again."
    with refused("InvalidParameterValueException", 400, message):
        client.create_function(
            FunctionName="no-package", Runtime="provided.al2023", Role=ROLE, Handler="h", Code={"ZipFile": b"no zip"}
        )


@check
def a_function_is_found_and_listed():
    name = create()
    found = client.get_function(FunctionName=name)
    equal(found["Configuration"]["FunctionArn"], arn(name))
    equal((found["Configuration"]["State"], found["Configuration"]["LastUpdateStatus"]), ("Active", "Successful"))
    assert "Code" in found, found
    equal(client.get_function_configuration(FunctionName=arn(name))["FunctionName"], name)
    pages = client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1})
    listed = [function["FunctionName"] for page in pages for function in page["Functions"]]
    equal(listed.count(name), 1)


@check
def a_configuration_is_replaced_where_something_is_said():
    name = create(Environment={"Variables": {"COLOUR": "blue"}})
    before = client.get_function_configuration(FunctionName=name)
    updated = client.update_function_configuration(
        FunctionName=name, MemorySize=512, Environment={"Variables": {"SHAPE": "round"}}
    )
    equal((updated["MemorySize"], updated["Timeout"]), (512, 60))
    assert updated["RevisionId"] != before["RevisionId"], updated
    client.get_waiter("function_updated_v2").wait(FunctionName=name)
    _, told = invoke(name)
    assert "COLOUR" not in told["variables"], told
    equal(told["variables"]["SHAPE"], "round")
    equal(told["variables"]["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "512")


@check
def code_is_replaced():
    name = create()
    equal(invoke(name)[1]["mark"], "first")
    updated = update_code(name, "second")
    equal(updated["CodeSha256"], base64.b64encode(hashlib.sha256(package("second")).digest()).decode())
    equal(invoke(name)[1]["mark"], "second")


@check
def an_update_for_another_revision_is_refused():
    name = create()
    stale = client.get_function_configuration(FunctionName=name)["RevisionId"]
    update_code(name, "second")
    with refused("PreconditionFailedException", 412):
        client.update_function_code(FunctionName=name, ZipFile=package("third"), RevisionId=stale)
    equal(invoke(name)[1]["mark"], "second")


@check
def a_function_that_is_deleted_is_gone():
    name = create()
    client.delete_function(FunctionName=name)
    for gone in [client.get_function, client.invoke, client.delete_function]:
        with refused("ResourceNotFoundException", 404):
            gone(FunctionName=name)


@check
def an_unknown_function_is_not_found():
    for call, more in [
        (client.get_function, {}),
        (client.get_function_configuration, {}),
        (client.update_function_configuration, {"MemorySize": 256}),
        (client.update_function_code, {"ZipFile": package("first")}),
        (client.publish_version, {}),
        (client.create_alias, {"Name": "live", "FunctionVersion": "1"}),
        (client.put_function_concurrency, {"ReservedConcurrentExecutions": 1}),
        (client.delete_function, {}),
    ]:
        with refused("ResourceNotFoundException", 404) as refusal:
            call(FunctionName="unknown", **more)
        assert refusal["Error"]["Message"].startswith(UNKNOWN), refusal
    with refused("ResourceNotFoundException", 404, "The function doesn't exist."):
        client.put_function_event_invoke_config(FunctionName="unknown", MaximumRetryAttempts=0)


# Versions and aliases.


@check
def a_version_stays_as_it_was_published():
    name = create()
    first = client.publish_version(FunctionName=name, Description="the first")
    equal(first["ResponseMetadata"]["HTTPStatusCode"], 201)
    equal((first["Version"], first["FunctionArn"], first["Description"]), ("1", arn(f"{name}:1"), "the first"))
    update_code(name, "second")
    equal(client.publish_version(FunctionName=name)["Version"], "2")
    for qualifier, mark in [("1", "first"), ("2", "second"), ("$LATEST", "second")]:
        version, told = invoke(name, Qualifier=qualifier)
        equal((version, told["mark"]), (qualifier, mark))
        equal(told["variables"]["AWS_LAMBDA_FUNCTION_VERSION"], qualifier)


@check
def nothing_new_is_published_where_nothing_has_changed():
    name = create()
    equal([client.publish_version(FunctionName=name)["Version"] for _ in range(3)], ["1", "1", "1"])


@check
def versions_are_listed_in_order():
    name = create(Publish=True)
    update_code(name, "second", Publish=True)
    listed = client.list_versions_by_function(FunctionName=name)["Versions"]
    equal([version["Version"] for version in listed], ["$LATEST", "1", "2"])


@check
def an_alias_leads_to_its_version_and_can_be_moved():
    name = create(Publish=True)
    update_code(name, "second", Publish=True)
    made = client.create_alias(FunctionName=name, Name="live", FunctionVersion="1", Description="what runs")
    equal(made["ResponseMetadata"]["HTTPStatusCode"], 201)
    equal((made["AliasArn"], made["Name"]), (arn(f"{name}:live"), "live"))
    equal((made["FunctionVersion"], made["Description"]), ("1", "what runs"))
    version, told = invoke(f"{name}:live")
    equal((version, told["mark"]), ("1", "first"))
    equal(client.update_alias(FunctionName=name, Name="live", FunctionVersion="2")["Description"], "what runs")
    version, told = invoke(name, Qualifier="live")
    equal((version, told["mark"]), ("2", "second"))
    equal(client.get_alias(FunctionName=name, Name="live")["FunctionVersion"], "2")
    equal([alias["Name"] for alias in client.list_aliases(FunctionName=name)["Aliases"]], ["live"])
    client.delete_alias(FunctionName=name, Name="live")
    with refused("ResourceNotFoundException", 404):
        client.get_alias(FunctionName=name, Name="live")
    with refused("ResourceNotFoundException", 404, f"Function not found: {arn(name)}:live"):
        invoke(name, Qualifier="live")


@check
def weights_of_an_alias_are_drawn_for_each_invoke():
    name = create(Publish=True)
    update_code(name, "second", Publish=True)
    made = client.create_alias(
        FunctionName=name, Name="split", FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}}
    )
    equal(made["RoutingConfig"], {"AdditionalVersionWeights": {"2": 0.5}})
    versions = [invoke(name, Qualifier="split")[0] for _ in range(100)]
    assert 20 <= versions.count("2") <= 80, versions
    client.update_alias(FunctionName=name, Name="split", RoutingConfig={"AdditionalVersionWeights": {"2": 1.0}})
    equal({invoke(name, Qualifier="split")[0] for _ in range(10)}, {"2"})


@check
def an_alias_that_leads_where_it_must_not_is_refused():
    name = create(Publish=True)
    update_code(name, "second", Publish=True)
    with refused("ResourceNotFoundException", 404):
        client.create_alias(FunctionName=name, Name="live", FunctionVersion="77")
    message = "$LATEST is not supported for an alias pointing to more than 1 version"
    with refused("InvalidParameterValueException", 400, message):
        client.create_alias(
            FunctionName=name,
            Name="live",
            FunctionVersion="$LATEST",
            RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}},
        )
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    with refused("ResourceConflictException", 409):
        client.create_alias(FunctionName=name, Name="live", FunctionVersion="2")


@check
def a_version_that_an_alias_leads_to_cannot_be_deleted():
    name = create(Publish=True)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    with refused("ResourceConflictException", 409):
        client.delete_function(FunctionName=name, Qualifier="1")
    client.delete_alias(FunctionName=name, Name="live")
    client.delete_function(FunctionName=name, Qualifier="1")
    with refused("ResourceNotFoundException", 404):
        invoke(name, Qualifier="1")


# Concurrency and the queue.


@check
def reserved_concurrency_is_put_told_and_taken_back():
    name = create()
    assert "ReservedConcurrentExecutions" not in client.get_function_concurrency(FunctionName=name)
    put = client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    equal(put["ReservedConcurrentExecutions"], 0)
    equal(client.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"], 0)
    equal(client.get_function(FunctionName=name)["Concurrency"], {"ReservedConcurrentExecutions": 0})
    with refused("TooManyRequestsException", 429, "Rate Exceeded.") as refusal:
        invoke(name)
    equal(refusal["Reason"], "ReservedFunctionConcurrentInvocationLimitExceeded")
    client.delete_function_concurrency(FunctionName=name)
    assert "ReservedConcurrentExecutions" not in client.get_function_concurrency(FunctionName=name)
    invoke(name)


@check
def what_others_need_cannot_be_reserved():
    name = create()
    with refused("InvalidParameterValueException", 400) as refusal:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=901)
    assert "below its minimum value of [100]" in refusal["Error"]["Message"], refusal


@check
def provisioned_concurrency_is_put_told_and_taken_back():
    name = create(Publish=True)
    put = client.put_provisioned_concurrency_config(
        FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=1
    )
    equal((put["RequestedProvisionedConcurrentExecutions"], put["Status"]), (1, "IN_PROGRESS"))
    equal(invoke(name, Qualifier="1")[0], "1")
    found = client.get_provisioned_concurrency_config(FunctionName=name, Qualifier="1")
    assert found["Status"] in ["IN_PROGRESS", "READY"], found
    client.delete_provisioned_concurrency_config(FunctionName=name, Qualifier="1")
    with refused("ProvisionedConcurrencyConfigNotFoundException", 404):
        client.get_provisioned_concurrency_config(FunctionName=name, Qualifier="1")


@check
def how_events_are_treated_is_put_changed_and_forgotten():
    name = create()
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:failed"
    put = client.put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": queue}}
    )
    equal((put["MaximumRetryAttempts"], put["FunctionArn"]), (1, arn(f"{name}:$LATEST")))
    equal(put["DestinationConfig"]["OnFailure"], {"Destination": queue})
    updated = client.update_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=120)
    equal((updated["MaximumRetryAttempts"], updated["MaximumEventAgeInSeconds"]), (1, 120))
    # A put forgets what it does not say.
    client.put_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60)
    found = client.get_function_event_invoke_config(FunctionName=name)
    equal(found["MaximumEventAgeInSeconds"], 60)
    assert found.get("MaximumRetryAttempts") is None, found
    listed = client.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]
    equal(len(listed), 1)
    client.delete_function_event_invoke_config(FunctionName=name)
    with refused("ResourceNotFoundException", 404):
        client.get_function_event_invoke_config(FunctionName=name)


@check
def an_age_or_a_number_of_retries_out_of_range_is_refused():
    name = create()
    # The client does not look at these limits.
    for more in [{"MaximumRetryAttempts": 3}, {"MaximumEventAgeInSeconds": 21_601}]:
        with refused("ValidationException", 400):
            client.put_function_event_invoke_config(FunctionName=name, **more)


run()
