//! Counts instructions and allocations of both sides, and prints them side by side with the goals.

use std::{env, fs, path::Path, process::Command};

/// Each event, and the share of the incumbent's instructions that is the goal.
const EVENTS: [(&str, &str, f64); 3] =
    [("sqs", "SQS, 10 records", 0.75), ("kinesis", "Kinesis, 100 records", 0.48), ("apigw", "API Gateway v2", 0.52)];

fn main() {
    let folder = env::current_exe().expect("this program has a path");
    let program = folder.with_file_name("read");
    let built = Command::new("cargo")
        .args(["build", "--quiet", "--release", "--bin", "read", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .status();
    assert!(built.is_ok_and(|status| status.success()), "the program that reads cannot be built");
    println!("| event | bytes | instructions | incumbent | ratio | goal | allocations | incumbent |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut is_met = true;
    for (event, name, goal) in EVENTS {
        let [ours, incumbent] = ["ours", "incumbent"].map(|side| instructions(&program, side, event));
        let [allocations, theirs] = ["ours", "incumbent"].map(|side| run(Command::new(&program).args([side, event, "2"])));
        let bytes = peers::event(event).map_or(0, |event| event.len());
        let ratio = ours as f64 / incumbent as f64;
        let mark = if ratio <= goal { "" } else { " **missed**" };
        is_met &= ratio <= goal;
        println!(
            "| {name} | {bytes} | {ours} | {incumbent} | {ratio:.3} | {goal}{mark} | {} | {} |",
            allocations.trim(),
            theirs.trim()
        );
    }
    assert!(is_met, "a goal is missed");
}

/// Of reading an event once: the difference between 21 times and once.
fn instructions(program: &Path, side: &str, event: &str) -> u64 {
    let [once, often] = ["1", "21"].map(|times| {
        let file = env::temp_dir().join(format!("callgrind.{}.{side}.{event}.{times}", std::process::id()));
        let mut command = Command::new("valgrind");
        command.arg("--tool=callgrind").arg(format!("--callgrind-out-file={}", file.display()));
        run(command.arg(program).args([side, event, times]));
        let report = fs::read_to_string(&file).expect("callgrind has written what it counted");
        let _left = fs::remove_file(&file);
        let total = report.lines().find_map(|line| line.strip_prefix("totals: ")).expect("a total");
        total.trim().parse::<u64>().expect("a number")
    });
    (often - once) / 20
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
