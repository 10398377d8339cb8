//! What is in a store after the process that wrote to it was killed: everything that it was told is written.
//!
//! The process is this test binary once more, with one test: the writer.

#![expect(clippy::unwrap_used, reason = "a process that cannot be started fails the test")]

use std::{
    collections::BTreeMap,
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use mock_server::Store;
use tokio::task::JoinSet;

const FOLDER: &str = "MOCK_SERVER_TEST_STORE";
/// How many writes of each task have been done already.
const DONE: &str = "MOCK_SERVER_TEST_DONE";

/// So many tasks write at once, each one thing after the other.
const TASKS: u64 = 16;
const NUMBERS_OF_A_TASK: u64 = 20;
const FOLDERS: u64 = 4;
const KILLS_IN_A_FOLDER: u64 = 5;

type Content = BTreeMap<u64, Vec<u8>>;

/// SplitMix64: any two inputs give bits that have nothing to do with each other.
fn draw(seed: u64) -> u64 {
    let mut bits = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// The write of a task that comes after so many others: what it puts under which number, or that it removes it.
fn write(task: u64, done: u64) -> (u64, Option<Vec<u8>>) {
    let drawn = draw(task << 32 | done);
    let number = task * NUMBERS_OF_A_TASK + drawn % NUMBERS_OF_A_TASK;
    let length = usize::try_from(drawn >> 8 & 0xFFF).unwrap();
    let value = done.to_le_bytes().into_iter().cycle().take(length).collect();
    (number, (drawn >> 32 & 3 != 0).then_some(value))
}

/// What the numbers of a task hold after so many of its writes.
fn content(task: u64, done: u64) -> Content {
    let mut content = Content::new();
    for at in 0..done {
        match write(task, at) {
            (number, Some(value)) => content.insert(number, value),
            (number, None) => content.remove(&number),
        };
    }
    content
}

#[tokio::test]
#[ignore = "is run by the other test, as a process that is killed"]
async fn the_writer() {
    let Ok(folder) = env::var(FOLDER) else { return };
    say("opening");
    let store = Arc::new(Store::open(folder).unwrap());
    let mut tasks = JoinSet::new();
    for (task, done) in (0..).zip(env::var(DONE).unwrap().split(',')) {
        let (store, done) = (Arc::clone(&store), done.parse::<u64>().unwrap());
        tasks.spawn(async move {
            for at in done.. {
                match write(task, at) {
                    (number, Some(value)) => store.put(number, value).await.unwrap(),
                    (number, None) => store.remove(number).await.unwrap(),
                }
                say(&task.to_string());
            }
        });
    }
    tasks.join_all().await;
}

/// Tells the other process, in one piece.
fn say(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// Starts the writer, kills it after so many lines and then so many idle rounds, and gives how often it told of each task.
fn kill_the_writer(folder: &Path, done: &[u64], lines: u64, idle: u64) -> Vec<u64> {
    let done_before: Vec<_> = done.iter().map(u64::to_string).collect();
    let mut writer = Command::new(env::current_exe().unwrap())
        .args(["--exact", "store::the_writer", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(DONE, done_before.join(","))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = done.to_vec();
    let stderr = BufReader::new(writer.stderr.take().unwrap());
    for (at, line) in (0..).zip(stderr.lines()) {
        let line = line.unwrap();
        match line.parse::<usize>() {
            Ok(task) => told[task] += 1,
            Err(_) => assert_eq!(line, "opening"),
        }
        if at == lines {
            for _ in 0..idle {
                std::hint::spin_loop();
            }
            writer.kill().unwrap();
            // What it has told before comes still.
        }
    }
    let status = writer.wait().unwrap();
    assert!(!status.success(), "it ended before it was killed");
    told
}

#[tokio::test]
async fn after_a_kill_at_any_moment_all_that_was_written_is_there_and_nothing_else() {
    for kept in 0..FOLDERS {
        let folder = tempfile::tempdir().unwrap();
        let mut done = vec![0; usize::try_from(TASKS).unwrap()];
        for round in 0..KILLS_IN_A_FOLDER {
            let drawn = draw(kept * KILLS_IN_A_FOLDER + round);
            // At first while the store is made or opened.
            let lines = if round == 0 { 0 } else { drawn % 256 };
            let told = kill_the_writer(folder.path(), &done, lines, drawn >> 32 & 0xF_FFFF);
            let store = Store::open(folder.path()).unwrap();
            let mut all: Content = store.all().await.unwrap().into_iter().collect();
            store.close().await;
            for (task, told) in (0..TASKS).zip(told) {
                let later = all.split_off(&((task + 1) * NUMBERS_OF_A_TASK));
                let found = std::mem::replace(&mut all, later);
                // The next write may have been done as well, and was not told of.
                let possible = [told, told + 1].into_iter().find(|&done| content(task, done) == found);
                let numbers: Vec<_> = found.keys().collect();
                let possible = possible.unwrap_or_else(|| {
                    panic!("kill {round} in folder {kept}: after {told} writes task {task} has {numbers:?}")
                });
                done[usize::try_from(task).unwrap()] = possible;
            }
            assert_eq!(all, Content::new());
        }
        assert!(done.iter().sum::<u64>() > 0);
    }
}
