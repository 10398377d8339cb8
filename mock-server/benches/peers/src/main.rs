//! Counts what the mock costs, beside AWS's emulator and lambda-simulator 0.2.0 and as work grows, and prints it as two Markdown
//! tables.
//!
//! ```sh
//! eval "$(.ci/peers)" && cargo run --release --manifest-path mock-server/benches/peers/Cargo.toml [-- --light]
//! ```
//!
//! Instructions are counted by callgrind and the live heap by memcheck; they come out the same each time, and have goals: it
//! fails if one is missed by more than 3 %. What a clock has measured is a ratio of runs that take turns, and is shown and
//! never judged. AWS's emulator is the binary that the variable `LAMBDA_RIE` names; without it its cells stay empty. With
//! `--light` there are only instructions and heap, at two small sizes.
//!
//! With other arguments it is what is counted: `work NAME SIZE TIMES` does it ([`work`]), `guest` is a function's process.

mod count;
mod guest;
mod peers;
mod processes;
mod scale;
mod table;
mod work;

use std::{env, error::Error, process::ExitCode};

use table::{Growth, Table};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    // A bootstrap is started without arguments.
    let done = if env::var_os(processes::GUEST).is_some() {
        guest::process().map(|()| 0)
    } else {
        let arguments: Vec<_> = env::args().skip(1).collect();
        match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] => tables(false),
            ["--light"] => tables(true),
            ["work", name, size, times] => work::run(name, size, times).map(|()| 0),
            _ => Err("there is only --light".into()),
        }
    };
    match done {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the tables; how many goals are missed by more than measuring explains.
fn tables(is_light: bool) -> Result<usize> {
    count::check_tool()?;
    let mut table = Table::begin()?;
    scale::absolute(is_light, &mut table)?;
    if !is_light {
        peers::rows(&mut table)?;
    }
    let (missed, failed) = table.end()?;
    let mut growth = Growth::begin(is_light)?;
    scale::growth(is_light, &mut growth)?;
    let (grown, failed_growth) = growth.end()?;
    if !is_light {
        scale::many()?;
    }
    println!(
        "\n{} goals are missed, {} rows fail: by more than 3 %, or than they are held at.",
        missed + grown,
        failed + failed_growth
    );
    Ok(failed + failed_growth)
}
