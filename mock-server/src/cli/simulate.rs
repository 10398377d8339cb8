//! The command `simulate`: a function under traffic in virtual time, as a table, a picture and CSV.
//!
//! What is simulated, and how, is in the library's [`simulation`](mock_server::simulation).

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use lambda_api::limits;
use mock_server::{
    core::queue::Policy,
    simulation::{Arrivals, Distribution, SimulatedFunction, Simulation, SimulationReport},
};

use super::{End, Error};

/// What is simulated where nothing is said.
const INVOCATIONS: u64 = 100_000;

/// Examples, and how to find out what it costs.
pub(super) const HELP: &str = "Examples:\n  \
    mock-server simulate --rate 120 --handler-duration log-normal:20ms:150ms --init-duration 350ms\n  \
    mock-server simulate --rate 0h=5,12h=200,24h=5 --duration 1d --reserved 20 --plot day.svg\n\n\
    A distribution is a duration such as 20ms, uniform:10ms:30ms, exponential:20ms (the mean), or \
    log-normal:20ms:150ms (the median and the 99th percentile). The same arguments give the same output, to the byte.\n\n\
    The work grows as the invocations do, and the memory does not grow. To measure that with an optimised build:\n  \
    perf stat -e instructions:u mock-server simulate --rate 500 --invocations 1000000\n  \
    /usr/bin/time -v mock-server simulate --rate 500 --invocations 1000000";

#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// Invocations in a second, at random; or the rates at times of a day, such as 0h=5,12h=200,24h=5, linear between
    /// them.
    #[arg(long, value_name = "RATE", default_value = "10", value_parser = parse_rate)]
    rate: Arrivals,
    /// How many invocations; 100000 if nothing is said.
    #[arg(long, value_name = "N", conflicts_with = "duration")]
    invocations: Option<u64>,
    /// For how long invocations come.
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    duration: Option<Duration>,
    /// How long the handler takes.
    #[arg(long, value_name = "DISTRIBUTION", default_value = "100ms")]
    handler_duration: Distribution,
    /// How long the initialisation of an environment takes.
    #[arg(long, value_name = "DISTRIBUTION", default_value = "300ms")]
    init_duration: Distribution,
    /// The function's reserved concurrency.
    #[arg(long, value_name = "N")]
    reserved: Option<usize>,
    /// The function's provisioned concurrency.
    #[arg(long, value_name = "N", default_value_t = 0)]
    provisioned: usize,
    /// How many invocations the account allows at once.
    #[arg(long, value_name = "N", default_value_t = limits::ACCOUNT_CONCURRENCY)]
    account_concurrency: usize,
    /// How long an idle environment is kept. AWS does not say; it is minutes to hours.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = humantime::parse_duration)]
    idle_lifetime: Duration,
    /// Invoke asynchronously: what is throttled is tried again from a queue.
    #[arg(long)]
    asynchronous: bool,
    /// Where all chance comes from.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Draw environments and invocations over time, as SVG.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Write what happened when, as CSV.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

/// Why nothing can be simulated.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SimulateError {
    #[error("--provisioned {provisioned} is more than the {most} invocations that there may be at once")]
    Provisioned { provisioned: usize, most: usize },
    #[error("--reserved {reserved} is more than the {most} invocations that the account allows at once")]
    Reserved { reserved: usize, most: usize },
    #[error("cannot write {file}")]
    Write { file: String, source: io::Error },
}

impl Simulate {
    pub(super) fn run(self) -> Result<End, Error> {
        self.check()?;
        let function = SimulatedFunction::named("function")
            .arrivals(self.rate)
            .init(self.init_duration)
            .duration(self.handler_duration)
            .provisioned(self.provisioned)
            .idle_lifetime(self.idle_lifetime);
        let function = match self.reserved {
            Some(reserved) => function.reserved(reserved),
            None => function,
        };
        let function = if self.asynchronous { function.asynchronous(Policy::default()) } else { function };
        let simulation = Simulation::new(self.seed).concurrency(self.account_concurrency).function(function);
        let report = match self.duration {
            Some(duration) => simulation.run_for(duration),
            None => simulation.run(self.invocations.unwrap_or(INVOCATIONS)),
        };
        if let Some(file) = self.plot {
            write(&file, &report, |report, file| report.write_plot(file))?;
        }
        if let Some(file) = self.csv {
            write(&file, &report, |report, file| report.write_csv(file))?;
        }
        // A reader that has gone does not want it.
        let _closed = write!(io::stdout(), "{}", report.table());
        Ok(End::Success)
    }

    /// What Lambda would not let anybody configure.
    fn check(&self) -> Result<(), SimulateError> {
        let (provisioned, account) = (self.provisioned, self.account_concurrency);
        match self.reserved {
            Some(reserved) if reserved > account => Err(SimulateError::Reserved { reserved, most: account }),
            reserved if provisioned > reserved.unwrap_or(account) => {
                Err(SimulateError::Provisioned { provisioned, most: reserved.unwrap_or(account) })
            }
            _ => Ok(()),
        }
    }
}

fn write(
    path: &Path,
    report: &SimulationReport,
    what: impl FnOnce(&SimulationReport, &mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), SimulateError> {
    let written = File::create(path).and_then(|file| {
        let mut file = BufWriter::new(file);
        what(report, &mut file)?;
        file.flush()
    });
    written.map_err(|source| SimulateError::Write { file: path.display().to_string(), source })
}

/// A rate, or rates at times of a day.
fn parse_rate(text: &str) -> Result<Arrivals, String> {
    let rate = |text: &str| match text.trim().parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate >= 0.0 => Ok(rate),
        _ => Err(format!("{text:?} is no number of invocations in a second")),
    };
    if !text.contains('=') {
        return rate(text).map(Arrivals::poisson);
    }
    let points = text.split(',').map(|point| {
        let (time, per_second) =
            point.split_once('=').ok_or_else(|| format!("{point:?} is not TIME=RATE"))?;
        let time = humantime::parse_duration(time.trim()).map_err(|error| format!("{time:?}: {error}"))?;
        Ok((time, rate(per_second)?))
    });
    Ok(Arrivals::daily(points.collect::<Result<Vec<_>, String>>()?))
}
