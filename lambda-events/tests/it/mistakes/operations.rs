//! Mistakes 14 to 16: mail, alarms and contacts.

use lambda_events::{
    aws::event::{cloudwatch_alarms::CloudWatchMetricAlarm, connect::ConnectEvent, ses::SimpleEmailEvent},
    cloudwatch_alarms::CloudWatchAlarm,
    connect::Connect,
    ses::Ses,
};

use super::{incumbent, ours, shown};

cases! {
    m14_mail_needs_no_verdict_of_dmarc_and_has_copies: 14,
        "SES, no dmarcVerdict: verdict, cc",
        r#"{"Records":[{"ses":{"mail":{"timestamp":"2026-11-20T10:00:00.000Z","source":"ann@example.com","messageId":"1","destination":["bob@example.com"],"headersTruncated":false,"headers":[],"commonHeaders":{"from":["ann@example.com"],"to":["bob@example.com"],"cc":["eve@example.com"]}},"receipt":{"timestamp":"2026-11-20T10:00:00.000Z","processingTimeMillis":1,"recipients":["bob@example.com"],"spamVerdict":{"status":"PASS"},"virusVerdict":{"status":"PASS"},"spfVerdict":{"status":"PASS"},"dkimVerdict":{"status":"PASS"},"action":{"type":"Lambda"}}}}]}"#,
        ours: |json| {
            let event: Ses<'_> = ours(json)?;
            let ses = &event.records[0].ses;
            let verdict = ses.receipt.dmarc_verdict.as_ref().map(|verdict| format!("{verdict:?}"));
            Ok(format!("{}, {}", shown(verdict), shown(ses.mail.common_headers.cc.first())))
        },
        incumbent: |json| {
            let event: SimpleEmailEvent = incumbent(json)?;
            let ses = &event.records[0].ses;
            let copies = ses.mail.common_headers.other.get("cc").and_then(|copies| copies[0].as_str());
            Ok(format!("{}, {}", shown(ses.receipt.dmarc_verdict.status.as_ref()), shown(copies)))
        },
        right: "nothing, eve@example.com";

    m15_an_alarm_may_have_an_expression: 15,
        "CloudWatch alarm, an expression and no metricStat",
        r#"{"source":"aws.cloudwatch","alarmArn":"arn","accountId":"123456789012","time":"2026-11-20T10:00:00.000Z","region":"eu-west-1","alarmData":{"alarmName":"errors","configuration":{"metrics":[{"id":"e1","expression":"m1 / m2","label":"rate","returnData":true}]}}}"#,
        ours: |json| {
            let event: CloudWatchAlarm<'_> = ours(json)?;
            Ok(shown(event.alarm_data.configuration.metrics[0].expression.as_ref()))
        },
        incumbent: |json| {
            let event: CloudWatchMetricAlarm = incumbent(json)?;
            let metric = &event.alarm_data.configuration.metrics[0];
            Ok(shown(metric.other.get("expression").and_then(|text| text.as_str())))
        },
        right: "m1 / m2";

    m16_a_task_has_no_endpoint: 16,
        "Connect, CustomerEndpoint null: endpoint, channel",
        r#"{"Name":"ContactFlowEvent","Details":{"ContactData":{"Attributes":{},"Channel":"TASK","CustomerEndpoint":null,"SystemEndpoint":null},"Parameters":{}}}"#,
        ours: |json| {
            let event: Connect<'_> = ours(json)?;
            let contact = event.details.contact_data;
            let endpoint = contact.customer_endpoint.and_then(|endpoint| endpoint.address);
            let channel = contact.channel.as_ref().map(|channel| channel.as_str());
            Ok(format!("{}, {}", shown(endpoint), shown(channel)))
        },
        incumbent: |json| {
            let contact = incumbent::<ConnectEvent>(json)?.details.contact_data;
            Ok(format!("{}, {}", shown(contact.customer_endpoint.address), shown(contact.channel)))
        },
        right: "nothing, TASK";
}
