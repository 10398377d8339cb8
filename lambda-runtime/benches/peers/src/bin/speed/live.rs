//! What the system says of processes that run as they are: memory, threads, switches, connections, and times.

use std::{sync::Arc, time::Duration};

use benches::{Result, Row, Table};

use crate::{
    count::{Usage, usage},
    events,
    programs::{Program, Programs},
    server::Script,
};

/// How often the two sides take turns where a clock is asked.
const TURNS: usize = 5;

/// All rows.
pub(crate) fn rows(programs: &Programs, still: Option<&Programs>, table: &mut Table) -> Result<()> {
    start(programs, still, table)?;
    long(programs, table)?;
    memory(programs, table)?;
    times(programs, table)
}

fn echo(count: usize, pause: Duration) -> Script {
    Script { event: events::small(), count, pause }
}

fn start(programs: &Programs, still: Option<&Programs>, table: &mut Table) -> Result<()> {
    let at_first = |program: Program| usage(&program, echo(0, Duration::ZERO));
    let [ours, theirs, limit] =
        ["hello_ours", "hello_incumbent", "limit"].map(|name| at_first(programs.get(name)));
    let (ours, theirs, limit) = (ours?, theirs?, limit?);
    let row = Row::new("resident bytes at the first poll, dynamic", ours.resident, theirs.resident);
    table.add(row.limit(limit.resident))?;
    table.add(Row::new("threads", ours.threads, theirs.threads).limit(limit.threads))?;
    let Some(still) = still else { return Ok(()) };
    let [ours, static_theirs] = ["hello_ours", "hello_incumbent"].map(|name| at_first(still.get(name)));
    let (ours, static_theirs) = (ours?.resident, static_theirs?.resident);
    table
        .add(Row::new("… musl against the incumbent dynamic", ours, theirs.resident).must(0.25).held(0.30))?;
    table.add(Row::new("… musl against musl", ours, static_theirs).must(0.50).held(0.67))
}

fn long(programs: &Programs, table: &mut Table) -> Result<()> {
    const MANY: usize = 10_000;

    let run = |name| usage(&programs.get(name), echo(MANY, Duration::ZERO));
    let (ours, theirs, limit) = (run("hello_ours")?, run("hello_incumbent")?, run("limit")?);
    let connections = |usage: &Usage| usage.seen.connections as f64;
    let row = Row::new("connections in 10,000 invocations", connections(&ours), connections(&theirs));
    table.add(row.limit(connections(&limit)).most(1.0))?;
    let each = |usage: &Usage| usage.switches / MANY as f64;
    table.add(Row::new("context switches per invocation", each(&ours), each(&theirs)).limit(each(&limit)))?;
    let row = Row::new("resident bytes after 10,000 invocations", ours.resident, theirs.resident);
    table.add(row.limit(limit.resident))
}

/// Peaks with a large event in and out, in units of the event. Whatever decodes many small values needs many times the
/// room of their text, so that has no goal.
fn memory(programs: &Programs, table: &mut Table) -> Result<()> {
    let (text, records) = (events::text(6_000_000), events::large(6_000_000));
    let peak = |program: Program, event: &Arc<str>| {
        let script = Script { event: Arc::clone(event), count: 5, pause: Duration::ZERO };
        usage(&program, script).map(|usage| usage.peak / event.len() as f64)
    };
    let theirs = programs.get("hello_incumbent");
    let raw = ["more_ours", "limit"].map(|name| programs.function(name, "raw"));
    let [ours, limit] = raw.map(|program| peak(program, &text));
    let row =
        Row::new("peak of resident memory in events of 6 MB, raw bytes", ours?, peak(theirs.clone(), &text)?);
    table.add(row.limit(limit?).most(2.2))?;
    for (name, event, goal) in [("one text", &text, Some(3.0)), ("records", &records, None)] {
        let [ours, limit] = ["hello_ours", "limit"].map(|name| peak(programs.get(name), event));
        let name = format!("peak of resident memory in events of 6 MB, `Value` of {name}");
        let row = Row::new(name, ours?, peak(theirs.clone(), event)?).limit(limit?);
        table.add(match goal {
            Some(goal) => row.most(goal),
            None => row,
        })?;
    }
    Ok(())
}

fn times(programs: &Programs, table: &mut Table) -> Result<()> {
    for (how, script, goals) in [
        ("back to back", echo(2_000, Duration::ZERO), [0.75, 0.48]),
        ("3 ms apart", echo(300, Duration::from_millis(3)), [0.36, 0.20]),
    ] {
        let mut ratios = [(); 4].map(|()| Vec::with_capacity(TURNS));
        for _ in 0..TURNS {
            let [ours, theirs, limit] = ["hello_ours", "hello_incumbent", "limit"]
                .map(|name| usage(&programs.get(name), script.clone()));
            let (ours, theirs, limit) = (ours?, theirs?, limit?);
            let latency = |usage: &Usage| half(usage) / half(&theirs);
            let turn = [latency(&ours), latency(&limit), ours.busy / theirs.busy, limit.busy / theirs.busy];
            ratios.iter_mut().zip(turn).for_each(|(ratios, ratio)| ratios.push(ratio));
        }
        let [p50, p50_limit, busy, busy_limit] = ratios.map(median);
        table.add(Row::new(format!("p50 of latency, {how}"), p50, 1.0).limit(p50_limit).shown(goals[0]))?;
        table.add(
            Row::new(format!("time on a processor, {how}"), busy, 1.0).limit(busy_limit).shown(goals[1]),
        )?;
    }
    Ok(())
}

/// The latency that half of the invocations did not exceed.
fn half(usage: &Usage) -> f64 {
    let mut latencies = usage.seen.latencies.clone();
    latencies.sort();
    latencies.get(latencies.len() / 2).map_or(f64::NAN, Duration::as_secs_f64)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[TURNS / 2]
}
