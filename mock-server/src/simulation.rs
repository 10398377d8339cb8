//! Simulation of how functions scale: a day of traffic in seconds, and the same each time.
//!
//! A [`Simulation`] is an account with functions. Callers come as [`Arrivals`] say, init and handlers take as long as a
//! [`Distribution`] says, and everything between, which environment takes an invocation and whether one may, is decided by the
//! very [`Fleet`](crate::core::fleet::Fleet) and [`Queue`](crate::core::queue::Queue) that the mock service runs on. The
//! [`SimulationReport`] tells of cold starts, throttling, environments and latencies.
//!
//! All chance comes from a seed, and each function has its own: the same seed gives the same report to the byte, and a
//! function with other limits meets the same callers, whose invocations take as long.
//!
//! # Example
//!
//! ```
//! use std::time::Duration;
//! use mock_server::simulation::{Arrivals, Distribution, SimulatedFunction, Simulation};
//!
//! let millis = Duration::from_millis;
//! let report = Simulation::new(7)
//!     .concurrency(100)
//!     .function(
//!         SimulatedFunction::named("api")
//!             .arrivals(Arrivals::poisson(120.0))
//!             .init(Distribution::uniform(millis(200), millis(400)))
//!             .duration(Distribution::log_normal(millis(20), millis(150)))
//!             .idle_lifetime(Duration::from_secs(600)),
//!     )
//!     .run(10_000);
//!
//! let api = &report.functions()[0];
//! assert_eq!(api.invocations(), 10_000);
//! assert_eq!(api.throttled(), 0);
//! assert!(api.cold_starts() < 100);
//! println!("{}", report.table());
//! ```
//!
//! # What is left out
//!
//! Environments never crash, shut down in no time, and ask for more in the moment in which they have answered. What AWS does
//! not say is not guessed: how long idle environments are kept is a setting.

use std::time::Duration;

use self::engine::{Engine, Until};
use crate::core::fleet::AccountLimits;

mod arrivals;
mod distribution;
mod engine;
mod function;
mod histogram;
mod plot;
mod random;
mod report;
mod rows;
mod table;
mod tally;

pub use arrivals::Arrivals;
pub use distribution::{Distribution, DistributionError};
pub use function::SimulatedFunction;
pub use report::{FunctionReport, SimulationReport};
pub use rows::Row;
pub use table::Table;

/// An account with functions, to be simulated. See the [module](self).
#[derive(Clone, Debug)]
#[must_use]
pub struct Simulation {
    seed: u64,
    account: AccountLimits,
    functions: Vec<SimulatedFunction>,
}

impl Simulation {
    /// An account without functions, which allows 1,000 invocations at once.
    pub fn new(seed: u64) -> Self {
        Self { seed, account: AccountLimits::default(), functions: Vec::new() }
    }

    /// What the account allows, as a whole.
    pub fn account(self, account: AccountLimits) -> Self {
        Self { account, ..self }
    }

    /// How many invocations the account allows at once.
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.account.concurrency = concurrency;
        self
    }

    /// Adds a function.
    pub fn function(mut self, function: SimulatedFunction) -> Self {
        self.functions.push(function);
        self
    }

    /// Simulates all invocations of this much time, each to its end.
    pub fn run_for(&self, time: Duration) -> SimulationReport {
        self.run_until(Until::Time(time))
    }

    /// Simulates this many invocations of all functions together, each to its end; fewer if no more come.
    pub fn run(&self, invocations: u64) -> SimulationReport {
        self.run_until(Until::Invocations(invocations))
    }

    fn run_until(&self, until: Until) -> SimulationReport {
        let engine = Engine::new(self.seed, self.account, &self.functions, until);
        SimulationReport::new(self.seed, engine.run())
    }
}
