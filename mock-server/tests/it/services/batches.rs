//! SendMessageBatch and DeleteMessageBatch: one entry that fails does not keep the others.

use mock_server::MockLambda;
use serde_json::{Value, json};

use super::{Client, url};

fn entries(ids: &[&str]) -> Value {
    ids.iter().map(|id| json!({ "Id": id, "MessageBody": id, "ReceiptHandle": "mine" })).collect()
}

#[tokio::test]
async fn each_entry_is_answered_for_itself() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let mut client = Client::new(&mock).await;
    let body = json!({
        "QueueUrl": url("orders"),
        "Entries": [
            { "Id": "one", "MessageBody": "7 apples" },
            { "Id": "two", "MessageBody": "8 pears", "DelaySeconds": 901 },
            { "Id": "three", "MessageBody": "8 pears", "MessageAttributes": {
                "my_attribute_name_1": {"DataType": "String", "StringValue": "my_attribute_value_1"},
                "my_attribute_name_2": {"DataType": "String", "StringValue": "my_attribute_value_2"},
            } },
        ],
    });
    let sent = client.sqs_value("SendMessageBatch", body).await;
    let received = queue.receive(10);
    let expected = json!({
        "Failed": [{
            "Id": "two",
            "SenderFault": true,
            "Code": "InvalidParameterValue",
            "Message": "Value 901 for parameter DelaySeconds is invalid. Reason: Must be from 0 to 900.",
        }],
        "Successful": [
            { "Id": "one", "MD5OfMessageBody": "7173fe2cf96e6eba2cd4c6e20869c150", "MessageId": received[0].id },
            {
                "Id": "three",
                "MD5OfMessageAttributes": "c48838208d2b4e14e3ca0093a8443f09",
                "MD5OfMessageBody": "479db43842a0035c0c5f458b8265dfbc",
                "MessageId": received[1].id,
            },
        ],
    });
    assert_eq!(sent, expected);

    let body = json!({
        "QueueUrl": url("orders"),
        "Entries": [
            { "Id": "one", "ReceiptHandle": received[0].receipt_handle },
            { "Id": "two", "ReceiptHandle": "mine" },
            { "Id": "three", "ReceiptHandle": received[1].receipt_handle },
        ],
    });
    let deleted = client.sqs_value("DeleteMessageBatch", body).await;
    let expected = json!({
        "Failed": [{
            "Id": "two",
            "SenderFault": true,
            "Code": "ReceiptHandleIsInvalid",
            "Message": "The input receipt handle \"mine\" is not a valid receipt handle.",
        }],
        "Successful": [{ "Id": "one" }, { "Id": "three" }],
    });
    assert_eq!(deleted, expected);
    assert_eq!(queue.counts().deleted, 2);
}

#[tokio::test]
async fn a_batch_that_breaks_a_rule_is_refused_as_a_whole() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let mut client = Client::new(&mock).await;
    let eleven: Vec<_> = (0..11).map(|number| number.to_string()).collect();
    let eleven: Vec<_> = eleven.iter().map(String::as_str).collect();
    let long = "x".repeat(81);
    for operation in ["SendMessageBatch", "DeleteMessageBatch"] {
        for (entries, name) in [
            (json!(null), "EmptyBatchRequest"),
            (entries(&[]), "EmptyBatchRequest"),
            (entries(&eleven), "TooManyEntriesInBatchRequest"),
            (entries(&["a", "b", "a"]), "BatchEntryIdsNotDistinct"),
            (entries(&["a", "b c"]), "InvalidBatchEntryId"),
            (entries(&[&long]), "InvalidBatchEntryId"),
            (json!([{ "MessageBody": "a", "ReceiptHandle": "mine" }]), "InvalidBatchEntryId"),
        ] {
            let refused =
                client.sqs_refusal(operation, json!({ "QueueUrl": url("orders"), "Entries": entries })).await;
            let code = format!("AWS.SimpleQueueService.{name};Sender");
            assert_eq!(refused.brief(), (400, &*code, &*format!("com.amazonaws.sqs#{name}")), "{operation}");
        }
    }
    assert_eq!(queue.counts(), Default::default());
}

#[tokio::test]
async fn all_entries_together_have_a_limit() {
    let mock = MockLambda::new();
    let queue = mock.queue("orders");
    let mut client = Client::new(&mock).await;
    let half = |more: usize| "x".repeat(512 * 1024 + more);
    let batch = |more: usize| {
        let entries =
            [json!({ "Id": "a", "MessageBody": half(0) }), json!({ "Id": "b", "MessageBody": half(more) })];
        json!({ "QueueUrl": url("orders"), "Entries": entries })
    };
    let refused = client.sqs_refusal("SendMessageBatch", batch(1)).await;
    let code = "AWS.SimpleQueueService.BatchRequestTooLong;Sender";
    assert_eq!(refused.brief(), (400, code, "com.amazonaws.sqs#BatchRequestTooLong"));
    assert_eq!(queue.counts().visible, 0);
    client.sqs_value("SendMessageBatch", batch(0)).await;
    assert_eq!(queue.counts().visible, 2);
}
