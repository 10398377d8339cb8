//! A batch of telemetry as a busy function makes it: three records of the platform to seven lines of the function.
//!
//! In the forms of schema 2022-07-01, because AWS's own crate refuses a whole batch for one record that it does not know.

use peers::Counts;

/// How many records belong to one invocation.
const GROUP: usize = 10;
/// How many of them are lines of the function.
const LINES: usize = 7;

/// What is in so many records, of which there are tens.
pub(crate) fn counts(records: usize) -> Counts {
    let groups = records / GROUP;
    Counts { starts: groups, dones: groups, reports: groups, lines: groups * LINES, others: 0 }
}

/// The body of a batch of so many records, of which there are tens.
pub(crate) fn body(records: usize) -> String {
    let groups: Vec<String> = (0..records / GROUP).map(group).collect();
    format!("[{}]", groups.join(","))
}

fn group(number: usize) -> String {
    let id = format!("6f1c2d7e-0000-4000-8000-{number:012}");
    let second = number % 60;
    let trace = r#""tracing":{"spanId":"54565fb41ac79632","type":"X-Amzn-Trace-Id","value":"Root=1-691ee2a0-0123456789abcdef01234567;Parent=54565fb41ac79632;Sampled=1"}"#;
    let mut events = vec![format!(
        r#"{{"time":"2026-11-20T10:00:{second:02}.220Z","type":"platform.start","record":{{"requestId":"{id}","version":"$LATEST",{trace}}}}}"#,
    )];
    events.extend((0..LINES).map(|line| {
        let text = text(number * LINES + line, &id);
        format!(
            r#"{{"time":"2026-11-20T10:00:{second:02}.{:03}Z","type":"function","record":"{text}"}}"#,
            221 + line
        )
    }));
    events.push(format!(
        r#"{{"time":"2026-11-20T10:00:{second:02}.230Z","type":"platform.runtimeDone","record":{{"requestId":"{id}","status":"success","metrics":{{"durationMs":10.5,"producedBytes":17}},"spans":[{{"name":"responseLatency","start":"2026-11-20T10:00:{second:02}.220Z","durationMs":8.1}},{{"name":"responseDuration","start":"2026-11-20T10:00:{second:02}.228Z","durationMs":0.1}},{{"name":"runtimeOverhead","start":"2026-11-20T10:00:{second:02}.229Z","durationMs":1.0}}],{trace}}}}}"#,
    ));
    events.push(format!(
        r#"{{"time":"2026-11-20T10:00:{second:02}.240Z","type":"platform.report","record":{{"requestId":"{id}","status":"success","metrics":{{"durationMs":20.125,"billedDurationMs":21,"memorySizeMB":128,"maxMemoryUsedMB":38}},"spans":[{{"name":"extensionOverhead","start":"2026-11-20T10:00:{second:02}.230Z","durationMs":9.6}}],{trace}}}}}"#,
    ));
    events.join(",")
}

/// A line of 60 to 200 bytes as it stands inside a JSON string. One in seven is JSON itself, and full of escapes.
fn text(number: usize, id: &str) -> String {
    let length = 60 + number * 37 % 141;
    let mut text = match number % LINES {
        0 => format!(r#"{{\"level\":\"INFO\",\"requestId\":\"{id}\",\"message\":\""#),
        _ => format!("INFO RequestId: {id} "),
    };
    while text.len() < length - 4 {
        text.push_str("an item was put into the table of orders, ");
        text.truncate(length - 4);
    }
    text.push_str(if number.is_multiple_of(LINES) { r#"\"}"# } else { ".." });
    text.push_str(r"\n");
    text
}
