//! Paths and methods, whether they exist or not.

use crate::{
    row::Row,
    words::{
        ERROR, INIT_ERROR, NEXT, PING, RESPONSE, called, get, no_such_id, no_such_page, pong, post, reply,
        wrong_method,
    },
};

const PATHS_OF_SNAPSTART: [(&str, &str); 3] = [
    ("GET", "/2018-06-01/runtime/restore/next"),
    ("POST", "/2018-06-01/runtime/restore/error"),
    ("GET", "/2021-04-23/credentials"),
];

pub(super) fn rows() -> Vec<Row> {
    let mut rows = vec![
        Row::classic("ping").cold("{}").call(get(PING), pong()).call(get(PING), pong()),
        Row::classic("ping with a query").cold("{}").call(get("/2018-06-01/ping?x=y"), pong()),
        Row::classic("paths that are nearly right are not there")
            .cold("{}")
            .call(get("/"), no_such_page())
            .call(get("/2018-06-01"), no_such_page())
            .call(get("/2018-06-01/"), no_such_page())
            .call(get("/2018-06-01/ping/"), no_such_page())
            .call(get("//2018-06-01/ping"), no_such_page())
            .call(get("/2018-06-01/runtime"), no_such_page())
            .call(get("/2018-06-01/runtime/invocation/next/"), no_such_page())
            .call(get("/2018-06-01/Runtime/invocation/next"), no_such_page())
            .call(get("/2018-06-02/runtime/invocation/next"), no_such_page())
            .call(post("/2018-06-01/runtime/invocation/x/answer", ""), no_such_page())
            .call(post("/2018-06-01/runtime/invocation/x/y/response", ""), no_such_page())
            .call(post("/2018-06-01/runtime/invocation/x", ""), no_such_page())
            .call(get("/2020-01-01/extension/next"), no_such_page())
            .call(get("/2020-01-01/extension"), no_such_page()),
        Row::classic("a wrong method is told the right one")
            .cold("{}")
            .call(post(PING, ""), wrong_method("GET"))
            .call(post(NEXT, "{}"), wrong_method("GET"))
            .call(called("PUT", NEXT, "{}"), wrong_method("GET"))
            .call(called("DELETE", NEXT, ""), wrong_method("GET"))
            .call(called("HEAD", PING, ""), wrong_method("GET"))
            .call(get(INIT_ERROR), wrong_method("POST"))
            .call(get("/2018-06-01/runtime/invocation/x/response"), wrong_method("POST"))
            .call(called("PUT", "/2018-06-01/runtime/invocation/x/error", "1"), wrong_method("POST"))
            .call(get("/2020-01-01/extension/register"), wrong_method("POST"))
            .call(post("/2020-01-01/extension/event/next", ""), wrong_method("GET"))
            .call(get("/2020-01-01/extension/init/error"), wrong_method("POST"))
            .call(get("/2020-01-01/extension/exit/error"), wrong_method("POST"))
            .call(get("/2022-07-01/telemetry"), wrong_method("PUT"))
            .call(post("/2020-08-15/logs", "{}"), wrong_method("PUT"))
            .call(get(PING), pong()),
        Row::classic("a method that nobody has heard of")
            .cold("{}")
            .call(called("BREW", NEXT, ""), reply(405, "", "").without("Content-Type")),
        Row::classic("an odd request id is a wrong one")
            .running()
            .call(post("/2018-06-01/runtime/invocation//response", "1"), no_such_id())
            .call(post("/2018-06-01/runtime/invocation//error", "1"), no_such_id())
            .call(post("/2018-06-01/runtime/invocation/%00/error", "1"), no_such_id())
            .call(post("/2018-06-01/runtime/invocation/a%2Fb/response", "1"), no_such_id())
            .call(post(&RESPONSE.to_uppercase().replace("<ID>", "<id>"), "1"), no_such_page())
            .call(post(&ERROR.replace("<id>", "<id>x"), "1"), no_such_id()),
    ];
    for (method, path) in PATHS_OF_SNAPSTART {
        rows.push(Row::classic(path).cold("{}").call(called(method, path, ""), no_such_page()));
    }
    rows
}
