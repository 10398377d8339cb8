//! Effects and refusals in short, for the lines of the tables.

use lambda_api::extension::next::Event;

use crate::core::{Answer, Effect, ExtensionRejection, Rejection, Reply, test::scenario::Scenario};

/// The effects in short, `taken` if there are none and yet something has changed, `-` if nothing has.
pub(super) fn outcome(before: &Scenario, after: &mut Scenario) -> String {
    let mut words: Vec<_> = after.effects().iter().map(effect).collect();
    if words.is_empty() {
        words.push(if after.env == before.env { "-" } else { "taken" }.to_owned());
    }
    if after.env.poll_timeout() != before.env.poll_timeout() {
        words.push(timer(after));
    }
    words.join(", ")
}

pub(super) fn timer(env: &Scenario) -> String {
    env.timer().map_or_else(|| "no timer".to_owned(), |timer| format!("timer in {timer:?}"))
}

fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Reply { reply, .. } => match reply {
            Reply::Invocation(event) => format!("200 {}", event.request_id),
            Reply::Accepted => "202".to_owned(),
            Reply::Registered(_) => "200 registered".to_owned(),
            Reply::Event(event) => match &**event {
                Event::Invoke(invoke) => format!("200 INVOKE {}", invoke.request_id),
                Event::Shutdown(shutdown) => format!("200 SHUTDOWN {}", shutdown.reason.as_str()),
                other => panic!("there is no such event: {other:?}"),
            },
            Reply::Restored => "200 restored".to_owned(),
            Reply::Subscribed => "200 subscribed".to_owned(),
            Reply::Refused(rejection) => refusal(rejection),
        },
        Effect::HangUp { .. } => "hang up".to_owned(),
        Effect::AnswerBegins { .. } => "answer begins".to_owned(),
        Effect::AnswerContinues { bytes, .. } => format!("answer goes on with {} bytes", bytes.len()),
        Effect::Answer { answer, .. } => format!("answer {}", words(answer)),
        Effect::EndInvoke { report, .. } => {
            let cold = if report.cold_start { " cold" } else { "" };
            let error_type = report.error_type.as_deref().map_or(String::new(), |text| format!(" {text}"));
            format!("end {} {}{error_type}{cold}", report.request_id, report.status.as_str())
        }
        Effect::Launch { generation } => format!("launch {generation}"),
        Effect::Kill => "kill".to_owned(),
        Effect::LaunchExtension { generation, .. } => format!("launch audit {generation}"),
        Effect::Terminate => "terminate".to_owned(),
        Effect::KillExtension { .. } => "kill audit".to_owned(),
        Effect::EnterPhase(phase) => format!("-> {phase:?}"),
        Effect::EndInit(report) => {
            let error_type = report.error_type.as_deref().map_or(String::new(), |text| format!(" {text}"));
            format!("init {}{error_type}", report.status.as_str())
        }
        Effect::EndRestore(report) => {
            let error_type = report.error_type.as_deref().map_or(String::new(), |text| format!(" {text}"));
            format!("restore {}{error_type}", report.status.as_str())
        }
        Effect::Freeze => "freeze".to_owned(),
        Effect::Thaw => "thaw".to_owned(),
        Effect::Deliver(delivery) => format!("deliver {}", delivery.events.len()),
        Effect::BeginInvoke { .. } => "begin".to_owned(),
        Effect::Record(event) => event.record.kind().to_owned(),
    }
}

fn words(answer: &Answer) -> String {
    match &answer.error {
        Some(error) => error.error_type.clone(),
        None => format!("{:?}", String::from_utf8_lossy(&answer.payload)),
    }
}

pub(super) fn refusal(rejection: &Rejection) -> String {
    let reply = rejection.to_reply();
    if let Rejection::Extension(refused) = rejection
        && let ExtensionRejection::Transition { from, to, .. } = &**refused
    {
        return format!("403 extension {from} to {to}");
    }
    match rejection {
        Rejection::Transition { from, to, .. } => format!("403 {from} to {to}"),
        Rejection::Unavailable => "unavailable".to_owned(),
        _ => format!("{} {}", reply.status().as_u16(), reply.error_type().unwrap_or("in plain text")),
    }
}
