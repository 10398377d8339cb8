//! Mistakes 8 to 13, 24, 27 and 30: records of logs, streams, brokers and queues.

use lambda_events::{
    activemq::ActiveMq,
    aws::event::{
        activemq::ActiveMqEvent,
        cloudwatch_logs::LogsEvent,
        dynamodb::Event,
        kinesis::{KinesisEvent, KinesisTimeWindowEvent},
        rabbitmq::RabbitMqEvent,
        sqs::SqsEventObj,
    },
    cloudwatch_logs::CloudWatchLogs,
    dynamodb::DynamoDb,
    envelope::Carries,
    kinesis::{Kinesis, WindowedKinesis},
    rabbitmq::RabbitMq,
    sqs::Sqs,
};
use serde::{Deserialize, Serialize};

use super::{Answer, changes, incumbent, made_up, ours, shown};

cases! {
    m08_logs_that_were_written_are_read_again: 8,
        "CloudWatch Logs, written and read again",
        r#"{"awslogs":{"data":"H4sIAAAAAAACAz2Nyw6CQAxFv8WuWTD4QNlN4sjKFewMMagNTjIPMlM0hvDvlpDQ3WlP7x3Bfx0GKEBk293+kB9PqcggAeO7Mvih50u3YEUBW8scmePwiM+ge9LeXbQhDBGKW5OAxRjbDutfj6yeZS3vV1VVslRLivqgo9kdQb/mWl6T5i9qLZeJPF1HrGnsvdEYv4Gpmf5I2W/iswAAAA=="}}"#,
        ours: |json| {
            let event: CloudWatchLogs<'_> = ours(json)?;
            let written = serde_json::to_string(&event)?;
            let event: CloudWatchLogs<'_> = serde_json::from_str(&written)?;
            Ok(event.decode()?.log_events[0].message.to_string())
        },
        incumbent: |json| {
            let written = serde_json::to_string(&incumbent::<LogsEvent>(json)?)?;
            let event: LogsEvent = incumbent(&written)?;
            Ok(event.aws_logs.data.log_events[0].message.clone())
        },
        right: "hello!";

    m09_logs_may_have_a_member_more: 9,
        "CloudWatch Logs, a member more in awslogs",
        r#"{"awslogs":{"data":"H4sIAAAAAAACAz2NTQ+CMAyG/0vPHBh+oNxIHJw8jZshBrXBJWNbtqIxhP9uCQm9Pe3T953AfS0GKEBku/3hmJ/OqcggAeP6OrjR86VfUVHAbmCOzHF8xGfQnrSzlTaEIUJxaxMYMMaux+bnkdVL2ZT3q1SqrOWaIj9oaXEn0K+lltek+Yu6gctEnm4jtjT23miMg7md/5vudgOyAAAA","kind":"new"}}"#,
        ours: |json| {
            let event: CloudWatchLogs<'_> = ours(json)?;
            // Nor does it matter how the name is written, or of what the event is read.
            let escaped = json.replace("data", r"d\u0061ta");
            assert_eq!(serde_json::from_str::<CloudWatchLogs<'_>>(&escaped)?, event);
            let value: serde_json::Value = serde_json::from_str(json)?;
            assert_eq!(CloudWatchLogs::deserialize(&value)?, event);
            Ok(event.decode()?.log_events[0].message.to_string())
        },
        incumbent: |json| {
            Ok(incumbent::<LogsEvent>(json)?.aws_logs.data.log_events[0].message.clone())
        },
        right: "hello";

    m10_the_state_of_a_window_may_be_a_number: 10,
        "Kinesis, window with state {\"1\":282}",
        r#"{"Records":[],"window":{"start":"2026-11-20T10:00:00Z","end":"2026-11-20T10:02:00Z"},"state":{"1":282},"shardId":"shard-0","isFinalInvokeForWindow":false,"isWindowTerminatedEarly":false}"#,
        ours: |json| {
            let event: WindowedKinesis<'_> = ours(json)?;
            Ok(shown(event.state.get("1").map(|value| value.to_string())))
        },
        incumbent: |json| {
            let event: KinesisTimeWindowEvent = incumbent(json)?;
            Ok(shown(event.time_window_properties.state.get("1")))
        },
        right: "282";

    m11_the_name_of_a_queue_is_found_in_lower_case: 11,
        "ActiveMQ, destination.physicalname",
        r#"{"messages":[{"messageID":"1","deliveryMode":1,"expiration":0,"priority":4,"redelivered":false,"destination":{"physicalname":"orders"},"data":"aGVsbG8=","timestamp":1,"brokerInTime":2,"brokerOutTime":3,"properties":{}}]}"#,
        ours: |json| Ok(shown(ours::<ActiveMq<'_>>(json)?.messages[0].destination.name())),
        incumbent: |json| {
            Ok(shown(incumbent::<ActiveMqEvent>(json)?.messages.swap_remove(0).destination.physical_name))
        },
        right: "orders";

    m12_a_message_of_activemq_needs_no_delivery_mode: 12,
        "ActiveMQ, no deliveryMode, expiration as text",
        r#"{"messages":[{"messageID":"1","expiration":"60000","priority":4,"redelivered":false,"destination":{"physicalName":"orders"},"data":"aGVsbG8=","timestamp":1,"brokerInTime":2,"brokerOutTime":3,"properties":{}}]}"#,
        ours: |json| {
            let event: ActiveMq<'_> = ours(json)?;
            Ok(format!("{}, {}", shown(event.messages[0].delivery_mode), shown(event.messages[0].expiration)))
        },
        incumbent: |json| {
            let event: ActiveMqEvent = incumbent(json)?;
            Ok(format!("{}, {}", event.messages[0].delivery_mode, event.messages[0].expiration))
        },
        right: "nothing, 60000";

    m13_a_message_of_rabbitmq_needs_no_priority: 13,
        "RabbitMQ, priority null",
        r#"{"rmqMessagesByQueue":{"orders::/":[{"basicProperties":{"headers":{},"deliveryMode":1,"priority":null,"bodySize":5},"redelivered":false,"data":"aGVsbG8="}]}}"#,
        ours: |json| {
            let event: RabbitMq<'_> = ours(json)?;
            let message = &event.rmq_messages_by_queue["orders::/"][0];
            Ok(format!("{}, {}", shown(message.basic_properties.priority), message.data.encoded()))
        },
        incumbent: |json| {
            let event: RabbitMqEvent = incumbent(json)?;
            let message = &event.messages_by_queue["orders::/"][0];
            Ok(format!("{}, {}", message.basic_properties.priority, shown(message.data.as_ref())))
        },
        right: "nothing, aGVsbG8=";

    m24_what_is_absent_is_not_made_up: 24,
        "Kinesis without encryption, DynamoDB INSERT, written",
        r#"[{"Records":[{"kinesis":{"partitionKey":"1","sequenceNumber":"2","data":"aGVsbG8=","approximateArrivalTimestamp":1700000000}}]},{"Records":[{"eventID":"1","eventName":"INSERT","awsRegion":"eu-west-1","dynamodb":{"Keys":{"id":{"S":"a"}},"NewImage":{"id":{"S":"a"}},"SizeBytes":6}}]}]"#,
        ours: |json| {
            let events: Both<Kinesis<'_>, DynamoDb<'_>> = ours(json)?;
            assert_eq!(events.0.records[0].kinesis.encryption_type, None);
            assert_eq!(events.1.records[0].dynamodb.old_image, None);
            assert_eq!(events.1.records[0].dynamodb.approximate_creation_date_time, None);
            changes(json, events)
        },
        incumbent: |json| {
            let events: Both<KinesisEvent, Event> = incumbent(json)?;
            made_up(json, events)
        },
        right: "written as it was";

    m27_each_member_of_a_window_is_written_once: 27,
        "Kinesis, window, how often shardId is written",
        r#"{"Records":[],"window":{"start":"2026-11-20T10:00:00Z","end":"2026-11-20T10:02:00Z"},"state":{},"shardId":"shard-0","isFinalInvokeForWindow":false,"isWindowTerminatedEarly":false}"#,
        ours: |json| times_of_shard_id(ours::<WindowedKinesis<'_>>(json)?),
        incumbent: |json| times_of_shard_id(incumbent::<KinesisTimeWindowEvent>(json)?),
        right: "1";

    m30_a_message_that_cannot_be_read_leaves_its_neighbours_alone: 30,
        "SQS, the second of two bodies is no order",
        r#"{"Records":[{"messageId":"1","body":"{\"order\":4711}"},{"messageId":"2","body":"broken"}]}"#,
        ours: |json| {
            let event: Sqs<'_> = ours(json)?;
            let orders = event.records.iter().map(|message| match message.content()?.json::<Order>() {
                Ok(order) => Ok::<_, Box<dyn std::error::Error>>(order.order.to_string()),
                Err(_) => Ok(format!("message {} failed", message.message_id)),
            });
            Ok(orders.collect::<Result<Vec<_>, _>>()?.join(", "))
        },
        incumbent: |json| {
            let event: SqsEventObj<Order> = incumbent(json)?;
            let orders = event.records.iter().map(|message| message.body.order.to_string());
            Ok(orders.collect::<Vec<_>>().join(", "))
        },
        right: "4711, message 2 failed";
}

/// Two events in an array.
#[derive(Deserialize, Serialize)]
struct Both<A, B>(A, B);

#[derive(Deserialize, Serialize)]
struct Order {
    order: u32,
}

fn times_of_shard_id(event: impl Serialize) -> Answer {
    Ok(serde_json::to_string(&event)?.matches("\"shardId\"").count().to_string())
}
