//! Whatever a function and time do to the records of a shard: none is skipped, and keys keep their order.
//!
//! Each case plays [`SEQUENCES`] sequences, so that few cases are many sequences; `PROPTEST_CASES` asks for more of them.

use std::{collections::BTreeSet, time::Duration};

use proptest::{collection::vec, option, prelude::*, strategy::ValueTree, test_runner::TestRunner};

use super::{
    Time, function_error, items, kind, millis, response, secs,
    shard_scene::{DEAD, SHARD, ShardScene},
};
use crate::core::mapping::{Batch, BatchAnswer, Configuration, FailureCondition, Filter, Filtered, Note};

const SEQUENCES: usize = 10;

fn config() -> ProptestConfig {
    let config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_some() {
        config
    } else {
        ProptestConfig { cases: 100, ..config }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Put {
        key: u8,
        count: usize,
    },
    Succeeds(usize),
    Fails(usize),
    Throttled(usize),
    NotInvoked(usize),
    /// Those of which the bit is set have failed.
    Partly(usize, u16),
    Nonsense(usize),
    Wait(u64),
    Disable,
    Enable,
    Close,
}

#[derive(Clone, Debug)]
struct Sequence {
    batch_size: i64,
    window: i64,
    retries: Option<i64>,
    age: Option<i64>,
    factor: Option<i64>,
    tumbling: Option<i64>,
    bisects: bool,
    reports: bool,
    filters: bool,
    has_destination: bool,
    steps: Vec<Step>,
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0..8_usize;
    prop_oneof![
        6 => (0..4_u8, 1..4_usize).prop_map(|(key, count)| Step::Put { key, count }),
        4 => which.clone().prop_map(Step::Succeeds),
        3 => which.clone().prop_map(Step::Fails),
        2 => which.clone().prop_map(Step::Throttled),
        1 => which.clone().prop_map(Step::NotInvoked),
        3 => (which.clone(), any::<u16>()).prop_map(|(which, failed)| Step::Partly(which, failed)),
        1 => which.prop_map(Step::Nonsense),
        6 => prop_oneof![4 => 0..4_000_u64, 1 => 0..40_000_u64].prop_map(Step::Wait),
        1 => Just(Step::Disable),
        1 => Just(Step::Enable),
        1 => Just(Step::Close),
    ]
}

fn sequence() -> impl Strategy<Value = Sequence> {
    let batch = (1..6_i64, 0..3_i64, option::of(0..3_i64), option::of(60..100_i64));
    let concurrency = (option::of(1..4_i64), option::of(prop_oneof![Just(5_i64), Just(60)]));
    (batch, concurrency, any::<(bool, bool, bool, bool)>(), vec(step(), 1..30)).prop_map(
        |((batch_size, window, retries, age), (factor, tumbling), flags, steps)| {
            let (bisects, reports, filters, has_destination) = flags;
            let tumbling = tumbling.filter(|_| factor.unwrap_or(1) == 1);
            Sequence {
                batch_size,
                window,
                retries,
                age,
                factor,
                tumbling,
                bisects,
                reports,
                filters,
                has_destination,
                steps,
            }
        },
    )
}

#[derive(Debug)]
struct NotSevens;

impl Filter for NotSevens {
    fn matches(&self, record: &Filtered<'_>) -> bool {
        !record.data.is_some_and(|data| data.ends_with(b"7"))
    }
}

struct World {
    scene: ShardScene,
    factor: usize,
    age: Duration,
    reports: bool,
    filters: bool,
    has_destination: bool,
    has_windows: bool,
    /// When each record came, and the key of it.
    put: Vec<(Time, u8)>,
    /// Records that the function has said are done.
    done: BTreeSet<usize>,
    /// Records that were given up.
    given_up: BTreeSet<usize>,
    is_closed: bool,
    /// How many notes have been looked at.
    seen: usize,
}

impl World {
    fn new(sequence: &Sequence) -> Self {
        let configuration = Configuration {
            batch_size: Some(sequence.batch_size),
            maximum_batching_window_in_seconds: Some(sequence.window),
            maximum_retry_attempts: sequence.retries,
            maximum_record_age_in_seconds: sequence.age,
            parallelization_factor: sequence.factor,
            tumbling_window_in_seconds: sequence.tumbling,
            bisect_batch_on_function_error: Some(sequence.bisects),
            report_batch_item_failures: sequence.reports,
            on_failure: sequence.has_destination.then(|| DEAD.to_owned()),
            ..Configuration::default()
        };
        let filter = sequence.filters.then(|| Box::new(NotSevens) as Box<dyn Filter>);
        Self {
            scene: ShardScene::filtered(&configuration, filter),
            factor: usize::try_from(sequence.factor.unwrap_or(1)).unwrap(),
            age: secs(sequence.age.map_or(86_400, |age| u64::try_from(age).unwrap())),
            reports: sequence.reports,
            filters: sequence.filters,
            has_destination: sequence.has_destination,
            has_windows: sequence.tumbling.is_some(),
            put: Vec::new(),
            done: BTreeSet::new(),
            given_up: BTreeSet::new(),
            is_closed: false,
            seen: 0,
        }
    }

    fn play(&mut self, step: &Step) {
        match *step {
            Step::Put { key, count } => {
                if !self.is_closed {
                    self.put.extend(std::iter::repeat_n((self.scene.now, key), count));
                    self.scene.put(count, &format!("key-{key}"));
                }
            }
            Step::Succeeds(which) => self.answer(which, response(r#"{"state":{}}"#), |_| false),
            Step::Fails(which) => self.answer(which, function_error(), |_| true),
            Step::Throttled(which) => self.answer(which, BatchAnswer::Throttled, |_| true),
            Step::NotInvoked(which) => self.answer(which, BatchAnswer::NotInvoked, |_| true),
            Step::Partly(which, failed) => {
                let Some(batch) = self.running(which) else { return };
                let named = batch.records.iter().enumerate().filter(|(at, _)| failed >> (at % 16) & 1 == 1);
                let lowest = named.clone().map(|(at, _)| at).next().unwrap_or(usize::MAX);
                let answer = items(named.map(|(_, id)| id));
                // Without a state it is no success where there are windows.
                let has_failed = |at| self.has_windows || self.reports && at >= lowest;
                let failed: Vec<_> = (0..batch.records.len()).map(has_failed).collect();
                self.answer(which, answer, |at| failed[at]);
            }
            Step::Nonsense(which) => {
                let fails = self.reports || self.has_windows;
                self.answer(which, response("{"), |_| fails);
            }
            Step::Wait(time) => self.scene.wait(millis(time)),
            Step::Disable => self.scene.poller.disable(),
            Step::Enable => {
                self.scene.poller.enable(self.scene.now);
                self.scene.settle();
            }
            Step::Close => {
                self.is_closed = true;
                self.scene.stream.close(SHARD);
            }
        }
        self.note_what_was_given_up();
        self.check();
    }

    fn running(&self, which: usize) -> Option<Batch> {
        self.scene.running.values().nth(which.checked_rem(self.scene.running.len())?).cloned()
    }

    fn answer(&mut self, which: usize, answer: BatchAnswer, has_failed: impl Fn(usize) -> bool) {
        let Some(batch) = self.running(which) else { return };
        let numbers = self.numbers(&batch.records);
        for (at, number) in numbers.into_iter().enumerate() {
            if !has_failed(at) {
                assert!(self.done.insert(number), "{number} was processed twice");
            }
        }
        self.scene.answer(batch.id, answer);
    }

    fn numbers(&self, records: &[String]) -> Vec<usize> {
        self.scene.named(records).iter().map(|name| name.parse().unwrap()).collect()
    }

    fn note_what_was_given_up(&mut self) {
        let notes = self.scene.notes[self.seen..].to_vec();
        self.seen = self.scene.notes.len();
        for note in notes {
            let Note::Discarded { records, condition } = note else { continue };
            for number in self.numbers(&records) {
                let is_too_old = self.put[number].0 + self.age <= self.scene.now;
                assert!(
                    is_too_old || condition != FailureCondition::RecordAgeExceeded,
                    "{number} is not too old"
                );
                assert!(self.given_up.insert(number), "{number} was given up twice");
            }
        }
        let sent: usize = self.scene.failed.iter().map(|failed| failed.size).sum();
        assert_eq!(sent, if self.has_destination { self.given_up.len() } else { 0 });
    }

    fn is_over(&self, number: usize) -> bool {
        self.done.contains(&number) || self.given_up.contains(&number) || self.filters && number % 10 == 7
    }

    fn check(&self) {
        let both: Vec<_> = self.done.intersection(&self.given_up).collect();
        assert!(both.is_empty(), "processed and given up: {both:?}");
        let checkpoint = self.scene.checkpoint().map_or(0, |name| name.parse::<usize>().unwrap() + 1);
        let skipped: Vec<_> = (0..checkpoint).filter(|&number| !self.is_over(number)).collect();
        assert!(skipped.is_empty(), "before the checkpoint, but not over: {skipped:?}");
        assert!(self.scene.running.len() <= self.factor);
        self.keys_keep_their_order();
    }

    /// What the function has of a key are the first records of it that are not over.
    fn keys_keep_their_order(&self) {
        let mut busy = BTreeSet::new();
        for batch in self.scene.running.values() {
            let numbers = self.numbers(&batch.records);
            assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
            let keys: BTreeSet<_> = numbers.iter().map(|&number| self.put[number].1).collect();
            for key in keys {
                assert!(busy.insert(key), "two batches of one key: {:?}", self.scene.all_named());
                let last = numbers.iter().rev().find(|number| self.put[**number].1 == key).unwrap();
                let before = (0..*last).filter(|number| self.put[*number].1 == key);
                let skipped: Vec<_> =
                    before.filter(|number| !numbers.contains(number) && !self.is_over(*number)).collect();
                assert!(skipped.is_empty(), "{skipped:?} come before {numbers:?}");
            }
        }
    }

    /// The name of the last record.
    fn last(&self) -> Option<String> {
        self.put.len().checked_sub(1).map(|number| number.to_string())
    }

    /// Everything succeeds from now on.
    fn drain(&mut self) {
        self.play(&Step::Enable);
        for _ in 0..1_000 {
            // One that no filter matches may not have been read yet.
            if self.scene.checkpoint() == self.last().as_deref() && self.scene.running.is_empty() {
                return;
            }
            if self.scene.running.is_empty() {
                self.play(&Step::Wait(1_000));
            } else {
                self.play(&Step::Succeeds(0));
            }
        }
        let left: Vec<_> = (0..self.put.len()).filter(|&number| !self.is_over(number)).collect();
        panic!("records are left: {left:?}");
    }
}

fn play(sequence: &Sequence) -> World {
    let mut world = World::new(sequence);
    for step in &sequence.steps {
        world.play(step);
    }
    world
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_record_is_processed_given_up_or_passed_over_and_keys_keep_their_order(
        sequences in vec(sequence(), SEQUENCES),
    ) {
        for sequence in sequences {
            let mut world = play(&sequence);
            world.drain();
            let everything: BTreeSet<_> = (0..world.put.len()).filter(|&number| world.is_over(number)).collect();
            prop_assert_eq!(everything.len(), world.put.len());
            prop_assert_eq!((world.scene.poller.open(), world.scene.poller.in_flight()), (0, 0));
        }
    }

    #[test]
    fn the_same_inputs_have_the_same_effects_and_nothing_happens_early(sequence in sequence()) {
        let mut world = World::new(&sequence);
        for step in &sequence.steps {
            world.play(step);
            let Some(due) = world.scene.poller.poll_timeout() else { continue };
            let before = format!("{:?}", world.scene.poller);
            world.scene.poller.handle_timeout(world.scene.now);
            world.scene.poller.handle_timeout(Time::from_unix(due.since_epoch() - Duration::from_nanos(1)));
            prop_assert_eq!(format!("{:?}", world.scene.poller), before);
        }
        prop_assert_eq!(play(&sequence).scene.journal, world.scene.journal);
    }
}

/// What the sequences are worth: all that a poller can say is said in some of them.
#[test]
fn the_sequences_reach_whatever_can_happen_to_a_record() {
    let mut reached = BTreeSet::new();
    let mut runner = TestRunner::deterministic();
    for _ in 0..1_000 {
        let mut world = play(&sequence().new_tree(&mut runner).unwrap().current());
        world.drain();
        for note in &world.scene.notes {
            reached.insert(kind(note));
        }
    }
    let expected = [
        "Bisected FunctionError",
        "Bisected Items",
        "Bisected Unreadable",
        "Discarded RecordAgeExceeded",
        "Discarded RetryAttemptsExhausted",
        "Filtered",
        "Retry FunctionError",
        "Retry Items",
        "Retry NotInvoked",
        "Retry Throttled",
        "Retry Unreadable",
        "ShardEnded",
        "WindowDropped",
    ];
    assert_eq!(reached.into_iter().collect::<Vec<_>>(), expected);
}
