//! What a script is: a claim, what a service does to a runtime, and how to tell whether the claim holds.
//!
//! The scripts themselves are in `scripts` and its neighbours; `server` plays them. Only the standard library
//! is used, because the same scripts judge other runtimes from a process of their own.

use std::{collections::VecDeque, time::Duration};

use super::{
    server::{self, Act, Answer, Steps, Transcript},
    wire::Call,
};

/// What was seen: `Ok` if it is right.
pub(crate) type Verdict = Result<String, String>;

/// The variables that Lambda always sets, except for the address.
pub(crate) const LAMBDA: [(&str, &str); 4] = [
    ("AWS_LAMBDA_FUNCTION_NAME", "scripted"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "7"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
    ("AWS_REGION", "eu-west-1"),
];

/// One claim, with all that shows whether it holds.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// Which pitfall; several scripts may be about the same.
    pub(crate) row: &'static str,
    /// What is right.
    pub(crate) claim: &'static str,
    /// The handler that the runtime is given; every runtime has one of this name.
    pub(crate) handler: &'static str,
    /// Environment variables besides those that Lambda always sets.
    pub(crate) variables: Vec<(&'static str, &'static str)>,
    /// One that Lambda always sets and that is missing here.
    pub(crate) unset: Option<&'static str>,
    pub(crate) steps: Steps,
    pub(crate) place: Place,
    /// How long the runtime may live.
    pub(crate) limit: Duration,
    pub(crate) check: fn(&Transcript, &End) -> Verdict,
}

/// Where a script can be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Anywhere,
    /// The check reads what a process writes, or the script sends it a signal.
    Process,
    /// As [`Process`](Self::Process), and nobody listens where the service should be.
    DeadEndpoint,
}

/// How a runtime ended.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) exit: Exit,
    /// What the process wrote, or the error that was returned.
    pub(crate) output: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Success,
    /// An error was returned from `main`, or from `run`.
    Error,
    Panic,
    /// A signal ended the process.
    Killed,
    /// It had to be ended when its time was over.
    Running,
}

impl Script {
    pub(crate) fn new(
        row: &'static str,
        claim: &'static str,
        handler: &'static str,
        check: fn(&Transcript, &End) -> Verdict,
    ) -> Self {
        let steps = Steps {
            next: VecDeque::new(),
            posts: VecDeque::new(),
            register: reply(
                "200 OK",
                "Lambda-Extension-Identifier: 5b7a8d2e-0001-4a6c-9d1e-3f2b1c0a9e8d\r\n",
                r#"{"functionName":"scripted","functionVersion":"7","handler":"bootstrap"}"#,
            ),
            pollers: 0,
        };
        Self {
            row,
            claim,
            handler,
            variables: Vec::new(),
            unset: None,
            steps,
            place: Place::Anywhere,
            limit: Duration::from_secs(10),
            check,
        }
    }

    pub(crate) fn next(mut self, answer: Answer) -> Self {
        self.steps.next.push_back(answer);
        self
    }

    /// The answer to the next response or error.
    pub(crate) fn post(mut self, answer: Answer) -> Self {
        self.steps.posts.push_back(answer);
        self
    }

    pub(crate) fn register(mut self, answer: Answer) -> Self {
        self.steps.register = answer;
        self
    }

    /// A runtime with so many pollers, all of which are waited for at the end.
    pub(crate) fn pollers(mut self, pollers: usize, text: &'static str) -> Self {
        self.steps.pollers = pollers;
        self.variable("AWS_LAMBDA_MAX_CONCURRENCY", text)
    }

    pub(crate) fn variable(mut self, name: &'static str, value: &'static str) -> Self {
        self.variables.push((name, value));
        self
    }

    pub(crate) fn without_variable(mut self, name: &'static str) -> Self {
        self.unset = Some(name);
        self
    }

    pub(crate) fn place(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The variables that the runtime finds, those that Lambda always sets included.
    pub(crate) fn environment(&self) -> Vec<(&'static str, &'static str)> {
        let all = LAMBDA.into_iter().chain(self.variables.iter().copied());
        all.filter(|(name, _)| Some(*name) != self.unset).collect()
    }
}

/// An event with all the headers that Lambda always sends.
pub(crate) fn event(id: &'static str, payload: &str) -> Answer {
    event_with(id, "", payload.as_bytes())
}

/// The same with more headers, each with the end of its line.
pub(crate) fn event_with(id: &'static str, headers: &str, payload: &[u8]) -> Answer {
    let length = format!("Content-Length: {}\r\n", payload.len());
    let head = event_head(id, &(length + headers));
    Answer { acts: vec![Act::Send([head.as_bytes(), payload].concat())], event: Some(id) }
}

/// The head of an event without anything about its body.
pub(crate) fn event_head(id: &str, headers: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\n\
         Content-Type: application/json\r\n\
         Lambda-Runtime-Aws-Request-Id: {id}\r\n\
         Lambda-Runtime-Deadline-Ms: 4102444800000\r\n\
         Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:123456789012:function:scripted\r\n\
         Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n\
         {headers}\r\n"
    )
}

/// Any reply with a body in JSON.
pub(crate) fn reply(status: &str, headers: &str, body: &str) -> Answer {
    let length = body.len();
    acts([Act::Send(
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        )
        .into_bytes(),
    )])
}

/// Anything that is no event.
pub(crate) fn acts(acts: impl Into<Vec<Act>>) -> Answer {
    Answer { acts: acts.into(), event: None }
}

/// Text as it is.
pub(crate) fn send(text: &str) -> Act {
    Act::Send(text.as_bytes().to_vec())
}

impl Transcript {
    /// Responses and errors for this event.
    pub(crate) fn posts(&self, id: &str) -> Vec<&Call> {
        self.calls
            .iter()
            .filter(|call| server::short_path(&call.path).split('/').next() == Some(id))
            .collect()
    }

    /// Whether this event had exactly one response, and no error.
    pub(crate) fn responded(&self, id: &str) -> bool {
        self.kinds(id) == ["response"]
    }

    /// Whether this event had exactly one error, of a category that Lambda knows, and no response.
    pub(crate) fn failed(&self, id: &str) -> bool {
        self.kinds(id) == ["error"] && self.posts(id)[0].header(CATEGORY).is_some_and(is_category)
    }

    fn kinds(&self, id: &str) -> Vec<&str> {
        self.posts(id).iter().filter_map(|call| call.path.rsplit('/').next()).collect()
    }

    /// The body of the only post for this event.
    pub(crate) fn body(&self, id: &str) -> String {
        match &*self.posts(id) {
            [call] => call.text(),
            posts => format!("({} posts)", posts.len()),
        }
    }

    /// All posts in short, and how it ended.
    pub(crate) fn story(&self, end: &End) -> String {
        let posts = self.calls.iter().filter(|call| call.method == "POST").map(|call| {
            let cut = if call.is_whole { "" } else { " (cut off)" };
            match call.header(CATEGORY) {
                Some(category) => format!("{} {category}{cut}", server::short_path(&call.path)),
                None => format!("{}{cut}", server::short_path(&call.path)),
            }
        });
        let mut parts: Vec<String> = posts.collect();
        // Many of the same are of no interest.
        if parts.len() > 6 {
            parts.splice(2..parts.len() - 2, ["…".to_owned()]);
        }
        if parts.is_empty() {
            parts.push("no post".to_owned());
        }
        parts.extend(self.malformed.first().map(|what| format!("malformed: {what}")));
        parts.push(if self.lived { "polls on".to_owned() } else { end.in_short() });
        parts.join(", ")
    }

    /// The story, judged.
    pub(crate) fn judge(&self, end: &End, is_right: bool) -> Verdict {
        verdict(is_right && self.malformed.is_empty(), self.story(end))
    }

    /// The story and something more, judged.
    pub(crate) fn judge_with(&self, end: &End, is_right: bool, more: &str) -> Verdict {
        verdict(is_right && self.malformed.is_empty(), format!("{more}; {}", self.story(end)))
    }

    /// Whether the runtime is alive, or has ended with an error that says where the service is.
    pub(crate) fn lives_or_names_endpoint(&self, end: &End) -> bool {
        self.lived || (end.exit == Exit::Error && end.error_line().contains(&self.address))
    }
}

impl End {
    pub(crate) fn in_short(&self) -> String {
        let text = match self.exit {
            Exit::Success => "ends without an error",
            Exit::Error => "ends with an error",
            Exit::Panic => "panics",
            Exit::Killed => "is killed",
            Exit::Running => "hangs",
        };
        match (self.exit, self.error_line()) {
            (Exit::Error, line) if !line.is_empty() => format!("{text}: {}", shorten(line, 120)),
            _ => text.to_owned(),
        }
    }

    /// What a `main` says about the error that it returns.
    pub(crate) fn error_line(&self) -> &str {
        let mut lines = self.output.lines().rev();
        lines.find_map(|line| line.strip_prefix("Error: ")).unwrap_or_default()
    }
}

/// The header that says what went wrong in one word.
pub(crate) const CATEGORY: &str = "lambda-runtime-function-error-type";

/// Whether Lambda would record it as it is: `Function.` or `Runtime.` and letters.
fn is_category(text: &str) -> bool {
    let name = text.strip_prefix("Function.").or_else(|| text.strip_prefix("Runtime."));
    name.is_some_and(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic()))
}

pub(crate) fn verdict(is_right: bool, seen: String) -> Verdict {
    if is_right { Ok(seen) } else { Err(seen) }
}

/// At most so many characters of a text, in one line.
pub(crate) fn shorten(text: &str, length: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(length) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}
