//! How much memory a process, or all that it has started, uses. Only Linux tells.
//!
//! Lambda limits the memory of an environment by a control group. To make one takes rights that a test does not
//! have, so here it is looked at every few milliseconds.

use std::{fs, task::Context, time::Duration};

use rustix::process::Pid;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Whether memory can be measured here.
pub(crate) const CAN_BE_MEASURED: bool = cfg!(target_os = "linux");

/// The most that a process has used, in MB.
pub(super) fn of_process(pid: Pid) -> Option<u32> {
    megabytes(field(pid, "status", "VmHWM:")?)
}

/// What a group uses, in MB; no less than any process of it has used so far.
pub(super) fn of_group(leader: Pid) -> Option<u32> {
    let members = members(leader);
    let most = members.iter().filter_map(|&pid| field(pid, "status", "VmHWM:")).max()?;
    let shared = if members.len() > 1 { proportional(&members) } else { 0 };
    megabytes(most.max(shared))
}

/// Watches a group's memory.
#[derive(Debug)]
pub(super) struct Limit {
    kilobytes: u64,
    looks: Interval,
    /// The group as it was a few looks ago; to find its processes takes longer than to look at them.
    members: Vec<Pid>,
    until_search: u32,
}

impl Limit {
    pub(super) fn new(megabytes: u32) -> Self {
        /// A fraction of the time in which a lot of memory can be filled.
        const PERIOD: Duration = Duration::from_millis(20);

        let mut looks = interval(PERIOD);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { kilobytes: u64::from(megabytes) * 1_024, looks, members: Vec::new(), until_search: 0 }
    }

    /// Whether the group uses too much; the waker is kept until the next look.
    pub(super) fn poll_exceeded(&mut self, leader: Pid, cx: &mut Context<'_>) -> bool {
        const LOOKS_PER_SEARCH: u32 = 5;

        let mut is_exceeded = false;
        while self.looks.poll_tick(cx).is_ready() {
            if self.until_search == 0 {
                self.members = members(leader);
                self.until_search = LOOKS_PER_SEARCH;
            }
            self.until_search -= 1;
            is_exceeded |= use_more(&self.members, self.kilobytes);
        }
        is_exceeded
    }
}

/// Whether processes use more than so many kB together, or one of them has.
pub(super) fn use_more(members: &[Pid], kilobytes: u64) -> bool {
    let sum: u64 = members.iter().filter_map(|&pid| field(pid, "status", "VmRSS:")).sum();
    let mut marks = members.iter().filter_map(|&pid| field(pid, "status", "VmHWM:"));
    // What processes share is counted once; to find that out takes longer.
    marks.any(|mark| mark > kilobytes)
        || sum > kilobytes && members.len() > 1 && proportional(members) > kilobytes
}

/// The processes of a group. One that has left its parent is among them.
pub(super) fn members(leader: Pid) -> Vec<Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse::<u32>().ok()?.cast_signed()))
        .filter(|&pid| group(pid) == Some(leader))
        .collect()
}

/// The group of a process. Not by `getpgid`: kernel threads have group 0, which rustix takes for impossible.
fn group(pid: Pid) -> Option<Pid> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    // The name of the program comes first, in parentheses, and may be anything; then state, parent, group.
    let (_, rest) = stat.rsplit_once(')')?;
    let number: u32 = rest.split_ascii_whitespace().nth(2)?.parse().ok()?;
    Pid::from_raw(number.cast_signed())
}

/// Resident memory in kB, each page divided by the number of processes that share it.
fn proportional(members: &[Pid]) -> u64 {
    members.iter().filter_map(|&pid| field(pid, "smaps_rollup", "Pss:")).sum()
}

/// A number of kB from a process's files in `/proc`.
fn field(pid: Pid, file: &str, name: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/{file}", pid.as_raw_nonzero())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

fn megabytes(kilobytes: u64) -> Option<u32> {
    u32::try_from(kilobytes.div_ceil(1_024)).ok()
}
