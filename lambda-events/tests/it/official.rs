//! Ours as the official types: what both read alike.

use lambda_events::{aws::event, samples};

#[test]
fn an_event_of_ours_becomes_one_of_the_official_type() {
    let ours = samples::SQS.event();
    let official = event::sqs::SqsEvent::try_from(&ours).unwrap();
    assert_eq!(official.records.len(), ours.records.len());
    assert_eq!(official.records[0].body.as_deref(), Some(ours.records[0].body.as_str()));
    let ours = samples::SNS.event();
    let official = event::sns::SnsEvent::try_from(&ours).unwrap();
    assert_eq!(official.records[0].sns.message, ours.records[0].sns.message.as_str());
    let ours = samples::KINESIS.event();
    let official = event::kinesis::KinesisEvent::try_from(&ours).unwrap();
    assert_eq!(official.records[0].kinesis.data.0, ours.records[0].kinesis.data.decode().unwrap());
}

#[test]
fn what_the_official_type_does_not_take_is_told() {
    let mut ours = samples::SES.event();
    ours.records[0].ses.receipt.spam_verdict = None;
    assert!(event::ses::SimpleEmailEvent::try_from(&ours).is_err());
}
