//! What an answer through a front has in another way than one of a server of HTTP: all of it, one row each.
//!
//! A row either changes the request that is sent to the server alone into one that the front's format can carry, or changes both
//! answers into what they have in common. Which fronts need a row is shown by `fronts::each_difference_is_one`.

use serde_json::Value;

use super::{
    Way,
    Way::{Alb, AlbMulti, HttpApi, HttpApi1, Lattice, Lattice1, Rest, RestStream, Url, UrlStream},
    client::{Seen, Sent},
};

/// A difference between fronts and servers.
pub(super) struct Difference {
    pub(super) name: &'static str,
    pub(super) ways: &'static [Way],
    pub(super) normaliser: Normaliser,
}

/// What makes the difference none.
pub(super) enum Normaliser {
    /// Of the request that the server gets in place of the one that the front gets.
    Request(fn(&mut Sent)),
    /// Of both answers.
    Answer(fn(&mut Seen)),
    /// Of the front's answer beside the server's.
    Front(fn(&mut Seen, &Seen)),
    /// Of what both answers tell of a request, see `app::echo`.
    Echo(fn(&mut Vec<(String, String)>)),
}

use Normaliser::{Answer, Echo, Front, Request};

const ALL: &[Way] = &[Url, UrlStream, HttpApi, HttpApi1, Rest, RestStream, Alb, AlbMulti, Lattice, Lattice1];

/// All differences, in the order in which they are applied.
pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "services add headers of their own to requests",
        ways: ALL,
        normaliser: Echo(without_added),
    },
    Difference {
        name: "what concerns the connection ends at a service",
        ways: &[HttpApi, HttpApi1, Rest, RestStream],
        normaliser: Echo(without_hop_by_hop),
    },
    Difference {
        name: "values of a repeated header of a request are joined",
        ways: &[Url, UrlStream, HttpApi, Lattice1],
        normaliser: Request(join_headers),
    },
    Difference {
        name: "of a repeated header of a request the last value is there",
        ways: &[Alb],
        normaliser: Request(last_headers),
    },
    Difference {
        name: "cookies come in one header",
        ways: &[Url, UrlStream, HttpApi],
        normaliser: Request(join_cookies),
    },
    Difference {
        name: "cookies of several headers are joined by commas",
        ways: &[Lattice1],
        normaliser: Request(join_cookies_by_commas),
    },
    Difference { name: "the path is decoded", ways: &[HttpApi, HttpApi1], normaliser: Request(decode_path) },
    Difference {
        name: "parameters of one name stand together, by name, and have an equals sign",
        ways: &[HttpApi1, Rest, RestStream],
        normaliser: Request(group_query),
    },
    Difference {
        name: "parameters of one name stand together, by name as it was sent, and have an equals sign",
        ways: &[Alb, AlbMulti, Lattice],
        normaliser: Request(group_raw_query),
    },
    Difference {
        name: "of a repeated parameter the last value is there",
        ways: &[Alb],
        normaliser: Request(last_query),
    },
    Difference {
        name: "the query is decoded, and encoded again",
        ways: &[HttpApi1, Rest, RestStream],
        normaliser: Request(encode_query),
    },
    Difference {
        name: "a panic is an error of the service, and closes the connection of a server",
        ways: ALL,
        normaliser: Answer(panic_is_failure),
    },
    Difference {
        name: "how an answer is framed, and when it was made, is the connection's affair",
        ways: ALL,
        normaliser: Answer(without_framing),
    },
    Difference {
        name: "services add headers of their own to answers",
        ways: &[Url, UrlStream, HttpApi, HttpApi1, Rest, RestStream],
        normaliser: Answer(without_added_to_answer),
    },
    Difference {
        name: "a load balancer says what it is",
        ways: &[Alb, AlbMulti],
        normaliser: Answer(without_server),
    },
    Difference {
        name: "headers that a service writes itself have another name",
        ways: &[Url, UrlStream, HttpApi, HttpApi1, Rest, RestStream],
        normaliser: Answer(unremapped),
    },
    Difference {
        name: "an answer without a content type gets one",
        ways: &[Url, UrlStream, HttpApi, HttpApi1, Rest, RestStream, Alb, AlbMulti],
        normaliser: Front(without_default_type),
    },
    Difference {
        name: "values of a repeated header of an answer are joined",
        ways: &[Url, UrlStream, HttpApi, Alb, Lattice, Lattice1],
        normaliser: Answer(join_answer),
    },
    Difference { name: "headers of an answer come by their names", ways: ALL, normaliser: Answer(by_name) },
];

fn without_added(headers: &mut Vec<(String, String)>) {
    headers.retain(|(name, _)| !name.starts_with("x-forwarded-") && !name.starts_with("x-amzn-"));
}

fn without_hop_by_hop(headers: &mut Vec<(String, String)>) {
    headers.retain(|(name, _)| name != "connection" && name != "content-length");
}

fn joined(
    headers: &[(String, String)],
    separator: &str,
    joins: impl Fn(&str) -> bool,
) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for (name, value) in headers {
        match all.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name) && joins(name)) {
            Some((_, values)) => *values += &format!("{separator}{}", value.trim()),
            None => all.push((name.clone(), value.trim().to_owned())),
        }
    }
    // Of an empty last one there is no space before it.
    all.iter_mut().for_each(|(_, values)| values.truncate(values.trim_end().len()));
    all
}

fn join_headers(sent: &mut Sent) {
    sent.headers = joined(&sent.headers, ",", |name| name != "cookie");
}

fn join_cookies(sent: &mut Sent) {
    sent.headers = joined(&sent.headers, "; ", |name| name == "cookie");
}

fn join_cookies_by_commas(sent: &mut Sent) {
    sent.headers = joined(&sent.headers, ",", |name| name == "cookie");
}

fn last_headers(sent: &mut Sent) {
    let mut all: Vec<(String, String)> = Vec::new();
    for (name, value) in sent.headers.drain(..).rev() {
        if !all.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name)) {
            all.insert(0, (name, value));
        }
    }
    sent.headers = all;
}

fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// As a target has it: what is not allowed there is encoded.
fn decode_path(sent: &mut Sent) {
    let once = decode(&sent.path);
    let path = once.split('?').next().unwrap();
    sent.path = path.bytes().map(|byte| target_byte(byte, b"")).collect();
}

fn target_byte(byte: u8, not: &[u8]) -> String {
    match byte.is_ascii_alphanumeric() || (b"-._~!$&'()*+,;=:@/".contains(&byte) && !not.contains(&byte)) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    }
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    let pair = parts.map(|part| part.split_once('=').unwrap_or((part, "")));
    pair.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn to_query(pairs: &[(String, String)]) -> String {
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn group_query(sent: &mut Sent) {
    let mut pairs = pairs(&sent.query);
    pairs.sort_by_key(|(name, _)| decode(name));
    sent.query = to_query(&pairs);
}

fn group_raw_query(sent: &mut Sent) {
    let mut pairs = pairs(&sent.query);
    pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
    sent.query = to_query(&pairs);
}

fn last_query(sent: &mut Sent) {
    let pairs = pairs(&sent.query);
    let is_last = |place: usize| pairs[place + 1..].iter().all(|(name, _)| *name != pairs[place].0);
    let last: Vec<_> =
        (0..pairs.len()).filter(|place| is_last(*place)).map(|place| pairs[place].clone()).collect();
    sent.query = to_query(&last);
}

fn encode_query(sent: &mut Sent) {
    let recoded = |text: &str| {
        let read = decode(&text.replace('+', " "));
        read.bytes().map(|byte| target_byte(byte, b"!$&'()*+,;=:@/")).collect::<String>()
    };
    let pairs = pairs(&sent.query);
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (recoded(name), recoded(value))).collect();
    sent.query = to_query(&pairs);
}

fn panic_is_failure(seen: &mut Seen) {
    if seen.status == 0
        || seen.status == 502
        || (seen.status == 500 && seen.body.starts_with(b"{\"message\":"))
    {
        *seen = Seen { status: 502, headers: Vec::new(), body: Vec::new() };
    }
}

fn drop_headers(seen: &mut Seen, drops: impl Fn(&str) -> bool) {
    seen.headers.retain(|(name, _)| !drops(name));
}

fn without_framing(seen: &mut Seen) {
    drop_headers(seen, |name| {
        matches!(
            name,
            "content-length" | "transfer-encoding" | "connection" | "date" | "x-amzn-remapped-content-length"
        )
    });
}

fn without_added_to_answer(seen: &mut Seen) {
    drop_headers(seen, |name| {
        matches!(name, "x-amzn-requestid" | "x-amzn-trace-id" | "x-amz-apigw-id" | "apigw-requestid")
    });
}

fn without_server(seen: &mut Seen) {
    drop_headers(seen, |name| name == "server");
}

fn unremapped(seen: &mut Seen) {
    for (name, _) in &mut seen.headers {
        if let Some(own) = name.strip_prefix("x-amzn-remapped-") {
            *name = own.to_owned();
        }
    }
}

fn without_default_type(of_front: &mut Seen, of_server: &Seen) {
    const DEFAULTS: [&str; 3] = ["application/json", "text/plain; charset=utf-8", "application/octet-stream"];

    if !of_server.headers.iter().any(|(name, _)| name == "content-type") {
        of_front.headers.retain(|(name, value)| name != "content-type" || !DEFAULTS.contains(&&**value));
    }
}

fn join_answer(seen: &mut Seen) {
    seen.headers = joined(&seen.headers, ", ", |name| name != "set-cookie");
}

fn by_name(seen: &mut Seen) {
    seen.headers.sort_by(|(one, _), (other, _)| one.cmp(other));
}

/// Changes what an answer tells of a request, if it does.
pub(super) fn change_echo(seen: &mut Seen, change: fn(&mut Vec<(String, String)>)) {
    let Ok(Value::Object(mut told)) = serde_json::from_slice(&seen.body) else { return };
    let Some(Ok(mut headers)) = told.get("headers").cloned().map(serde_json::from_value) else { return };
    change(&mut headers);
    told.insert("headers".to_owned(), serde_json::to_value(headers).unwrap());
    seen.body = serde_json::to_vec(&told).unwrap();
}
