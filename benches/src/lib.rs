//! How the benches of these crates count, print and judge.
//!
//! Each bench is a package of its own beside the crate that it measures, because it has AWS's own crate among its
//! dependencies; `benches/run` runs them one after the other. What they have in common is here: the command line, the
//! tools that count ([`Tool`]) and the table with its goals ([`Table`]). What is counted is each bench's own business.

use std::{env, error::Error, process::ExitCode};

mod table;
mod tool;

pub use table::{Row, Scaling, Table, number};
pub use tool::{Counted, Tool, say};

/// What a bench can say about why it cannot go on.
pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Everything.
    Full,
    /// Instructions and allocations alone, and those quickly: `--light`.
    Light,
}

impl Extent {
    /// Whether there is to be no more than instructions and allocations.
    pub fn is_light(self) -> bool {
        self == Self::Light
    }

    /// Reads the arguments of a bench: none, or `--light`.
    ///
    /// # Errors
    ///
    /// Says what there is, if there is anything else.
    pub fn of(arguments: &[String]) -> Result<Self> {
        match arguments {
            [] => Ok(Self::Full),
            [light] if light == "--light" => Ok(Self::Light),
            other => Err(format!("{other:?}: there is only --light").into()),
        }
    }
}

/// The tools that are installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tools {
    /// For instructions and allocations.
    pub valgrind: bool,
    /// For system calls.
    pub strace: bool,
}

impl Tools {
    /// Looks for the tools, and says on stderr which are missing and what is left out for that.
    ///
    /// # Errors
    ///
    /// Without valgrind a light run would count nothing, and a check that checks nothing must not pass.
    pub fn find(extent: Extent) -> Result<Self> {
        let tools = Self {
            valgrind: Tool::Callgrind.is_there(),
            strace: !extent.is_light() && Tool::Strace.is_there(),
        };
        if extent.is_light() && !tools.valgrind {
            return Err("--light counts with valgrind, and without it nothing".into());
        }
        Ok(tools)
    }
}

/// The `main` of a bench: gives the arguments and the tools to what measures, which gives the number of goals that are
/// missed by more than measuring explains. It fails if there is one.
pub fn main(measure: impl FnOnce(Extent, Tools) -> Result<usize>) -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let measured = Extent::of(&arguments).and_then(|extent| measure(extent, Tools::find(extent)?));
    match measured {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn there_is_one_argument_and_no_other() {
        let extent = |arguments: &[&str]| {
            Extent::of(&arguments.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).ok()
        };
        assert_eq!(extent(&[]), Some(Extent::Full));
        assert_eq!(extent(&["--light"]), Some(Extent::Light));
        assert_eq!(extent(&["--lite"]), None);
        assert_eq!(extent(&["--light", "--light"]), None);
    }
}
