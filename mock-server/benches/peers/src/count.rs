//! Runs this program under a tool that counts, or alone.

use std::{
    env, fs,
    process::{Command, Output},
    time::Duration,
};

use crate::Result;

/// Says what is needed if valgrind is not installed.
pub fn check_tool() -> Result<()> {
    let there = Command::new("valgrind").arg("--version").output();
    there.map_err(|error| format!("valgrind counts, and is not there: {error}"))?;
    Ok(())
}

/// What is done, and how large it is.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    pub name: &'static str,
    pub size: usize,
}

impl Work {
    /// Instructions of doing it once: the difference of doing it more and less often, so that start and end do not count.
    pub fn instructions(self, [less, more]: [usize; 2]) -> Result<f64> {
        let [less_often, more_often] = [less, more].map(|times| {
            let report = self.under(&["--tool=callgrind", "--callgrind-out-file=/dev/null"], times)?;
            number_after(&report, "Collected : ")
        });
        Ok((more_often? - less_often?) / (more - less) as f64)
    }

    /// Bytes of heap that are in use at its end.
    pub fn heap(self) -> Result<f64> {
        let report = self.under(&["--tool=memcheck", "--leak-check=no", "--undef-value-errors=no"], 1)?;
        number_after(&report, "in use at exit: ")
    }

    /// What it prints without a tool.
    pub fn alone(self, times: usize) -> Result<String> {
        let mut command = Command::new(env::current_exe()?);
        Ok(String::from_utf8(self.run(&mut command, times)?.stdout)?)
    }

    fn under(self, tool: &[&str], times: usize) -> Result<String> {
        let mut command = Command::new("valgrind");
        command.args(tool).arg(env::current_exe()?);
        Ok(String::from_utf8_lossy(&self.run(&mut command, times)?.stderr).into_owned())
    }

    fn run(self, command: &mut Command, times: usize) -> Result<Output> {
        let arguments = ["work".to_owned(), self.name.to_owned(), self.size.to_string(), times.to_string()];
        let output = command.args(arguments).output()?;
        if output.status.success() {
            return Ok(output);
        }
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
    }
}

/// How long processes that have ended have had a core.
pub fn cpu_of_children() -> Result<Duration> {
    /// Of these there are a hundred in a second.
    const TICK: Duration = Duration::from_millis(10);

    let status = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = status.rsplit_once(')').unwrap_or_default();
    let mut ticks = 0;
    for field in fields.split_whitespace().skip(13).take(2) {
        ticks += field.parse::<u32>()?;
    }
    Ok(TICK * ticks)
}

fn number_after(report: &str, words: &str) -> Result<f64> {
    let (_, rest) = report.split_once(words).ok_or_else(|| format!("nothing was counted:\n{report}"))?;
    let digits: String = rest
        .chars()
        .take_while(|character| character.is_ascii_digit() || *character == ',')
        .filter(char::is_ascii_digit)
        .collect();
    Ok(digits.parse()?)
}
