//! What the mock costs by itself, and how that grows with the work. What a unit is stands in [`work`](crate::work).

use crate::{
    Result,
    count::{self, Work},
    table::{Growth, Row, Table},
    work::{ENVIRONMENT_INPUTS, FLEET_INPUTS},
};

/// Live heap of an idle environment with its guest, and what it is so far: the buffers of hyper's end of its connection alone
/// are 16 KB.
const HEAP: [f64; 2] = [4_096.0, 36_000.0];
/// Instructions of the core for an input: a million of them take a second at three billion instructions a second.
const INPUT: f64 = 3_000.0;
/// Cost of a unit where there is much work, of that where there is little.
const GROWTH: f64 = 1.10;
/// The same for what is looked up among all environments: of 100 in a map seven steps away, of 10,000 fourteen.
const LOOK_UP: f64 = 2.0;

/// A row of the second table.
struct Scale {
    measure: &'static str,
    name: &'static str,
    sizes: [usize; 3],
    /// How often it is done in the shorter and in the longer run.
    times: [usize; 2],
    /// How many units it is to do it once.
    units: fn(usize) -> usize,
    /// By how much a unit may grow.
    growth: f64,
}

const SCALES: [Scale; 10] = [
    Scale {
        measure: "instructions of an invocation beside idle environments: 100, 1,000, 10,000",
        name: "warm",
        sizes: [100, 1_000, 10_000],
        times: [100, 600],
        units: |_| 1,
        growth: GROWTH,
    },
    Scale {
        measure: "instructions of an invocation, all environments at once: 100, 1,000, 10,000",
        name: "at-once",
        sizes: [100, 1_000, 10_000],
        times: [1, 2],
        units: |size| size,
        growth: GROWTH,
    },
    Scale {
        measure: "instructions of an environment from launch to end: 100, 1,000, 10,000 at once",
        name: "lives",
        sizes: [100, 1_000, 10_000],
        times: [1, 2],
        units: |size| size,
        growth: GROWTH,
    },
    Scale {
        measure: "instructions of the fleet for an input: 100, 1,000, 10,000 environments",
        name: "fleet-inputs",
        sizes: [100, 1_000, 10_000],
        times: [1_000, 11_000],
        units: |_| FLEET_INPUTS,
        growth: LOOK_UP,
    },
    Scale {
        measure: "telemetry, instructions of a record and subscriber: batches of 1, 10, 1,000",
        name: "batch",
        sizes: [1, 10, 1_000],
        times: [2, 4],
        units: |size| size * 3,
        growth: GROWTH,
    },
    Scale {
        measure: "telemetry, instructions of a record and subscriber: 1, 3, 10 subscribers",
        name: "subscribers",
        sizes: [1, 3, 10],
        times: [1_000, 6_000],
        units: |size| size,
        growth: GROWTH,
    },
    Scale {
        measure: "instructions of a message of a standard queue: 100, 1,000, 10,000",
        name: "standard-queue",
        sizes: [100, 1_000, 10_000],
        times: [1, 2],
        units: |size| size,
        growth: GROWTH,
    },
    Scale {
        measure: "instructions of a message of a FIFO queue, ten to a group: 100, 1,000, 10,000",
        name: "fifo-queue",
        sizes: [100, 1_000, 10_000],
        times: [1, 2],
        units: |size| size,
        growth: GROWTH,
    },
    Scale {
        measure: "instructions of a record of a Kinesis stream with four shards: 100, 1,000, 10,000",
        name: "stream",
        sizes: [100, 1_000, 10_000],
        times: [1, 2],
        units: |size| size,
        growth: GROWTH,
    },
    Scale {
        measure: "instructions of an invocation for each of its bytes, in and out: 1 KB, 100 KB, 6 MB",
        name: "payload",
        sizes: [1_000, 100_000, 6_000_000],
        times: [2, 6],
        units: |size| size,
        growth: GROWTH,
    },
];

/// Adds what it costs by itself.
pub fn absolute(is_light: bool, table: &mut Table) -> Result<()> {
    let sizes: &[usize] = if is_light { &[100] } else { &[100, 1_000, 10_000] };
    let few = Work { name: "idle", size: 10 }.heap()?;
    for &size in sizes {
        let heap = (Work { name: "idle", size }.heap()? - few) / (size - 10) as f64;
        let name = format!("bytes of live heap for an idle environment, its guest included, {size} of them");
        table.add(Row::new(name, heap).most(HEAP[0]).held(HEAP[1]))?;
    }
    let invocation = Work { name: "warm", size: 1 }.instructions([100, 600])?;
    table.add(Row::new(
        "instructions of a warm invocation in process, guest and caller included",
        invocation,
    ))?;
    let inputs = [
        ("environment-inputs", "an execution environment", ENVIRONMENT_INPUTS),
        ("fleet-inputs", "the fleet", FLEET_INPUTS),
    ];
    for (name, what, inputs) in inputs {
        let work = Work { name, size: 100 };
        let input = work.instructions([1_000, 11_000])? / inputs as f64;
        table.add(Row::new(format!("instructions of the core for an input of {what}"), input).most(INPUT))?;
        if !is_light {
            let rate = rate(work, inputs)?;
            table.add(
                Row::new(format!("inputs of {what} in a second, on one core"), rate).shown("≥ 1,000,000"),
            )?;
        }
    }
    Ok(())
}

/// By the time that its process has a core, whoever else is there.
fn rate(work: Work, inputs: usize) -> Result<f64> {
    const TIMES: usize = 1_000_000;
    let before = count::cpu_of_children()?;
    work.alone(TIMES)?;
    Ok((TIMES * inputs) as f64 / (count::cpu_of_children()? - before).as_secs_f64())
}

/// Adds how it grows.
pub fn growth(is_light: bool, growth: &mut Growth) -> Result<()> {
    for Scale { measure, name, sizes, times, units, growth: most } in &SCALES {
        let sizes = if is_light { &sizes[..2] } else { &sizes[..] };
        let mut costs = Vec::new();
        for &size in sizes {
            costs.push(Work { name, size }.instructions(*times)? / units(size) as f64);
        }
        growth.add(measure, &costs, *most)?;
    }
    Ok(())
}

/// Shows that there can be very many environments.
pub fn many() -> Result<()> {
    println!("\n{}", Work { name: "many", size: 10_000 }.alone(1)?.trim());
    Ok(())
}
