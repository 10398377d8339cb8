//! What a warm invocation costs, counted.

use std::{sync::Arc, time::Duration};

use benches::{Result, Row, Table, Tool};

use crate::{
    count::{each, each_after},
    events,
    programs::{Program, Programs},
};

/// Lengths of the two runs whose difference is counted.
pub(crate) const WARM: [usize; 2] = [100, 1_100];
/// The same where it has to be quick.
pub(crate) const BRIEF: [usize; 2] = [50, 450];

/// Ours, the incumbent's and the least, with the same function.
fn echoes(programs: &Programs) -> [Program; 3] {
    ["hello_ours", "hello_incumbent", "limit"].map(|name| programs.get(name))
}

fn typed(programs: &Programs) -> [Program; 3] {
    ["more_ours", "more_incumbent", "limit"].map(|name| programs.function(name, "typed"))
}

/// The incumbent has no raw bytes.
fn raw(programs: &Programs) -> [Program; 2] {
    ["more_ours", "limit"].map(|name| programs.function(name, "raw"))
}

/// Instructions in user space.
pub(crate) fn instructions(programs: &Programs, lengths: [usize; 2], table: &mut Table) -> Result<()> {
    let (small, typed) = (events::small(), events::typed());
    let count =
        |program: &Program, event| each(Tool::Callgrind, program, event, lengths).map(|[count, _]| count);
    let [ours, theirs, limit] = echoes(programs).map(|program| count(&program, &small));
    let theirs_value = theirs?;
    table.add(Row::new("instructions, `Value`", ours?, theirs_value).limit(limit?).goals(0.46, 0.41))?;
    let [ours, theirs, limit] = self::typed(programs).map(|program| count(&program, &typed));
    table.add(Row::new("instructions, ten typed fields", ours?, theirs?).limit(limit?).goals(0.46, 0.41))?;
    let [ours, limit] = raw(programs).map(|program| count(&program, &small));
    let row = Row::new("instructions, raw bytes against the incumbent's `Value`", ours?, theirs_value);
    table.add(row.limit(limit?).goals(0.36, 0.31))
}

/// Allocations, and the bytes that were asked for. One allocation more than there were fails the run.
pub(crate) fn allocations(programs: &Programs, lengths: [usize; 2], table: &mut Table) -> Result<()> {
    let (small, typed) = (events::small(), events::typed());
    let memory = |program: &Program, event| each(Tool::Memcheck, program, event, lengths);
    let [ours, theirs, limit] = echoes(programs).map(|program| memory(&program, &small));
    let (ours, theirs_value, limit) = (ours?, theirs?, limit?);
    let row = Row::new("allocations, `Value`", ours[0], theirs_value[0]);
    table.add(row.limit(limit[0]).goals(0.38, 0.29).counted(23.0))?;
    table.add(Row::new("bytes allocated, `Value`", ours[1], theirs_value[1]).limit(limit[1]))?;
    let [ours, theirs, limit] = self::typed(programs).map(|program| memory(&program, &typed));
    let (ours, theirs, limit) = (ours?, theirs?, limit?);
    let row = Row::new("allocations, ten typed fields", ours[0], theirs[0]);
    table.add(row.limit(limit[0]).goals(0.38, 0.29).counted(15.0))?;
    table.add(Row::new("bytes allocated, ten typed fields", ours[1], theirs[1]).limit(limit[1]))?;
    let [ours, limit] = raw(programs).map(|program| memory(&program, &small));
    let (ours, limit) = (ours?, limit?);
    let row = Row::new("allocations, raw bytes against the incumbent's `Value`", ours[0], theirs_value[0]);
    table.add(row.limit(limit[0]).goals(0.38, 0.29).counted(6.0))
}

/// System calls of all threads.
pub(crate) fn system_calls(programs: &Programs, table: &mut Table) -> Result<()> {
    let small = events::small();
    for (how, pause) in [("back to back", Duration::ZERO), ("3 ms apart", Duration::from_millis(3))] {
        let [ours, theirs, limit] = echoes(programs).map(|program| {
            each_after(Tool::Strace, &program, &small, [50, 550], pause).map(|[count, _]| count)
        });
        let row = Row::new(format!("system calls, {how}"), ours?, theirs?);
        table.add(row.limit(limit?).most(6.0))?;
    }
    Ok(())
}

/// Instructions with larger events.
pub(crate) fn large(programs: &Programs, table: &mut Table) -> Result<()> {
    for (name, bytes, lengths) in
        [("10 KB", 10_000, [10, 60]), ("1 MB", 1_000_000, [2, 5]), ("6 MB", 6_000_000, [1, 3])]
    {
        let event = events::large(bytes);
        let count =
            |program: &Program| each(Tool::Callgrind, program, &event, lengths).map(|[count, _]| count);
        let [ours, theirs, limit] = echoes(programs).map(|program| count(&program));
        let theirs = theirs?;
        table.add(Row::new(format!("instructions, {name}, `Value`"), ours?, theirs).limit(limit?))?;
        let [ours, limit] = raw(programs).map(|program| count(&program));
        let row = Row::new(
            format!("instructions, {name}, raw bytes against the incumbent's `Value`"),
            ours?,
            theirs,
        );
        table.add(row.limit(limit?))?;
    }
    Ok(())
}

/// A response of ten pieces.
pub(crate) fn streaming(programs: &Programs, table: &mut Table) -> Result<()> {
    let small = events::small();
    let [ours, theirs] = ["more_ours", "more_incumbent"].map(|name| {
        let program = programs.function(name, "stream");
        each(Tool::Callgrind, &program, &small, [100, 600]).map(|[count, _]| count)
    });
    table.add(Row::new("instructions, a response streamed in ten pieces", ours?, theirs?))
}

/// Several invocations at a time, as many as there are pollers.
pub(crate) fn concurrency(programs: &Programs, table: &mut Table) -> Result<()> {
    let small: Arc<str> = events::small();
    for (pollers, goal) in [("8", None), ("64", Some(0.48))] {
        let counts = [programs.get("hello_ours"), programs.function("more_incumbent", "concurrent")].map(
            |mut program| {
                program.variables.push(("AWS_LAMBDA_MAX_CONCURRENCY", pollers));
                each(Tool::Callgrind, &program, &small, [500, 2_500]).map(|[count, _]| count)
            },
        );
        let [ours, theirs] = counts;
        let row = Row::new(format!("instructions, {pollers} pollers"), ours?, theirs?);
        table.add(match goal {
            Some(goal) => row.must(goal),
            None => row,
        })?;
    }
    Ok(())
}
