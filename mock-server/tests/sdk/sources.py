"""Puts messages into sources of events through AWS's client for Python, and through AWS's command line.

Argument: where the service is. The sources and the function that is invoked with their messages are those of `sources.rs`.
"""

import hashlib
import json
import os
import struct
import subprocess
import sys
import threading
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from calls import board
from checks import ACCOUNT, CREDENTIALS, ENDPOINT, PATIENCE, REGION, check, equal, run


def client_of(service):
    # A second try would hide what the first was told.
    config = Config(retries={"max_attempts": 0}, read_timeout=PATIENCE)
    return boto3.client(service, endpoint_url=ENDPOINT, config=config, **CREDENTIALS)


sqs, sns, events, kinesis = map(client_of, ["sqs", "sns", "events", "kinesis"])
VARIABLES = {
    **os.environ,
    "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
    "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
    "AWS_DEFAULT_REGION": CREDENTIALS["region_name"],
    "AWS_MAX_ATTEMPTS": "1",
}
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:news"


def url(name):
    return sqs.get_queue_url(QueueName=name)["QueueUrl"]


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def md5_of_attributes(attributes):
    """As it is documented for those who want to check it."""
    digest = hashlib.md5()

    def update(part):
        digest.update(struct.pack(">I", len(part)) + part)

    for name, attribute in sorted(attributes.items()):
        update(name.encode())
        update(attribute["DataType"].encode())
        if "BinaryValue" in attribute:
            digest.update(b"\x02")
            update(attribute["BinaryValue"])
        else:
            digest.update(b"\x01")
            update(attribute["StringValue"].encode())
    return digest.hexdigest()


def take(name, **more):
    """Receives from a queue, and deletes what was received."""
    messages = sqs.receive_message(QueueUrl=url(name), MaxNumberOfMessages=10, **more).get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=url(name), ReceiptHandle=message["ReceiptHandle"])
    return messages


def refused(service, exception, code, call, **arguments):
    """The call must be refused with this code, and come as the class of this name, if the service's model has it."""
    try:
        call(**arguments)
    except ClientError as error:
        equal(error.response["Error"]["Code"], code)
        assert error.response["Error"]["Message"], "a refusal says why"
        equal(len(error.response["ResponseMetadata"]["RequestId"]), 36)
        equal(type(error), getattr(service.exceptions, exception) if exception else ClientError)
        return error.response
    raise AssertionError(f"it was to be refused with {code}")


# Queues.


@check
def a_message_goes_into_a_queue_and_out_of_it():
    attributes = {
        "kind": {"DataType": "String", "StringValue": "Grüße"},
        "count": {"DataType": "Number", "StringValue": "7"},
        "seal": {"DataType": "Binary", "BinaryValue": b"\x00\x01\xff"},
    }
    sent = sqs.send_message(QueueUrl=url("orders"), MessageBody="7 Äpfel", MessageAttributes=attributes)
    equal(sent["MD5OfMessageBody"], md5("7 Äpfel"))
    equal(sent["MD5OfMessageAttributes"], md5_of_attributes(attributes))
    equal(len(sent["ResponseMetadata"]["RequestId"]), 36)
    asked = {"MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"]}
    (message,) = take("orders", **asked)
    equal((message["MessageId"], message["Body"]), (sent["MessageId"], "7 Äpfel"))
    equal(message["MD5OfBody"], md5("7 Äpfel"))
    equal(message["MessageAttributes"], attributes)
    equal(message["MD5OfMessageAttributes"], md5_of_attributes(attributes))
    equal(message["Attributes"]["ApproximateReceiveCount"], "1")
    assert abs(int(message["Attributes"]["SentTimestamp"]) / 1000 - time.time()) < PATIENCE
    equal(take("orders"), [])


@check
def only_the_attributes_that_are_asked_for_come():
    attributes = {name: {"DataType": "String", "StringValue": name} for name in ["one", "other", "two"]}
    sqs.send_message(QueueUrl=url("orders"), MessageBody="7 apples", MessageAttributes=attributes)
    (message,) = take("orders", MessageAttributeNames=["o.*"], AttributeNames=["SenderId"])
    del attributes["two"]
    equal(message["MessageAttributes"], attributes)
    equal(message["MD5OfMessageAttributes"], md5_of_attributes(attributes))
    equal(list(message["Attributes"]), ["SenderId"])


@check
def a_batch_goes_in_and_is_deleted():
    entries = [{"Id": f"id-{number}", "MessageBody": f"{number} apples"} for number in range(9)]
    entries.append({"Id": "late", "MessageBody": "late", "DelaySeconds": 901})
    answer = sqs.send_message_batch(QueueUrl=url("orders"), Entries=entries)
    equal([entry["Id"] for entry in answer["Successful"]], [f"id-{number}" for number in range(9)])
    equal([entry["MD5OfMessageBody"] for entry in answer["Successful"]], [md5(f"{n} apples") for n in range(9)])
    (failed,) = answer["Failed"]
    equal((failed["Id"], failed["Code"], failed["SenderFault"]), ("late", "InvalidParameterValue", True))
    messages = sqs.receive_message(QueueUrl=url("orders"), MaxNumberOfMessages=10)["Messages"]
    entries = [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(messages)]
    entries.append({"Id": "mine", "ReceiptHandle": "mine"})
    answer = sqs.delete_message_batch(QueueUrl=url("orders"), Entries=entries)
    equal(len(answer["Successful"]), 9)
    equal([entry["Code"] for entry in answer["Failed"]], ["ReceiptHandleIsInvalid"])


@check
def a_message_is_hidden_for_as_long_as_is_said():
    sqs.send_message(QueueUrl=url("orders"), MessageBody="7 apples")
    sqs.receive_message(QueueUrl=url("orders"), VisibilityTimeout=0)
    (message,) = sqs.receive_message(QueueUrl=url("orders"))["Messages"]
    equal(sqs.receive_message(QueueUrl=url("orders")).get("Messages"), None)
    handle = message["ReceiptHandle"]
    sqs.change_message_visibility(QueueUrl=url("orders"), ReceiptHandle=handle, VisibilityTimeout=0)
    asked = {"AttributeNames": ["ApproximateReceiveCount"]}
    equal(take("orders", **asked)[0]["Attributes"], {"ApproximateReceiveCount": "3"})


@check
def a_long_poll_ends_when_a_message_comes():
    received, asked, poller = [], threading.Event(), client_of("sqs")
    poller.meta.events.register("before-send.sqs.ReceiveMessage", lambda **_: asked.set())
    wait = {"QueueUrl": url("quiet"), "WaitTimeSeconds": 20}
    poll = threading.Thread(target=lambda: received.append(poller.receive_message(**wait)))
    began = time.monotonic()
    poll.start()
    assert asked.wait(PATIENCE)
    # By then the other call waits, too, if it does.
    sqs.list_queues()
    sqs.send_message(QueueUrl=url("quiet"), MessageBody="at last")
    poll.join(PATIENCE)
    equal(received[0]["Messages"][0]["Body"], "at last")
    assert time.monotonic() - began < 20, "it did not wait to the end"


@check
def a_long_poll_without_a_message_ends_empty():
    began = time.monotonic()
    answer = sqs.receive_message(QueueUrl=url("shop-audit"), WaitTimeSeconds=1)
    assert "Messages" not in answer and time.monotonic() - began >= 1, answer


@check
def a_fifo_queue_keeps_groups_and_knows_doubles():
    send = {"QueueUrl": url("orders.fifo"), "MessageGroupId": "g", "MessageDeduplicationId": "17"}
    first = sqs.send_message(MessageBody="7 apples", **send)
    second = sqs.send_message(MessageBody="7 apples", **send)
    equal((second["MessageId"], second["SequenceNumber"]), (first["MessageId"], first["SequenceNumber"]))
    (message,) = take("orders.fifo", MessageSystemAttributeNames=["All"])
    attributes = message["Attributes"]
    equal((attributes["MessageGroupId"], attributes["MessageDeduplicationId"]), ("g", "17"))
    equal(attributes["SequenceNumber"], first["SequenceNumber"])


@check
def queues_are_found_and_listed_and_tell_their_attributes():
    equal(url("orders"), f"{ENDPOINT}/{ACCOUNT}/orders")
    listed = sqs.list_queues(QueueNamePrefix="orders")["QueueUrls"]
    equal(listed, [url(name) for name in ["orders", "orders-dead", "orders.fifo"]])
    pages = sqs.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 2})
    paged = [url for page in pages for url in page["QueueUrls"]]
    equal(paged, sqs.list_queues()["QueueUrls"])
    attributes = sqs.get_queue_attributes(QueueUrl=url("orders"), AttributeNames=["All"])["Attributes"]
    equal(attributes["QueueArn"], f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders")
    policy = {"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders-dead", "maxReceiveCount": 5}
    equal(json.loads(attributes["RedrivePolicy"]), policy)
    equal(attributes["VisibilityTimeout"], "30")


@check
def the_resource_of_the_client_works_as_well():
    resource = boto3.resource("sqs", endpoint_url=ENDPOINT, **CREDENTIALS)
    queue = resource.get_queue_by_name(QueueName="orders")
    queue.send_message(MessageBody="7 apples")
    equal(queue.attributes["ApproximateNumberOfMessages"], "1")
    (message,) = queue.receive_messages()
    equal(message.body, "7 apples")
    message.delete()


@check
def what_queues_refuse_comes_as_the_errors_of_the_client():
    prefix = "AWS.SimpleQueueService."
    orders, twice = url("orders"), [{"Id": "a", "MessageBody": "a"}] * 2
    absent = f"{ENDPOINT}/{ACCOUNT}/absent"
    send, batch = sqs.send_message, sqs.send_message_batch
    refused(sqs, "QueueDoesNotExist", f"{prefix}NonExistentQueue", sqs.get_queue_url, QueueName="absent")
    refused(sqs, "QueueDoesNotExist", f"{prefix}NonExistentQueue", send, QueueUrl=absent, MessageBody="a")
    refused(sqs, "EmptyBatchRequest", f"{prefix}EmptyBatchRequest", batch, QueueUrl=orders, Entries=[])
    eleven = [{"Id": str(number), "MessageBody": "a"} for number in range(11)]
    name = "TooManyEntriesInBatchRequest"
    refused(sqs, name, prefix + name, batch, QueueUrl=orders, Entries=eleven)
    refused(sqs, "BatchEntryIdsNotDistinct", f"{prefix}BatchEntryIdsNotDistinct", batch, QueueUrl=orders, Entries=twice)
    large = [{"Id": name, "MessageBody": "x" * 600_000} for name in "ab"]
    refused(sqs, "BatchRequestTooLong", f"{prefix}BatchRequestTooLong", batch, QueueUrl=orders, Entries=large)
    delete = sqs.delete_message
    refused(sqs, "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", delete, QueueUrl=orders, ReceiptHandle="mine")
    refused(sqs, "InvalidMessageContents", "InvalidMessageContents", send, QueueUrl=orders, MessageBody="\x01")
    refused(sqs, None, "InvalidParameterValue", send, QueueUrl=orders, MessageBody="x" * 1_048_577)
    refused(sqs, None, "InvalidParameterValue", sqs.receive_message, QueueUrl=orders, MaxNumberOfMessages=11)
    refused(sqs, None, "MissingParameter", send, QueueUrl=url("orders.fifo"), MessageBody="a")
    attributes = {"QueueUrl": orders, "AttributeNames": ["Colour"]}
    refused(sqs, "InvalidAttributeName", "InvalidAttributeName", sqs.get_queue_attributes, **attributes)
    name = "UnsupportedOperation"
    answer = refused(sqs, name, prefix + name, sqs.create_queue, QueueName="new")
    equal(answer["Error"]["Message"], "CreateQueue is not emulated")
    refused(sqs, name, prefix + name, sqs.purge_queue, QueueUrl=orders)


@check
def a_message_of_a_client_invokes_a_function():
    sqs.send_message(QueueUrl=url("work"), MessageBody="from the client")
    board(wait="from the client")


# Topics.


@check
def a_publication_gets_to_a_function_and_to_a_queue():
    attributes = {
        "kind": {"DataType": "String", "StringValue": "order"},
        "seal": {"DataType": "Binary", "BinaryValue": b"\x00\x01\xff"},
    }
    answer = sns.publish(TopicArn=TOPIC, Message="news & <more>", Subject="News", MessageAttributes=attributes)
    equal(len(answer["MessageId"]), 36)
    equal(len(answer["ResponseMetadata"]["RequestId"]), 36)
    board(wait="news & <more>")
    (message,) = take("news-reader", MessageAttributeNames=["All"])
    equal((message["Body"], message["MessageAttributes"]), ("news & <more>", attributes))


@check
def a_batch_of_publications_is_answered_one_by_one():
    entries = [{"Id": name, "Message": f"batch {name}"} for name in ["one", "two"]]
    entries.append({"Id": "three", "Message": "m", "Subject": "s" * 100})
    answer = sns.publish_batch(TopicArn=TOPIC, PublishBatchRequestEntries=entries)
    equal([entry["Id"] for entry in answer["Successful"]], ["one", "two"])
    assert all(len(entry["MessageId"]) == 36 for entry in answer["Successful"])
    (failed,) = answer["Failed"]
    equal((failed["Id"], failed["Code"], failed["SenderFault"]), ("three", "InvalidParameter", True))
    equal(sorted(message["Body"] for message in take("news-reader")), ["batch one", "batch two"])
    board(wait="batch one")
    board(wait="batch two")


@check
def a_fifo_topic_tells_a_sequence_number():
    answer = sns.publish(TopicArn=f"{TOPIC}.fifo", Message="m", MessageGroupId="g", MessageDeduplicationId="1")
    equal(len(answer["SequenceNumber"]), 20)


@check
def what_topics_refuse_comes_as_the_errors_of_the_client():
    publish, batch = sns.publish, sns.publish_batch
    answer = refused(sns, "NotFoundException", "NotFound", publish, TopicArn=f"{TOPIC}-absent", Message="m")
    equal(answer["ResponseMetadata"]["HTTPStatusCode"], 404)
    refused(sns, "InvalidParameterException", "InvalidParameter", publish, TopicArn=TOPIC, Message="")
    refused(sns, "InvalidParameterException", "InvalidParameter", publish, TopicArn=f"{TOPIC}.fifo", Message="m")
    wrong = {"a": {"DataType": "Number", "StringValue": "b"}}
    call = {"TopicArn": TOPIC, "Message": "m", "MessageAttributes": wrong}
    refused(sns, "InvalidParameterValueException", "ParameterValueInvalid", publish, **call)
    twice = [{"Id": "a", "Message": "m"}] * 2
    name = "BatchEntryIdsNotDistinct"
    refused(sns, f"{name}Exception", name, batch, TopicArn=TOPIC, PublishBatchRequestEntries=twice)
    name = "EmptyBatchRequest"
    refused(sns, f"{name}Exception", name, batch, TopicArn=TOPIC, PublishBatchRequestEntries=[])
    answer = refused(sns, None, "InvalidAction", sns.create_topic, Name="new")
    equal(answer["Error"]["Message"], "CreateTopic is not emulated")


# Buses.


def entry(what, **more):
    return {"Source": "com.example.shop", "DetailType": "Order Placed", "Detail": json.dumps({"what": what}), **more}


@check
def an_event_gets_to_the_targets_of_its_bus():
    bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/shop"
    entries = [entry("by default", Time=1_795_168_800), entry("by name", EventBusName="shop")]
    entries += [entry("by ARN", EventBusName=bus), {**entry("malformed"), "Detail": "[]"}]
    answer = events.put_events(Entries=entries)
    equal(answer["FailedEntryCount"], 1)
    equal([len(entry.get("EventId", "")) for entry in answer["Entries"]], [36, 36, 36, 0])
    equal(answer["Entries"][3]["ErrorCode"], "MalformedDetail")
    board(wait="by default")
    details = [json.loads(message["Body"])["detail"]["what"] for message in take("shop-audit")]
    equal(details, ["by name", "by ARN"])


@check
def what_buses_refuse_comes_as_the_errors_of_the_client():
    refused(events, None, "ValidationException", events.put_events, Entries=[entry("a")] * 11)
    answer = refused(events, None, "UnknownOperationException", events.put_rule, Name="r", EventPattern="{}")
    equal(answer["Error"]["Message"], "PutRule is not emulated")


# Streams.


@check
def records_invoke_a_function():
    put = {"PartitionKey": "customer-12", "Data": b"a record"}
    answer = kinesis.put_record(StreamName="clicks", **put)
    assert answer["ShardId"].startswith("shardId-00000000000"), answer
    board(wait="a record")
    arn = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/clicks"
    records = [{"PartitionKey": str(n), "Data": f"record {n}".encode()} for n in range(20)]
    records[0]["ExplicitHashKey"] = str(2**128 - 1)
    answer = kinesis.put_records(StreamARN=arn, Records=records)
    equal((answer["FailedRecordCount"], len(answer["Records"])), (0, 20))
    equal(answer["Records"][0]["ShardId"], "shardId-000000000001")
    equal(len({record["ShardId"] for record in answer["Records"]}), 2)
    for number in range(20):
        board(wait=f"record {number}")


@check
def what_streams_refuse_comes_as_the_errors_of_the_client():
    put = {"PartitionKey": "a", "Data": b"a"}
    name = "ResourceNotFoundException"
    refused(kinesis, name, name, kinesis.put_record, StreamName="absent", **put)
    name = "InvalidArgumentException"
    refused(kinesis, name, name, kinesis.put_record, StreamName="clicks", ExplicitHashKey=str(2**128), **put)
    answer = refused(kinesis, None, "UnknownOperationException", kinesis.list_streams)
    equal(answer["Error"]["Message"], "ListStreams is not emulated")


@check
def code_finds_the_service_by_its_variable():
    code = "import boto3; print(boto3.client('sqs').get_queue_url(QueueName='orders')['QueueUrl'])"
    variables = {**VARIABLES, "AWS_ENDPOINT_URL": ENDPOINT}
    line = [sys.executable, "-B", "-c", code]
    done = subprocess.run(line, env=variables, capture_output=True, text=True, timeout=PATIENCE)
    equal((done.returncode, done.stdout.strip(), done.stderr), (0, url("orders"), ""))


# AWS's command line.


def command(*arguments):
    line = [sys.executable, "-m", "awscli", "--endpoint-url", ENDPOINT, "--output", "json", *arguments]
    return subprocess.run(line, env=VARIABLES, capture_output=True, text=True, timeout=PATIENCE)


def shown(*arguments):
    done = command(*arguments)
    equal((done.returncode, done.stderr), (0, ""))
    return json.loads(done.stdout)


@check
def the_command_line_sends_to_all_of_them():
    work = shown("sqs", "get-queue-url", "--queue-name", "work")["QueueUrl"]
    sent = shown("sqs", "send-message", "--queue-url", work, "--message-body", "from the command line")
    equal(sent["MD5OfMessageBody"], md5("from the command line"))
    board(wait="from the command line")
    shown("sns", "publish", "--topic-arn", TOPIC, "--message", "told by the command line")
    board(wait="told by the command line")
    equal([message["Body"] for message in take("news-reader")], ["told by the command line"])
    answer = shown("events", "put-events", "--entries", json.dumps([entry("put by the command line")]))
    equal(answer["FailedEntryCount"], 0)
    board(wait="put by the command line")
    put = ["kinesis", "put-record", "--stream-name", "clicks", "--partition-key", "a", "--data"]
    shown(*put, "a record of the command line")
    board(wait="a record of the command line")


@check
def the_command_line_tells_of_an_error():
    done = command("sqs", "get-queue-url", "--queue-name", "absent")
    assert done.returncode != 0
    assert "(AWS.SimpleQueueService.NonExistentQueue)" in done.stderr, done.stderr


run()
