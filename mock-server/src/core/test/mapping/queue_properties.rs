//! Whatever a function and time do to the messages of a queue: none is lost, and groups keep their order.
//!
//! Each case plays [`SEQUENCES`] sequences, so that few cases are many sequences; `PROPTEST_CASES` asks for more of them.

use std::{collections::BTreeSet, time::Duration};

use proptest::{collection::vec, prelude::*, strategy::ValueTree, test_runner::TestRunner};

use super::{Time, function_error, items, kind, millis, queue_scene::QueueScene, response, secs};
use crate::core::mapping::{
    Batch, BatchAnswer, Configuration, Filter, Filtered, QueueForm, QueueSettings, Redrive,
};

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
    Send {
        group: u8,
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
}

#[derive(Clone, Debug)]
struct Sequence {
    form: QueueForm,
    batch_size: i64,
    window: i64,
    concurrency: Option<i64>,
    receives: Option<u32>,
    /// In seconds.
    visibility: u64,
    retention: u64,
    filters: bool,
    reports: bool,
    is_strict: bool,
    steps: Vec<Step>,
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0..8_usize;
    prop_oneof![
        6 => (0..3_u8).prop_map(|group| Step::Send { group }),
        4 => which.clone().prop_map(Step::Succeeds),
        2 => which.clone().prop_map(Step::Fails),
        2 => which.clone().prop_map(Step::Throttled),
        1 => which.clone().prop_map(Step::NotInvoked),
        3 => (which.clone(), any::<u16>()).prop_map(|(which, failed)| Step::Partly(which, failed)),
        1 => which.prop_map(Step::Nonsense),
        4 => prop_oneof![0..3_000_u64, 0..40_000_u64].prop_map(Step::Wait),
        1 => Just(Step::Disable),
        1 => Just(Step::Enable),
    ]
}

fn sequence() -> impl Strategy<Value = Sequence> {
    let form = prop_oneof![Just(QueueForm::Standard), Just(QueueForm::Fifo)];
    let batch = (prop_oneof![1..4_i64, Just(10), Just(25)], 0..4_i64, proptest::option::of(2..5_i64));
    let queue = (
        proptest::option::of(1..4_u32),
        prop_oneof![Just(5_u64), Just(30)],
        prop_oneof![Just(60_u64), Just(345_600)],
    );
    (form, batch, queue, any::<(bool, bool, bool)>(), vec(step(), 1..30)).prop_map(
        |(
            form,
            (batch_size, window, concurrency),
            (receives, visibility, retention),
            (filters, reports, is_strict),
            steps,
        )| {
            let is_fifo = form == QueueForm::Fifo;
            let batch_size = if is_fifo { batch_size.min(10) } else { batch_size };
            let window = if is_fifo { 0 } else { window.max(i64::from(batch_size > 10)) };
            Sequence {
                form,
                batch_size,
                window,
                concurrency,
                receives,
                visibility,
                retention,
                filters,
                reports,
                is_strict,
                steps,
            }
        },
    )
}

#[derive(Debug)]
struct NotSevens;

impl Filter for NotSevens {
    fn matches(&self, record: &Filtered<'_>) -> bool {
        !record.data.is_some_and(|body| body.ends_with(b"7"))
    }
}

struct World {
    scene: QueueScene,
    is_fifo: bool,
    retention: Duration,
    concurrency: usize,
    /// When each message was sent, and the group of it.
    sent: Vec<(Time, u8)>,
    /// Messages that the function has said are done.
    done: BTreeSet<usize>,
    /// Whether the function always answers before its messages can be received again.
    is_strict: bool,
}

impl World {
    fn new(sequence: &Sequence) -> Self {
        let queue = QueueSettings {
            form: sequence.form,
            visibility_timeout: secs(sequence.visibility),
            retention: secs(sequence.retention),
            redrive: sequence.receives.map(|maximum_receives| Redrive { maximum_receives }),
            ..QueueSettings::default()
        };
        let configuration = Configuration {
            batch_size: Some(sequence.batch_size),
            maximum_batching_window_in_seconds: Some(sequence.window),
            maximum_concurrency: sequence.concurrency,
            report_batch_item_failures: sequence.reports,
            ..Configuration::default()
        };
        let filter = sequence.filters.then(|| Box::new(NotSevens) as Box<dyn Filter>);
        Self {
            scene: QueueScene::filtered(queue, &configuration, filter),
            is_fifo: sequence.form == QueueForm::Fifo,
            retention: queue.retention,
            concurrency: usize::try_from(sequence.concurrency.unwrap_or(1_250)).unwrap(),
            sent: Vec::new(),
            done: BTreeSet::new(),
            is_strict: sequence.is_strict,
        }
    }

    fn play(&mut self, step: &Step, reports: bool) {
        match *step {
            Step::Send { group } => {
                let name = format!("g{group}");
                self.sent.push((self.scene.now, group));
                self.scene.send(1, self.is_fifo.then_some(name.as_str()));
            }
            Step::Succeeds(which) => self.answer(which, response("{}"), |_| false),
            Step::Fails(which) => self.answer(which, function_error(), |_| true),
            Step::Throttled(which) => self.answer(which, BatchAnswer::Throttled, |_| true),
            Step::NotInvoked(which) => self.answer(which, BatchAnswer::NotInvoked, |_| true),
            Step::Partly(which, failed) => {
                let has_failed = |at: usize| failed >> (at % 16) & 1 == 1;
                let Some(batch) = self.running(which) else { return };
                let named = batch.records.iter().enumerate().filter(|(at, _)| has_failed(*at));
                let answer = items(named.map(|(_, id)| id));
                self.answer(which, answer, |at| reports && has_failed(at));
            }
            Step::Nonsense(which) => self.answer(which, response("{"), |_| reports),
            Step::Wait(time) => self.wait(millis(time)),
            Step::Disable => {
                self.scene.poller.disable(self.scene.now);
                self.scene.settle();
            }
            Step::Enable => {
                self.scene.poller.enable(self.scene.now);
                self.scene.settle();
            }
        }
        self.check();
    }

    fn running(&self, which: usize) -> Option<Batch> {
        self.scene.running.values().nth(which.checked_rem(self.scene.running.len())?).cloned()
    }

    fn answer(&mut self, which: usize, answer: BatchAnswer, has_failed: impl Fn(usize) -> bool) {
        let Some(batch) = self.running(which) else { return };
        let numbers = self.numbers(&batch);
        self.done.extend(
            numbers.into_iter().enumerate().filter(|(at, _)| !has_failed(*at)).map(|(_, number)| number),
        );
        self.scene.answer(batch.id, answer);
    }

    fn numbers(&self, batch: &Batch) -> Vec<usize> {
        self.scene.bodies(batch).iter().map(|body| body.parse().unwrap()).collect()
    }

    /// Time passes. A strict function times out before its messages can be received again.
    fn wait(&mut self, time: Duration) {
        let end = self.scene.now + time;
        if !self.is_strict {
            self.scene.wait(time);
            return;
        }
        loop {
            let visible = |batch: &Batch| batch.records.iter().map(|id| self.scene.hidden[id]).min().unwrap();
            let first = self.scene.running.values().map(|batch| (visible(batch), batch.id)).min();
            let due = self.scene.due().map_or(end, |due| due.min(end)).max(self.scene.now);
            if let Some((_, id)) = first.filter(|(time, _)| *time <= due) {
                self.scene.answer(id, function_error());
            } else if due >= end {
                self.scene.wait(end.since(self.scene.now));
                return;
            } else {
                self.scene.wait(due.since(self.scene.now));
            }
            self.check();
        }
    }

    fn check(&self) {
        let counts = self.scene.queue.counts();
        let ended = counts.deleted + counts.expired + counts.dead_lettered;
        assert_eq!(counts.visible + counts.delayed + counts.in_flight + ended, self.sent.len(), "{counts:?}");
        assert_eq!(counts.dead_lettered, self.scene.given_up.len());
        assert!(self.scene.running.len() <= self.concurrency, "{} at once", self.scene.running.len());
        assert!(counts.deleted <= self.done.len() + self.scene.unwanted, "{counts:?}");
        if self.is_strict {
            assert_eq!(counts.deleted, self.done.len() + self.scene.unwanted, "{counts:?}");
            self.nothing_runs_twice();
        }
        if self.is_strict && self.is_fifo {
            self.groups_keep_their_order();
        }
    }

    fn nothing_runs_twice(&self) {
        let running: Vec<_> = self.scene.running.values().flat_map(|batch| &batch.records).collect();
        assert_eq!(running.iter().collect::<BTreeSet<_>>().len(), running.len());
    }

    fn groups_keep_their_order(&self) {
        let mut busy = BTreeSet::new();
        for batch in self.scene.running.values() {
            let numbers = self.numbers(batch);
            let groups: BTreeSet<_> = numbers.iter().map(|&number| self.sent[number].1).collect();
            for group in groups {
                assert!(busy.insert(group), "two batches of one group: {:?}", self.scene.all_bodies());
                let its: Vec<_> =
                    numbers.iter().copied().filter(|&number| self.sent[number].1 == group).collect();
                assert!(its.is_sorted_by(|a, b| a < b), "{its:?}");
                let before = (0..*its.last().unwrap()).filter(|number| self.sent[*number].1 == group);
                for number in before.filter(|number| !its.contains(number)) {
                    assert!(self.is_over(number), "{number} was skipped: {:?}", self.scene.all_bodies());
                }
            }
        }
    }

    fn is_over(&self, number: usize) -> bool {
        let is_unwanted = self.scene.unwanted > 0 && number % 10 == 7;
        let has_expired = self.sent[number].0 + self.retention <= self.scene.now;
        let has_been_given_up = self.scene.given_up.contains(&number.to_string());
        self.done.contains(&number) || is_unwanted || has_expired || has_been_given_up
    }

    /// Everything succeeds from now on.
    fn drain(&mut self) {
        self.play(&Step::Enable, true);
        for _ in 0..1_000 {
            let counts = self.scene.queue.counts();
            if counts.visible + counts.delayed + counts.in_flight == 0 {
                return;
            }
            if self.scene.running.is_empty() {
                let due = self.scene.due().unwrap();
                self.wait(due.since(self.scene.now));
            } else {
                self.play(&Step::Succeeds(0), true);
            }
        }
        panic!("messages are left: {:?}", self.scene.queue.counts());
    }
}

fn play(sequence: &Sequence) -> World {
    let mut world = World::new(sequence);
    for step in &sequence.steps {
        world.play(step, sequence.reports);
    }
    world
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_message_ends_as_processed_dead_lettered_or_expired_and_groups_keep_their_order(
        sequences in vec(sequence(), SEQUENCES),
    ) {
        for sequence in sequences {
            play(&sequence).drain();
        }
    }

    #[test]
    fn the_same_inputs_have_the_same_effects_and_nothing_happens_early(sequence in sequence()) {
        let mut world = World::new(&sequence);
        for step in &sequence.steps {
            world.play(step, sequence.reports);
            let Some(due) = world.scene.poller.poll_timeout() else { continue };
            let before = format!("{:?}", world.scene.poller);
            world.scene.poller.handle_timeout(world.scene.now);
            world.scene.poller.handle_timeout(Time::from_unix(due.since_epoch() - Duration::from_nanos(1)));
            prop_assert_eq!(format!("{:?}", world.scene.poller), before);
        }
        prop_assert_eq!(play(&sequence).scene.journal, world.scene.journal);
    }
}

/// What the sequences are worth: all that a poller can say is said in some of them, and all ends are reached.
#[test]
fn the_sequences_reach_whatever_can_happen_to_a_message() {
    let mut reached = BTreeSet::new();
    let mut runner = TestRunner::deterministic();
    for _ in 0..1_000 {
        let mut world = play(&sequence().new_tree(&mut runner).unwrap().current());
        world.drain();
        for note in &world.scene.notes {
            reached.insert(kind(note));
        }
        let counts = world.scene.queue.counts();
        for (count, name) in [(counts.expired, "expired"), (counts.dead_lettered, "dead-lettered")] {
            if count > 0 {
                reached.insert(name.to_owned());
            }
        }
    }
    let expected = [
        "Concurrency",
        "Filtered",
        "Lapsed",
        "Retry Throttled",
        "Returned FunctionError",
        "Returned Items",
        "Returned NotInvoked",
        "Returned Throttled",
        "Returned Unreadable",
        "dead-lettered",
        "expired",
    ];
    assert_eq!(reached.into_iter().collect::<Vec<_>>(), expected);
}
