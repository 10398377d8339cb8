//! Publish and PublishBatch: forms in, XML out.

use mock_server::{MockLambda, Subscription};
use serde_json::Value;

use super::Client;

const ARN: &str = "arn%3Aaws%3Asns%3Aus-east-1%3A123456789012%3Anews";

fn publish(more: &str) -> String {
    format!("Action=Publish&Version=2010-03-31&TopicArn={ARN}&{more}")
}

/// What is within the first element of a name.
fn within<'a>(xml: &'a str, name: &str) -> &'a str {
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap();
    rest.split_once(&format!("</{name}>")).unwrap().0
}

/// [The answer of Publish](https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Examples).
#[tokio::test]
async fn a_publication_is_answered_as_documented_and_reaches_the_subscribers() {
    let mock = MockLambda::new();
    let (topic, queue, raw) = (mock.topic("news"), mock.queue("reader"), mock.queue("raw"));
    topic.subscribe(&queue).unwrap();
    topic.subscribe(Subscription::of(&raw).raw()).unwrap();
    let mut client = Client::new(&mock).await;
    let more = "Message=7+apples+%26+%22more%22&Subject=Fruit\
                &MessageAttributes.entry.1.Name=kind&MessageAttributes.entry.1.Value.DataType=String\
                &MessageAttributes.entry.1.Value.StringValue=order\
                &MessageAttributes.entry.2.Name=seal&MessageAttributes.entry.2.Value.DataType=Binary\
                &MessageAttributes.entry.2.Value.BinaryValue=AAH%2F";
    let reply = client.sns(&publish(more)).await;
    let notification: Value = serde_json::from_str(&queue.receive(1)[0].body).unwrap();
    let expected = format!(
        "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>{}</MessageId>\
         </PublishResult><ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></PublishResponse>",
        notification["MessageId"].as_str().unwrap(),
        reply.header("x-amzn-requestid").unwrap(),
    );
    assert_eq!(reply.brief(), (200, expected.as_str()));
    assert_eq!(notification["Message"], "7 apples & \"more\"");
    assert_eq!(notification["Subject"], "Fruit");
    assert_eq!(notification["MessageAttributes"]["kind"]["Value"], "order");
    assert_eq!(notification["MessageAttributes"]["seal"]["Value"], "AAH/");
    let message = &raw.receive(1)[0];
    assert_eq!(message.body, "7 apples & \"more\"");
    assert_eq!(message.attributes.keys().collect::<Vec<_>>(), ["kind", "seal"]);
}

#[tokio::test]
async fn there_may_be_a_text_for_each_protocol_and_another_name_for_the_topic() {
    let mock = MockLambda::new();
    let queue = mock.queue("reader");
    mock.topic("news").subscribe(Subscription::of(&queue).raw()).unwrap();
    let mut client = Client::new(&mock).await;
    let message = "%7B%22default%22%3A%22for+all%22%2C%22sqs%22%3A%22for+queues%22%7D";
    let form = format!("Action=Publish&TargetArn={ARN}&MessageStructure=json&Message={message}");
    assert_eq!(client.sns(&form).await.status(), 200);
    assert_eq!(queue.receive(1)[0].body, "for queues");
}

#[tokio::test]
async fn a_message_of_a_fifo_topic_has_a_sequence_number_and_a_double_has_the_same() {
    let mock = MockLambda::new();
    let (topic, queue) = (mock.topic("news.fifo"), mock.queue("reader.fifo"));
    topic.subscribe(&queue).unwrap();
    let mut client = Client::new(&mock).await;
    let form =
        publish("Message=7+apples&MessageGroupId=g&MessageDeduplicationId=17").replace("Anews", "Anews.fifo");
    let (first, second) = (client.sns(&form).await, client.sns(&form).await);
    assert_eq!(within(first.text(), "SequenceNumber").len(), 20);
    assert_eq!(within(first.text(), "PublishResult"), within(second.text(), "PublishResult"));
    assert_eq!(queue.counts().visible, 1);
}

#[tokio::test]
async fn each_entry_of_a_batch_is_answered_for_itself() {
    let mock = MockLambda::new();
    let queue = mock.queue("reader");
    mock.topic("news").subscribe(Subscription::of(&queue).raw()).unwrap();
    let mut client = Client::new(&mock).await;
    let form = format!(
        "Action=PublishBatch&Version=2010-03-31&TopicArn={ARN}\
         &PublishBatchRequestEntries.member.1.Id=one&PublishBatchRequestEntries.member.1.Message=7+apples\
         &PublishBatchRequestEntries.member.1.MessageAttributes.entry.1.Name=kind\
         &PublishBatchRequestEntries.member.1.MessageAttributes.entry.1.Value.DataType=String\
         &PublishBatchRequestEntries.member.1.MessageAttributes.entry.1.Value.StringValue=order\
         &PublishBatchRequestEntries.member.2.Id=two&PublishBatchRequestEntries.member.2.Message=\
         &PublishBatchRequestEntries.member.3.Id=three&PublishBatchRequestEntries.member.3.Message=8+pears"
    );
    let reply = client.sns(&form).await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    let received = queue.receive(10);
    let texts: Vec<_> = received.iter().map(|message| message.body.as_str()).collect();
    assert_eq!(texts, ["7 apples", "8 pears"]);
    assert!(received[0].attributes.contains_key("kind") && received[1].attributes.is_empty());
    let expected = "<member><Id>two</Id><Code>InvalidParameter</Code>\
                    <Message>Invalid parameter: Message is empty</Message><SenderFault>true</SenderFault></member>";
    assert_eq!(within(reply.text(), "Failed"), expected);
    let successful = within(reply.text(), "Successful");
    let ids: Vec<_> = successful.split("<member>").skip(1).map(|member| within(member, "Id")).collect();
    assert_eq!(ids, ["one", "three"]);
    assert_eq!(within(successful, "MessageId").len(), 36);
    assert!(
        reply.text().starts_with("<PublishBatchResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">")
    );
}

#[tokio::test]
async fn a_batch_that_breaks_a_rule_is_refused_as_a_whole() {
    let mock = MockLambda::new();
    let queue = mock.queue("reader");
    mock.topic("news").subscribe(&queue).unwrap();
    let mut client = Client::new(&mock).await;
    let entries = |ids: &[&str], message: &str| {
        let entries = ids.iter().enumerate().map(|(number, id)| {
            let entry = format!("&PublishBatchRequestEntries.member.{}", number + 1);
            format!("{entry}.Id={id}{entry}.Message={message}")
        });
        format!("Action=PublishBatch&Version=2010-03-31&TopicArn={ARN}{}", entries.collect::<String>())
    };
    let eleven = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"];
    for (form, code) in [
        (format!("Action=PublishBatch&TopicArn={ARN}&PublishBatchRequestEntries="), "EmptyBatchRequest"),
        (entries(&eleven, "m"), "TooManyEntriesInBatchRequest"),
        (entries(&["a", "a"], "m"), "BatchEntryIdsNotDistinct"),
        (entries(&["a+b"], "m"), "InvalidBatchEntryId"),
        (entries(&["a", "b"], &"x".repeat(128 * 1024 + 1)), "BatchRequestTooLong"),
    ] {
        let reply = client.sns(&form).await;
        assert_eq!((reply.status(), within(reply.text(), "Code")), (400, code));
    }
    assert_eq!(queue.counts(), Default::default());
}

#[tokio::test]
async fn what_a_topic_cannot_take_is_refused_in_the_form_of_the_service() {
    let mock = MockLambda::new();
    let queue = mock.queue("reader");
    mock.topic("news").subscribe(&queue).unwrap();
    let mut client = Client::new(&mock).await;
    let reply = client.sns(&publish("Message=m").replace("Anews", "Aother")).await;
    let expected = format!(
        "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type><Code>NotFound\
         </Code><Message>Topic does not exist</Message></Error><RequestId>{}</RequestId></ErrorResponse>",
        reply.header("x-amzn-requestid").unwrap(),
    );
    assert_eq!(reply.brief(), (404, expected.as_str()));
    let attribute = |rest: &str| {
        publish(&format!("Message=m&MessageAttributes.entry.1.Name=a&MessageAttributes.entry.1.Value.{rest}"))
    };
    for (form, code, message) in [
        (publish(""), "InvalidParameter", "Message is empty"),
        (publish("Message=m&Subject=a%0Ab"), "InvalidParameter", "Subject"),
        (publish(&format!("Message={}", "x".repeat(256 * 1024 + 1))), "InvalidParameter", "262145 bytes"),
        (publish("Message=m&MessageStructure=xml"), "InvalidParameter", "MessageStructure"),
        (publish("Message=m&MessageStructure=json"), "InvalidParameter", "JSON object"),
        (publish("Message=m&MessageDeduplicationId=17"), "InvalidParameter", "MessageDeduplicationId"),
        (attribute("StringValue=b"), "ParameterValueInvalid", "DataType"),
        (attribute("DataType=String"), "ParameterValueInvalid", "StringValue"),
        (
            attribute("DataType=Binary&MessageAttributes.entry.1.Value.BinaryValue=%3F"),
            "ParameterValueInvalid",
            "base64",
        ),
        ("Action=Publish&Message=m".to_owned(), "InvalidParameter", "TopicArn or TargetArn"),
        (
            "Action=Publish&Message=m&TopicArn=news".to_owned(),
            "InvalidParameter",
            "news does not start with arn",
        ),
        ("Action=Publish&Message=m&PhoneNumber=%2B49".to_owned(), "InvalidParameter", "is not emulated"),
    ] {
        let reply = client.sns(&form).await;
        assert_eq!((reply.status(), within(reply.text(), "Code")), (400, code), "{message}");
        assert!(within(reply.text(), "Message").contains(message), "{message}: {}", reply.text());
    }
    assert_eq!(queue.counts(), Default::default());
}
