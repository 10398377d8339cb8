//! Whatever happens to events, in whatever order: none is lost, and each keeps to its times.
//!
//! A model knows of each event no more than where it is; the queue is saved and restarted in between.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};

use super::{Condition, Duration, EventId, Policy, Queue, QueueEffect, Time, event, millis, response, secs};

#[derive(Clone, Debug)]
enum Step {
    Accept(Policy),
    Succeeds(usize),
    Fails(usize, Policy),
    Refused(usize, Policy),
    NoConcurrency(usize),
    Settled(usize),
    Dropped(usize),
    Wait(Duration),
    WaitForTimer,
    /// All that was saved is given to a new queue.
    Restart,
}

/// Where an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Waits,
    Runs,
    Finished,
}

#[derive(Clone, Debug)]
struct Known {
    place: Place,
    accepted: Time,
    policy: Policy,
    attempts: u32,
    since: Time,
}

#[derive(Clone, Default)]
struct World {
    queue: Queue,
    now: Time,
    events: BTreeMap<EventId, Known>,
    saved: BTreeMap<EventId, String>,
    journal: Vec<QueueEffect>,
    accepted: u64,
    over: u64,
}

impl World {
    fn play(&mut self, step: &Step) {
        let (now, queue) = (self.now, &mut self.queue);
        let id = |which: usize| self.events.keys().copied().nth(which.checked_rem(self.events.len())?);
        match *step {
            Step::Accept(policy) => {
                let id = queue.accept(now, event(&format!("r-{}", self.accepted)), policy);
                self.accepted += 1;
                let known = Known { place: Place::Waits, accepted: now, policy, attempts: 0, since: now };
                assert!(self.events.insert(id, known).is_none(), "{id:?} is used twice");
            }
            Step::Succeeds(which) => {
                let Some(id) = id(which) else { return };
                self.answered(id, None, Policy::default());
            }
            Step::Fails(which, policy) => {
                let Some(id) = id(which) else { return };
                self.answered(id, Some("Unhandled"), policy);
            }
            Step::Refused(which, policy) => {
                let Some(id) = id(which) else { return };
                queue.refused(now, id, policy);
                self.goes_back(id, policy);
            }
            Step::NoConcurrency(which) => {
                let Some(id) = id(which) else { return };
                queue.has_no_concurrency(id);
            }
            Step::Settled(which) => {
                let Some(id) = id(which) else { return };
                queue.settled(id);
                if self.events[&id].place == Place::Finished {
                    self.forget(id);
                }
            }
            Step::Dropped(which) => {
                let Some(id) = id(which) else { return };
                queue.dropped(id);
                self.forget(id);
            }
            Step::Wait(time) => self.tick(now + time),
            Step::WaitForTimer => {
                if let Some(due) = queue.poll_timeout() {
                    self.tick(due.max(now));
                }
            }
            Step::Restart => self.restart(),
        }
        self.settle();
    }

    fn answered(&mut self, id: EventId, function_error: Option<&str>, policy: Policy) {
        self.queue.answered(self.now, id, response(function_error), policy);
        if self.events[&id].place == Place::Runs {
            self.events.entry(id).and_modify(|known| known.attempts += 1);
        }
        self.goes_back(id, policy);
    }

    fn goes_back(&mut self, id: EventId, policy: Policy) {
        let known = self.events.get_mut(&id).expect("it was chosen among them");
        if known.place == Place::Runs {
            (known.place, known.policy, known.since) = (Place::Waits, policy, self.now);
        }
    }

    fn forget(&mut self, id: EventId) {
        self.events.remove(&id);
        self.saved.remove(&id);
        self.over += 1;
    }

    fn tick(&mut self, now: Time) {
        self.now = now;
        self.queue.handle_timeout(now);
        assert!(self.queue.poll_timeout().is_none_or(|due| due > now), "what is due has not been done");
    }

    fn restart(&mut self) {
        self.queue = Queue::default();
        for (&id, text) in &self.saved {
            self.queue.restore(id, serde_json::from_str(text).unwrap()).unwrap();
            let known = self.events.get_mut(&id).expect("what is over is not kept");
            // It is told of or tried once more, and counts what had been saved.
            known.place = Place::Waits;
        }
        self.tick(self.now);
    }

    fn settle(&mut self) {
        while let Some(effect) = self.queue.poll_effect() {
            self.journal.push(effect.clone());
            match effect {
                QueueEffect::Save(id) => {
                    if let Some(saved) = self.queue.saved(id) {
                        self.saved.insert(id, serde_json::to_string(&saved).unwrap());
                    }
                }
                QueueEffect::Attempt(id) => {
                    let Some(known) = self.events.get_mut(&id) else { continue };
                    assert_eq!(known.place, Place::Waits, "{id:?} is tried");
                    let latest = known.accepted + known.policy.maximum_age;
                    assert!(self.now < latest, "{id:?} is tried although it is too old");
                    known.place = Place::Runs;
                }
                QueueEffect::Finish(id, finished) => {
                    let known = self.events.get_mut(&id).expect("what was dropped does not end");
                    assert_ne!(known.place, Place::Finished, "{id:?} ends twice");
                    known.place = Place::Finished;
                    match finished.condition {
                        Condition::ZeroReservedConcurrency => assert_eq!(finished.attempts, 0),
                        Condition::EventAgeExceeded => {
                            assert!(self.now >= known.accepted + known.policy.maximum_age);
                        }
                        _ => assert_eq!(finished.attempts, known.attempts),
                    }
                }
            }
        }
        self.assert_that_nothing_is_lost();
    }

    fn assert_that_nothing_is_lost(&self) {
        assert_eq!(self.accepted, self.over + self.events.len() as u64);
        assert_eq!(self.queue.len(), self.events.len());
        assert!(self.events.keys().eq(self.saved.keys()), "what is saved is what there is");
        let waits = self.events.values().any(|known| known.place == Place::Waits);
        assert_eq!(self.queue.poll_timeout().is_some(), waits, "{:?}", self.events);
        for known in self.events.values().filter(|known| known.place == Place::Waits) {
            let latest = known.accepted + known.policy.maximum_age;
            let due = self.queue.poll_timeout().expect("something waits");
            assert!(due <= latest.max(known.since), "{known:?} waits longer than it may");
        }
        if let Some(due) = self.queue.poll_timeout()
            && due > self.now + millis(1)
        {
            let mut queue = self.queue.clone();
            queue.handle_timeout(Time::from_unix(due.since_epoch() - millis(1)));
            assert_eq!(queue, self.queue, "a call that comes too early does nothing");
        }
    }

    /// Time alone, with a function that always fails, ends everything.
    fn finish(&mut self) {
        for _ in 0..1_000 {
            let running: Vec<_> =
                self.events.iter().filter(|(_, known)| known.place == Place::Runs).collect();
            let running: Vec<_> = running.into_iter().map(|(&id, _)| id).collect();
            running.into_iter().for_each(|id| self.answered(id, Some("Unhandled"), Policy::default()));
            self.settle();
            self.play(&Step::WaitForTimer);
        }
        assert!(self.events.values().all(|known| known.place == Place::Finished), "{:?}", self.events);
    }
}

fn policies() -> impl Strategy<Value = Policy> {
    (0_u32..3, 60_u64..1_000).prop_map(|(retries, age)| Policy { retries, maximum_age: secs(age) })
}

fn steps() -> impl Strategy<Value = Step> {
    let which = || 0_usize..8;
    prop_oneof![
        3 => policies().prop_map(Step::Accept),
        1 => which().prop_map(Step::Succeeds),
        4 => (which(), policies()).prop_map(|(which, policy)| Step::Fails(which, policy)),
        4 => (which(), policies()).prop_map(|(which, policy)| Step::Refused(which, policy)),
        1 => which().prop_map(Step::NoConcurrency),
        2 => which().prop_map(Step::Settled),
        1 => which().prop_map(Step::Dropped),
        2 => (0_u64..200_000).prop_map(|time| Step::Wait(millis(time))),
        3 => Just(Step::WaitForTimer),
        1 => Just(Step::Restart),
    ]
}

fn played(steps: &[Step]) -> World {
    let mut world = World { now: Time::from_unix(secs(1_000)), ..World::default() };
    steps.iter().for_each(|step| world.play(step));
    world
}

/// Few where nobody asks for more, to keep the other tests quick.
fn config() -> ProptestConfig {
    let config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_some() { config } else { ProptestConfig { cases: 60, ..config } }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_event_is_lost(steps in vec(steps(), 10..100)) {
        played(&steps).finish();
    }

    #[test]
    fn the_same_inputs_have_the_same_effects(steps in vec(steps(), 10..100)) {
        let (first, second) = (played(&steps), played(&steps));
        prop_assert_eq!(first.journal, second.journal);
    }
}
