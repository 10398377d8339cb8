//! The command `mock-server`: runs real bootstraps under the mock service.
//!
//! Only what belongs to a terminal is here: arguments, printing, the exit status. The service is the library.
//! Exit status: 0 for success, 1 when the function failed, 2 when it could not be run at all.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;

mod cli;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(cli::run(arguments)),
        Err(error) => Err(cli::Error::Runtime(error)),
    };
    match result {
        Ok(cli::End::Success) => ExitCode::SUCCESS,
        Ok(cli::End::FunctionError) => ExitCode::from(1),
        Ok(cli::End::Sandbox(status)) => ExitCode::from(status),
        Err(error) => {
            // Nobody is left to tell if this fails.
            let _closed = writeln!(io::stderr(), "error: {}", cli::Chain(&error));
            ExitCode::from(2)
        }
    }
}
